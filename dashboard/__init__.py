"""Salesgate: role-gated sales analytics over a company's own databases."""
