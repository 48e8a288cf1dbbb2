"""Files that only this installation's own user may read."""

import contextlib
import os
import secrets
from pathlib import Path

FILE_MODE = 0o600
_FOLDER_MODE = 0o700


def private_folder(path: Path) -> Path:
    """Make ``path`` if needed, and close it to everybody else."""
    path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o777 != _FOLDER_MODE:
        path.chmod(_FOLDER_MODE)
    return path


def keep_first(path: Path, text: str) -> str:
    """Write ``text`` to ``path`` unless the file exists; what it holds then. Of several writers at once one wins."""
    temporary = _written_beside(path, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
    path.chmod(FILE_MODE)
    return path.read_text(encoding="utf-8")


def replace(path: Path, text: str) -> None:
    """Write ``text`` to ``path``; a reader sees the old content or the new, never a part."""
    _written_beside(path, text).replace(path)


def _written_beside(path: Path, text: str) -> Path:
    temporary = private_folder(path.parent) / f".{path.name}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary
