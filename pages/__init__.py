"""The Dash pages: each declares PATH, NAME, SCRIPTS, HAS_CHARTS, PERMISSION, ``layout`` and ``register``."""

from pages import account, audit, revenue, review, roles, units, users

# In the order of the menu; the first that a role may see is its start page.
PAGES = (revenue, units, users, roles, audit, review, account)
