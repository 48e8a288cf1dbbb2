"""Versions of the accounts database, applied by :func:`dashboard.accounts.database.migrate`."""
