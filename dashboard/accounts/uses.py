"""When each right was last used, for the access review."""

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from dashboard.access import Permission
from dashboard.accounts.models import permission_uses
from dashboard.accounts.store import Store


def note(store: Store, user_id: int, permission: Permission) -> None:
    """Keep that ``permission`` was used now."""
    now, key = store.clock(), {"user_id": user_id, "permission": permission.value}
    the_row = (permission_uses.c.user_id == user_id, permission_uses.c.permission == permission.value)
    try:
        with store.writing() as connection:
            if connection.execute(update(permission_uses).where(*the_row).values(used_at=now)).rowcount == 0:
                connection.execute(insert(permission_uses).values(**key, used_at=now))
    except IntegrityError:  # noted at this very moment by another request, or the user is gone
        return
