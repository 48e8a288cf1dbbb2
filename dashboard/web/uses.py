"""Which rights are used, for the access review: noted once an hour for each person and right."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from dashboard.access import Permission, Viewer
from dashboard.accounts import Accounts

SECONDS = 3600
MOST = 65_536  # persons and rights that are remembered

logger = logging.getLogger(__name__)


class Uses:
    """Notes the use of rights, seldom: what was noted within the hour costs one look into a dict.

    Args:
        accounts: where it is noted.
        clock: seconds, never going back.
    """

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts, self._clock = accounts, clock
        self._lock = threading.Lock()
        self._noted: dict[tuple[int, Permission], float] = {}

    def note(self, viewer: Viewer, permission: Permission) -> None:
        """``viewer`` passed a door that needs ``permission``. A database that fails does not close the door."""
        key, now = (viewer.user_id, permission), self._clock()
        if now - self._noted.get(key, -SECONDS) < SECONDS or not self._is_mine(key, now):
            return
        try:
            self._accounts.administration.note_use(viewer.user_id, permission)
        except SQLAlchemyError:
            logger.warning("the use of a right was not noted: the accounts database did not answer")

    def _is_mine(self, key: tuple[int, Permission], now: float) -> bool:
        """Whether this request is the one that notes; the others of the same moment go on."""
        with self._lock:
            if now - self._noted.get(key, -SECONDS) < SECONDS:
                return False
            if len(self._noted) >= MOST:
                self._noted.clear()
            self._noted[key] = now
            return True
