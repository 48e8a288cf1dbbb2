"""Role requests that wait for a decision."""

from dashboard.access import Permission
from dashboard.api.models.common import Paging
from dashboard.api.models.requests import Refusal, RequestPath, RoleRequestAnswer, RoleRequestList
from dashboard.api.part import Part, needing
from dashboard.ui.caller import Caller

USERS = needing(Permission.USERS_MANAGE)

part = Part(
    "requests", "Role requests", "Who asks for a role. Deciding needs a fresh sign-in, and is never about oneself."
)


@part.operation("GET", "/role-requests", USERS, returns=RoleRequestList)
def index(caller: Caller, query: Paging) -> RoleRequestList:
    """The open requests, of people whose mail address is verified."""
    found, total = caller.accounts.requests.open(query.offset, query.limit)
    items = [RoleRequestAnswer.of(request) for request in found]
    return RoleRequestList(items=items, total=total, offset=query.offset, limit=query.limit)


@part.operation("POST", "/role-requests/<int:id>/approve", USERS, returns=RoleRequestAnswer)
def approve(caller: Caller, path: RequestPath) -> RoleRequestAnswer:
    """Give the person the role; they are told by mail."""
    return RoleRequestAnswer.of(caller.accounts.requests.approve(path.id, caller.actor))


@part.operation("POST", "/role-requests/<int:id>/refuse", USERS, returns=RoleRequestAnswer)
def refuse(caller: Caller, path: RequestPath, body: Refusal) -> RoleRequestAnswer:
    """Refuse, with a reason that the person is told by mail."""
    return RoleRequestAnswer.of(caller.accounts.requests.refuse(path.id, body.reason, caller.actor))
