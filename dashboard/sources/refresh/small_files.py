"""Small files that are replaced in one step: a reader sees the old one or the new, and a full disk leaves no draft."""

import os
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write ``text``, in UTF-8 and for this account alone. OSError where there is no space or no permission."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
