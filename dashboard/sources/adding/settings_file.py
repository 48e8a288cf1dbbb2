"""settings.toml gets a source more: everything else stays as it is, byte for byte, and it is never half written."""

import os
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pydantic import ValidationError

from dashboard.settings import PROJECT, Sections, Settings
from dashboard.sources.adding.toml import toml_table
from dashboard.sources.errors import MappingError
from dashboard.sources.pushdown.load import load_sources


def settings_path() -> Path:
    """The settings file in force; behind a link, the file itself."""
    return Path(os.environ.get("SALESGATE_SETTINGS") or PROJECT / "settings.toml").resolve()


def append_source(path: Path, name: str, table: Mapping[str, Any], settings: Settings) -> str:
    """Append ``[sources.<name>]`` to the file; what was appended.

    The whole file is checked before it takes the old one's place.

    Raises:
        MappingError: the name is taken, the file cannot be written, or it would not load any more.
    """
    added = toml_table(("sources", name), table)
    try:
        old = path.read_bytes().decode("utf-8")
        new = _appended(old, added)
        _check(path, name, new, settings)
        _replace(path, new)
    except OSError as error:
        raise MappingError(f"{path}: cannot be written: {error.strerror}. Nothing was changed.") from None
    except UnicodeError:
        raise MappingError(f"{path}: not UTF-8, or a name that UTF-8 cannot write. Nothing was changed.") from None
    return added


def _appended(old: str, added: str) -> str:
    line_end = "\r\n" if "\r\n" in old else "\n"
    text = old if not old or old.endswith("\n") else old + line_end
    return text + line_end + added.replace("\n", line_end)


def _check(path: Path, name: str, text: str, settings: Settings) -> None:
    try:
        data = tomllib.loads(text)
        sections = Sections.model_validate(data, strict=True)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        taken = name in settings.sources
        why = f"there is a source {name!r} already" if taken else str(error).splitlines()[0]
        raise MappingError(f"{path}: the source cannot be added: {why}. Nothing was changed.") from None
    load_sources(settings.model_copy(update={"sources": sections.sources, "binds": {**settings.binds}}))


def _replace(path: Path, text: str) -> None:
    """By a new file under the old name, with the old one's rights."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
            had = path.stat()
            os.fchmod(file.fileno(), stat.S_IMODE(had.st_mode))
            with suppress(PermissionError):
                os.fchown(file.fileno(), had.st_uid, had.st_gid)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
