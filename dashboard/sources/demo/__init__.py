"""The demo company: generated, deterministic sales that take the same way in as a company's own files."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dashboard.settings import Settings
from dashboard.sources.demo.world import make_world
from dashboard.sources.demo.write import LINES, write_world
from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import ImportReport, import_file
from dashboard.sources.mapping import load_mapping

DEMO_MAPPING = Path(__file__).with_name("mapping.toml")
_PREFIX = "demo-"
_LEFT_SECONDS = 3600

__all__ = ["DEMO_MAPPING", "build_demo"]


def build_demo(settings: Settings, progress: Callable[[str, float], None] | None = None) -> ImportReport:
    """Generate the demo company and import it; its files exist only meanwhile, in a folder of ``settings.var``.

    Raises:
        ImportRefused: the import could not be done, such as for want of space; what served before still does.
    """
    if progress:
        progress("Making the demo company", 0.0)
    try:
        settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_leftovers(settings.var)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=settings.var) as name:
            return _import_from(Path(name), settings, progress)
    except OSError as error:
        raise ImportRefused(
            f"{settings.var}: the demo data cannot be written here: {error.strerror or error}"
        ) from error


def _import_from(folder: Path, settings: Settings, progress: Callable[[str, float], None] | None) -> ImportReport:
    write_world(make_world(), folder)
    mapping = load_mapping(shutil.copy(DEMO_MAPPING, folder))
    return import_file(folder / LINES, mapping, settings, progress)


def _remove_leftovers(var: Path) -> None:
    """Remove what killed runs left; younger folders may belong to one that is still busy."""
    for folder in var.glob(f"{_PREFIX}????????"):
        if folder.is_dir() and time.time() - folder.lstat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
