"""The Dash pages: each declares PATH, NAME, SCRIPTS, HAS_CHARTS, PERMISSION, ``layout`` and ``register``."""

from pages import (
    account,
    audit,
    calendar,
    changes,
    classes,
    data,
    overview,
    product,
    revenue,
    review,
    roles,
    sources,
    stock,
    units,
    users,
)

# In the order of the menu; the first that a role may see is its start page.
PAGES = (
    overview,
    revenue,
    units,
    changes,
    classes,
    stock,
    product,
    data,
    users,
    roles,
    audit,
    review,
    sources,
    calendar,
    account,
)
