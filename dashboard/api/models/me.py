"""The caller's own account."""

from pydantic import Field

from dashboard.api.models.common import Answer


class Me(Answer):
    """Who calls, with the rights of this moment."""

    id: int
    username: str
    name: str = Field(description="how to greet the person")
    role: str = Field(description="key of the role; no_role: none yet")
    role_name: str
    permissions: list[str]
    scope: dict[str, list[str] | None] = Field(description="values of each dimension that may be seen; null: all")
    by_key: bool = Field(description="whether an API key was sent, whose scopes narrow the permissions")
