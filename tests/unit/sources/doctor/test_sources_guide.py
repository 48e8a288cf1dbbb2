"""docs/how-to/sources.md names every key, and its example can be used as it stands."""

import re
import shlex
import tomllib
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel

from dashboard.cli import sources
from dashboard.settings import PROJECT, load_settings
from dashboard.settings.binds import Bind, Refresh
from dashboard.sources.pushdown.load import load_sources
from dashboard.sources.pushdown.mapping import Source

GUIDE = (PROJECT / "docs/how-to/sources.md").read_text(encoding="utf-8")
MENTIONED = set(re.findall(r"`([a-z_.]+)`", GUIDE))
COMMON = {"table", "schema"}


def models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        inner = list(models(field.annotation))
        yield from keys(inner[0], f"{prefix}{name}.") if inner else [f"{prefix}{name}"]


@pytest.mark.parametrize("key", [key for key in keys(Source) if key != "name"])
def test_every_key_of_a_source_is_explained(key: str) -> None:
    *_parents, parent, last = ("", *key.split("."))
    assert (
        key in MENTIONED
        or f"{parent}.{last}" in MENTIONED
        or (parent == "columns" and last in MENTIONED)
        or last in COMMON
    )


@pytest.mark.parametrize("key", [*keys(Bind), *(f"refresh.{key}" for key in keys(Refresh))])
def test_every_key_of_a_bind_and_of_the_refresh_is_explained(key: str) -> None:
    assert key in MENTIONED


@pytest.mark.parametrize(("model", "prefix"), [(Bind, ""), (Refresh, "refresh.")])
def test_defaults_are_right(model: type[BaseModel], prefix: str) -> None:
    told = dict(re.findall(r"^\| `([a-z_.]+)` \|.*\| `(.*?)` \|$", GUIDE, re.MULTILINE))
    for name, field in model.model_fields.items():
        if f"{prefix}{name}" in told:
            assert tomllib.loads(f"x = {told[f'{prefix}{name}']}")["x"] == field.default


def test_the_example_can_be_used() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    table = tomllib.loads(example)
    found = load_sources(load_settings(binds=table["binds"], sources=table["sources"]))
    assert [(source.name, source.bind) for source in found.values()] == [("erp", "erp"), ("tills", "tills")]
    assert found["erp"].lines.joins[0].namespace == "sales"


def test_the_flags_of_the_guide_exist(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    sources.register(parser.add_subparsers())
    with pytest.raises(SystemExit):
        parser.parse_args(["sources", "add", "--help"])
    there = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    section = GUIDE[GUIDE.index("## Add a source") : GUIDE.index("## Doctor")]
    named = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", section))
    assert "--leave-out" in named
    assert named <= there


def test_the_flags_of_the_command_exist() -> None:
    (command,) = re.findall(r"python -m dashboard (sources add --yes.*?)```", GUIDE, re.DOTALL)
    parser = ArgumentParser()
    sources.register(parser.add_subparsers())
    args = parser.parse_args(shlex.split(command.replace("\\\n", " ")))
    assert (args.master, args.stock) == (["sales.articles"], ["sales.stock_by_day"])
    assert (args.join, args.only, args.key) == (
        [["o", "sales.orders", "order_no=order_no"]],
        [["company", "10", "20"]],
        ["order_no", "line_no"],
    )
