"""The one policy. Every door asks it; nothing else decides."""

from dashboard.access.permissions import Permission
from dashboard.access.viewer import Viewer


class Forbidden(Exception):
    """The viewer lacks a right. The message names the right, never the data."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"this needs the permission {permission.value}")
        self.permission = permission


def allows(viewer: Viewer, permission: Permission) -> bool:
    """Whether ``viewer`` holds ``permission``."""
    return permission in viewer.permissions


def require(viewer: Viewer, permission: Permission) -> None:
    """Raise :class:`Forbidden` unless ``viewer`` holds ``permission``."""
    if not allows(viewer, permission):
        raise Forbidden(permission)
