"""The closed vocabulary of permissions. What is not named here cannot be granted."""

from enum import StrEnum


class Permission(StrEnum):
    """One right; the value is what stands in settings.toml and on the admin pages."""

    MEASURE_UNITS = "measure:units"
    MEASURE_REVENUE = "measure:revenue"
    MEASURE_MARGIN = "measure:margin"
    MEASURE_STOCK = "measure:stock"
    USERS_MANAGE = "users:manage"
    ROLES_MANAGE = "roles:manage"
    SESSIONS_MANAGE = "sessions:manage"
    AUDIT_READ = "audit:read"
    SOURCES_MANAGE = "sources:manage"

    @property
    def meaning(self) -> str:
        """What the right lets its holder do, in a sentence fragment."""
        return _MEANINGS[self]

    @property
    def is_administrative(self) -> bool:
        """Whether its holder manages the site instead of reading figures: such sign-ins are never remembered."""
        return not self.value.startswith("measure:")


_MEANINGS = {
    Permission.MEASURE_UNITS: "see units sold, returned and ranked",
    Permission.MEASURE_REVENUE: "see net sales, discounts, returns and prices",
    Permission.MEASURE_MARGIN: "see cost, margin and the value of stock at cost",
    Permission.MEASURE_STOCK: "see stock and what follows from it, such as stock-outs",
    Permission.USERS_MANAGE: "create, invite, edit, disable and delete users, decide role requests, review access",
    Permission.ROLES_MANAGE: "make, change and remove roles of one's own",
    Permission.SESSIONS_MANAGE: "end other people's sessions",
    Permission.AUDIT_READ: "read the audit log",
    Permission.SOURCES_MANAGE: "see and refresh data sources, enter holidays",
}
