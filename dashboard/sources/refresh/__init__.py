"""Reading sources again: what to ask, what was brought, who may, and what is in force."""
