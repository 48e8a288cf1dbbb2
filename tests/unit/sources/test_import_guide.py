"""docs/how-to/import.md names every mapping key and every reason, and its example works."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from shop_kit import Shop

from dashboard.sources.importer import import_file
from dashboard.sources.mapping import Mapping, load_mapping
from dashboard.sources.reasons import FLAGGED, SET_ASIDE

GUIDE = (Path(__file__).resolve().parents[3] / "docs/how-to/import.md").read_text(encoding="utf-8")
MENTIONED = set(re.findall(r"`([a-z_.]+)`", GUIDE))


def models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = list(models(field.annotation))
        if inner:
            yield from keys(inner[0], f"{prefix}{name}.")
        elif name != "base":
            yield f"{prefix}{name}"


@pytest.mark.parametrize("key", list(keys(Mapping)))
def test_every_key_is_explained(key: str) -> None:
    assert key in MENTIONED or (key.rpartition(".")[2] in MENTIONED and "columns." in key)


@pytest.mark.parametrize("reason", [*SET_ASIDE.values(), *FLAGGED.values()], ids=lambda reason: reason.label)
def test_every_reason_is_explained(reason: object) -> None:
    assert f"| {reason.label} |" in GUIDE  # type: ignore[attr-defined]


def test_the_example_can_be_imported(shop: Shop) -> None:
    lines, mapping = re.findall(r"`sales\.(?:csv|toml)`:\n\n```\w*\n(.*?)```", GUIDE, re.DOTALL)
    path = shop.write(lines)
    report = import_file(path, load_mapping(tomllib.loads(mapping)), shop.settings)
    assert (report.info.lines_kept, report.info.set_aside) == (3, ())
    assert (report.totals["gross_units"], report.totals["returned_units"]) == (8, 1)
    assert report.totals["gross_sales"] == 2980 + 3900
