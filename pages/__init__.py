"""The Dash pages: each declares PATH, NAME, SCRIPTS, HAS_CHARTS, PERMISSION, ``layout`` and ``register``."""

from pages import revenue, units, users

# In the order of the menu; the first that a role may see is its start page.
PAGES = (revenue, units, users)
