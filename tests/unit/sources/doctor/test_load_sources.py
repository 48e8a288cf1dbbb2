from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from erp_kit import mapping, shop_settings

from dashboard.sources.errors import MappingError
from dashboard.sources.pushdown.load import load_source, load_sources


def changed(path: str, value: Any) -> dict[str, Any]:
    """The mapping with another value at ``path``; None takes the key away."""
    table = deepcopy(mapping())
    *parents, last = path.split(".")
    inner = table
    for parent in parents:
        inner = inner[parent]
    inner.pop(last, None)
    return table if value is None else (inner.update({last: value}) or table)


def refusal(**sources: dict[str, Any]) -> str:
    with pytest.raises(MappingError) as error:
        load_sources(shop_settings(Path("shop.db"), **sources))
    return str(error.value)


def test_a_source_as_settings_give_it() -> None:
    source = load_sources(shop_settings(Path("shop.db")))["erp"]
    assert (source.name, source.bind, source.lines.table) == ("erp", "shop", "Verkäufe")
    assert source.lines.joins[0].on == {"beleg": "beleg"}


def test_two_sources_of_one_label_are_refused() -> None:
    """People tell them apart by it: in the filter, in splits and in messages."""
    said = refusal(erp=mapping(label="Läden"), web=mapping(label="LÄDEN"))
    assert said == "sources.web.label: 'LÄDEN' is the label of sources.erp too; give it one of its own"


def test_schemas_and_days() -> None:
    table = changed("lines.schema", "DWH") | {"start": date(2025, 1, 1), "complete_to": date(2026, 10, 31)}
    source = load_source("erp", table)
    assert (source.lines.namespace, source.start, source.complete_to) == ("DWH", date(2025, 1, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            "lines.columns.qty",
            "menge",
            "sources.erp.lines.columns.qty: unknown key; the keys are listed in docs/how-to/",
        ),
        ("lines.columns.quantity", None, "sources.erp.lines.columns.quantity: missing"),
        ("label", None, "sources.erp.label: missing"),
        (
            "lines.columns.amount",
            "betrag",
            "sources.erp.lines.columns: map exactly one of price (of one unit) and amount",
        ),
        ("lines.columns.tax", "mwst", "sources.erp.lines.columns: tax goes with amount, not with price"),
        ("time_zone", "Berlin", "sources.erp.time_zone: 'Berlin' is no time zone"),
        ("timestamps", "Berlin", "sources.erp: 'Berlin' is no time zone"),
        ("complete_to", "soon", "sources.erp.complete_to: write a day such as 2026-10-31, or \"assumed\" (got 'soon')"),
        ("products", {"pattern": "("}, "sources.erp.products.pattern: '(' is no regular expression"),
        ("name", "erp", "sources.erp.name: unknown key"),
        ("lines.joins", [{"name": "b", "table": "x", "on": {}}], "sources.erp.lines.joins.0.on: "),
    ],
)
def test_a_mapping_that_cannot_be_used(path: str, value: Any, expected: str) -> None:
    assert refusal(erp=changed(path, value)).startswith(expected)


def test_days_that_no_source_owns() -> None:
    found = refusal(erp=mapping(start=date(2026, 1, 1), stop=date(2026, 1, 1)))
    assert found == "sources.erp: start must be before stop: the source owns the days start <= day < stop"


def test_joins_refer_to_earlier_ones_only() -> None:
    joins = [
        {"name": "b", "table": "belege", "on": {"c.x": "beleg"}},
        {"name": "c", "table": "kunden", "on": {"beleg": "beleg"}},
    ]
    assert "the join 'b' refers to 'c', which must stand before it" in refusal(erp=changed("lines.joins", joins))
    twice = [joins[1], joins[1]]
    assert "two joins are called 'c'" in refusal(erp=changed("lines.joins", twice))


@pytest.mark.parametrize("name", ["../etc", "a.b", "", "a" * 51, "ä", "-x"])
def test_names_are_names_of_folders_too(name: str) -> None:
    with pytest.raises(MappingError, match="a name of letters, digits, - and _ is needed"):
        load_source(name, mapping())


def test_sources_have_to_go_together() -> None:
    found = refusal(
        erp=mapping(),
        ERP=mapping(label="ERP", currency="USD", minor_digits=0, time_zone="UTC"),
        till=mapping(label="Tills", bind="tills", yields_to=["erp", "web"]),
    )
    assert found.splitlines() == [
        "sources.till.bind: there is no [binds.tills] in settings.toml (there: shop)",
        "sources.ERP: differs from sources.erp in upper and lower case only; give it another name",
        "sources.ERP.currency: 'USD', but sources.erp has 'EUR': one picture has one reporting currency",
        "sources.ERP.minor_digits: 0, but sources.erp has 2: one picture has one number of decimals",
        "sources.ERP.time_zone: 'UTC', but sources.erp has 'Europe/Berlin': one picture has one time zone",
        "sources.till.yields_to: there is no source 'web' (there: erp, ERP, till)",
    ]


def test_sources_must_not_yield_in_a_circle() -> None:
    b, c = mapping(label="B", yields_to=["c"]), mapping(label="C")
    found = refusal(a=mapping(yields_to=["b"]), b=b, c={**c, "yields_to": ["a"]})
    assert found.startswith("sources.a.yields_to: goes round in a circle back to 'a'")
    assert load_sources(shop_settings(Path("x"), a=mapping(yields_to=["b", "c"]), b=b, c=c))
