"""One refresh at a time: what a lease over several hosts has to offer, and the lock on this one."""

import fcntl
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.small_files import put

LOCK, IDENTITY = "refresh.lock", "installation-id"
# For so long a lease outlives a holder that does not renew it any more.
LEASE_SECONDS = 90.0


class RefreshRunning(ImportRefused):
    """Another process refreshes the same sources; the message says since when and where."""


class LeaseLost(ImportRefused):
    """The lease ran out or somebody else has it: what was read must not be put in force."""


class Held(Protocol):
    """A lease that is held."""

    def check(self) -> None:
        """Renew it, or raise :class:`LeaseLost`. To be asked before anything is put in force."""


class Lease(Protocol):
    """Leases that exclude each other over all hosts."""

    def hold(self, name: str, seconds: float) -> AbstractContextManager[Held]:
        """Hold the lease ``name`` and renew it until the end of the context.

        The caller holds the lock of this host already: a lease of the same machine is left over from a dead process.

        Raises:
            RefreshRunning: another host holds it.
        """


class _HostOnly:
    def hold(self, name: str, seconds: float) -> AbstractContextManager[Held]:  # noqa: ARG002
        return nullcontext(self)

    def check(self) -> None:
        pass


# Where the lock of this host is enough.
HOST_ONLY: Lease = _HostOnly()


@contextmanager
def single_flight(folder: Path, lease: Lease) -> Iterator[Held]:
    """Hold lock and lease of the extracts in ``folder``; both end with the process, whatever becomes of it.

    Raises:
        RefreshRunning: another process refreshes them.
        ImportRefused: the folder cannot be written, or others on this machine could take the lock away.
    """
    try:
        for one in (*folder.parents[1::-1], folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep_to_ourselves(folder)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefreshRunning("A refresh is running already. Wait for its end, or cancel it.") from None
        try:
            name = f"refresh:{identity(folder)}"
        except OSError as error:
            raise _unwritable(folder, error) from None
        with lease.hold(name, LEASE_SECONDS) as held:
            yield held
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> ImportRefused:
    return ImportRefused(f"{folder}: cannot be written: {error.strerror}. Check the space and the permissions.")


def _keep_to_ourselves(folder: Path) -> None:
    """Who may write a folder may put files of their own in the place of ours; a sticky one keeps ours."""
    for one in (folder, *folder.parents[:2]):
        found = one.stat()
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise ImportRefused(f"{one}: every user of this machine may write to it. Close it: chmod o-w {one}")
    if os.geteuid() not in {0, folder.stat().st_uid}:
        raise ImportRefused(f"{folder}: belongs to another account. Refresh as the account that runs the site.")


def identity(folder: Path) -> str:
    """What names these extracts: hosts that share the folder share it, others have another one. Made when missing."""
    path = folder / IDENTITY
    if not path.exists():
        draft, name = folder / f".{IDENTITY}.{uuid.uuid4().hex}", uuid.uuid4().hex
        put(draft, name)
        try:
            # Of two hosts that begin at once the first names the folder, and the other one finds that name.
            with suppress(OSError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        if not path.exists():  # a file system without links
            put(path, name)
    return path.read_text(encoding="ascii").strip()[:32]
