"""``python -m dashboard sources add``: from a look at the tables to ``[sources.NAME]`` in settings.toml."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from dashboard.cli.adding_rules import Rules, given_keys
from dashboard.cli.adding_tables import MASTER, RATES, RECEIPTS, STOCK, BesideTables
from dashboard.cli.asking import Asker, NoMoreAnswers
from dashboard.cli.diagnosis import print_diagnosis
from dashboard.cli.sources import ASKED_AS, CONSTANTS
from dashboard.settings import Settings
from dashboard.sources.adding.answers import Answers, JoinAnswer, column_called, currency, relation, zone
from dashboard.sources.adding.guess import LINE_COLUMNS, guess
from dashboard.sources.adding.settings_file import append_source, settings_path
from dashboard.sources.adding.toml import toml_table
from dashboard.sources.binds.opening import open_bind
from dashboard.sources.doctor.catalogue import Catalogue, Found, missing_column, type_text
from dashboard.sources.doctor.columns import Mapped, shown
from dashboard.sources.doctor.examine import examine_bind
from dashboard.sources.doctor.findings import Diagnosis
from dashboard.sources.doctor.sample import table_values
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.pushdown.load import check_name, load_source, load_sources
from dashboard.sources.pushdown.mapping import Relation

_REQUIRED = ("product", "quantity", "date")
_LISTED = 40
_OF_PRODUCTS = ("name", "category")
Types = dict[str, Any]
Columns = Mapping[str, str]


def run_add(args: Namespace, settings: Settings) -> int:
    """Add a source; exit code 0, or 1 with the reason, and then nothing was changed."""
    try:
        adding = _Adding(args, settings, Asker(asks=not args.yes and sys.stdin.isatty()))
        return adding.run()
    except NoMoreAnswers:
        print("Not added: no more answers.", file=sys.stderr)
    except ImportRefused as refused:
        print(f"Not added. {refused}", file=sys.stderr)
    return 1


class _Adding:
    def __init__(self, args: Namespace, settings: Settings, asker: Asker) -> None:
        self._args, self._settings, self._ask = args, settings, asker
        self._more = given_keys(args)

    def run(self) -> int:
        name, bind = self._name(), self._bind()
        self._check_flags(name, bind)
        with open_bind(bind, self._settings.binds[bind]) as opened:
            print(f"{bind}: {opened.product}")
            with opened.connect() as connection:
                table = self._answers(name, bind, connection).to_table()
        if not self._tried(bind, name, table):
            print("Not added: mend the faults, or map other columns. Nothing was changed.", file=sys.stderr)
            return 1
        return self._written(name, table)

    def _check_flags(self, name: str, bind: str) -> None:
        """Refuse flags that no table can mend, before anything is asked or connected."""
        given = {key: value for key in ("label", "currency", "time_zone", "timestamps") if (value := self._flag(key))}
        digits = {} if self._minor_digits() is None else {"minor_digits": self._minor_digits()}
        common = {"currency": "EUR", "time_zone": "UTC", **self._common()}
        lines = {"table": "x", "columns": {"product": "x", "quantity": "x", "date": "x", "amount": "x"}}
        more = {key: value for key, value in self._more.items() if value}
        table = {"label": "x", **common, **given, **digits, **more, "bind": bind, "lines": lines}
        load_sources(self._settings.model_copy(update={"sources": {**self._settings.sources, name: table}}))

    def _common(self) -> dict[str, Any]:
        """What all sources share, as the first of settings.toml has it."""
        first = next(iter(self._settings.sources.values()), {})
        return {key: first[key] for key in ("currency", "time_zone", "minor_digits") if key in first}

    def _minor_digits(self) -> int | None:
        given: int | None = self._args.minor_digits
        return self._common().get("minor_digits") if given is None else given

    def _tried(self, bind: str, name: str, table: Mapping[str, Any]) -> bool:
        """Whether the source can be read as mapped; what was found is printed."""
        print(f"\n{toml_table(('sources', name), table)}")
        source = load_source(name, table)
        load_sources(self._settings.model_copy(update={"sources": {**self._settings.sources, name: dict(table)}}))
        diagnosis = Diagnosis((examine_bind(bind, self._settings.binds[bind], [source], self._ask.tell),))
        print_diagnosis(diagnosis)
        return diagnosis.sound

    def _written(self, name: str, table: Mapping[str, Any]) -> int:
        path = settings_path()
        if not self._ask.agrees(f"Write it to {path}?"):
            print("Not added. Nothing was changed.", file=sys.stderr)
            return 1
        append_source(path, name, table, self._settings)
        print(f"Added [sources.{name}] to {path}. Read it with: python -m dashboard refresh")
        print("docs/how-to/sources.md lists what else can be said there; a changed mapping is read anew.")
        return 0

    def _name(self) -> str:
        name = self._given("name", "Name of the source, such as erp", None, self._free)
        self._free(name)
        return name

    def _free(self, name: str) -> None:
        check_name(name)
        if name in self._settings.sources:
            raise MappingError(f"There is a source {name!r} already; change it in {settings_path()}.")

    def _bind(self) -> str:
        there = list(self._settings.binds)
        if not there:
            raise MappingError("settings.toml has no [binds.NAME] yet; docs/how-to/sources.md shows how to write one.")
        question = f"Bind, the database ({', '.join(there)})"
        bind = self._given("bind", question, there[0] if len(there) == 1 else None, self._known_bind)
        self._known_bind(bind)
        return bind

    def _known_bind(self, bind: str) -> None:
        if bind not in self._settings.binds:
            there = ", ".join(self._settings.binds)
            raise MappingError(f"There is no [binds.{bind}] in settings.toml (there: {there}).")

    def _answers(self, name: str, bind: str, connection: Connection) -> Answers:
        catalogue = Catalogue(connection)
        lines = self._lines(catalogue)
        types = catalogue.types(lines)
        _print_columns(connection, lines, types)
        beside = BesideTables(self._ask, catalogue, lines)
        joins = beside.joins(self._args.join or (), lambda one: _print_columns(connection, one, catalogue.types(one)))
        types = types | _joined(catalogue, joins)
        found = {
            "master": beside.table("Table of products", MASTER, self._args.master),
            "stock": beside.table("Table of daily stock", STOCK, self._args.stock),
            "receipts": beside.table("Table of goods received", RECEIPTS, self._args.receipts),
        }
        columns = self._columns(shown(lines), types, _OF_PRODUCTS if found["master"] else ())
        if "currency" in columns or self._args.rates:
            found["rates"] = beside.table("Table of exchange rates", RATES, self._args.rates)
        rules = Rules(self._args, self._ask, beside, partial(self._column, shown(lines), types))
        key = rules.key() or beside.key(shown(lines), list(types))
        of_lines = rules.of_lines()
        self._more["returns"] = rules.returns()
        common = self._common()
        return Answers(
            name=name,
            bind=bind,
            label=self._given("label", "Label that people see", name),
            lines=lines,
            currency=self._given("currency", "Reporting currency, such as EUR", common.get("currency"), currency),
            time_zone=self._given("time_zone", "Time zone of the business", common.get("time_zone"), zone),
            minor_digits=self._minor_digits(),
            timestamps=self._timestamps(),
            columns=columns,
            key=key,
            amount_is=self._amount_is(columns),
            joins=joins,
            of_lines=of_lines,
            beside={name: table for name, table in found.items() if table},
            more=self._more | rules.finished(),
        )

    def _lines(self, catalogue: Catalogue) -> Relation:
        if self._args.table:
            return relation(self._args.table, self._args.schema)
        if not self._ask.asks:
            raise MappingError("--table is missing: the table or view with the lines.")
        return self._chosen(catalogue)

    def _chosen(self, catalogue: Catalogue) -> Relation:
        """A table out of a list that can be searched."""
        schemas = [self._args.schema] if self._args.schema else catalogue.schemas()
        tables = [found for schema in schemas or [None] for found in catalogue.tables(schema)]
        shown_ones = tables
        while True:
            _print_tables(shown_ones)
            answer = self._ask.ask("Table with the sales lines: its number, or a part of its name to search for")
            if answer.isdigit() and 0 < int(answer) <= len(shown_ones[:_LISTED]):
                found = shown_ones[int(answer) - 1]
                return Relation(table=found.name, schema=found.schema)
            shown_ones = [found for found in tables if answer.casefold() in found.shown.casefold()] or tables

    def _columns(self, table: str, types: Types, elsewhere: Sequence[str]) -> dict[str, str]:
        """Canonical name -> column: what was given, else asked for, else guessed; not what stands ``elsewhere``."""
        given = {
            name: self._column(table, types, name, column)
            for name in LINE_COLUMNS
            if (column := getattr(self._args, f"column_{name}"))
        }
        elsewhere = (*elsewhere, *(name for name in self._more["constants"] if name not in given))
        free = {column: kind for column, kind in types.items() if column not in given.values()}
        guessed = {name: column for name, column in guess(free).items() if name not in (*given, *elsewhere)}
        for one, other in (("amount", "price"), ("price", "amount")):
            if one in given:
                guessed.pop(other, None)
        found = self._asked_columns(table, types, given, guessed, elsewhere) if self._ask.asks else {**guessed, **given}
        missing = [name for name in _REQUIRED if name not in found]
        missing += [] if {"amount", "price"} & found.keys() else ["amount or --price"]
        if missing:
            raise MappingError(f"No column of {table} looks like it: give --{', --'.join(missing)}.")
        if "amount" not in found:
            found.pop("tax", None)
        return {name: found[name] for name in LINE_COLUMNS if name in found}

    def _asked_columns(
        self, table: str, types: Types, given: Columns, guessed: Columns, elsewhere: Sequence[str]
    ) -> dict[str, str]:
        print('What the columns are. Enter takes the guess, "-" leaves it out.')
        print("Where all lines have the same region, channel or category: =TEXT, such as =Wholesale.")
        found = dict(given)
        for name in LINE_COLUMNS:
            if name in (*given, *elsewhere) or name == ("price" if "amount" in found else "tax"):
                continue
            needed = name in _REQUIRED or name == "price"
            otherwise = None if needed else "-"
            answer = self._ask.until(
                f"  {ASKED_AS.get(name, name)}", guessed.get(name, otherwise), self._check(table, types, name, needed)
            )
            if name in CONSTANTS and answer.startswith("="):
                self._more["constants"][name] = answer[1:]
            elif answer != "-":
                found[name] = self._column(table, types, name, answer)
        return found

    def _check(self, table: str, types: Types, name: str, needed: bool) -> Callable[[str], object]:
        def check(answer: str) -> object:
            constant = name in CONSTANTS and answer.startswith("=") and len(answer) > 1
            return constant or (answer == "-" and not needed) or self._column(table, types, name, answer)

        return check

    def _column(self, table: str, types: Sequence[str] | Types, key: str, wanted: str) -> str:
        found = column_called(wanted, list(types))
        if found is None:
            fault = missing_column(Mapped(key, Relation(table=table), wanted), types)
            raise MappingError(f"{key}: {fault.what}")
        return found

    def _amount_is(self, columns: Mapping[str, str]) -> str | None:
        if self._args.amount_is or not {"amount", "discount"} <= columns.keys():
            return self._args.amount_is  # type: ignore[no-any-return]
        return self._ask.choice("Is the amount before (gross) or after (net) the discount?", ("gross", "net"))

    def _timestamps(self) -> str | None:
        if self._args.timestamps or not self._ask.asks:
            return self._args.timestamps  # type: ignore[no-any-return]
        answer = self._ask.until(
            'Times in the table are in: "local", "utc", or a zone',
            "local",
            lambda answer: answer in {"local", "utc"} or zone(answer),
        )
        return None if answer == "local" else answer

    def _flag(self, key: str) -> Any:
        return getattr(self._args, key)

    def _given(self, key: str, question: str, default: str | None = None, check: Callable[[str], object] = str) -> str:
        value = self._flag(key)
        if value:
            return str(value)
        if self._ask.asks:
            return self._ask.until(question, default, check)
        if default is None:
            raise MappingError(f"--{key.replace('_', '-')} is missing: {question[0].lower()}{question[1:]}.")
        return default


def _joined(catalogue: Catalogue, joins: Sequence[JoinAnswer]) -> Types:
    """The columns of joined tables, as the mapping of the lines writes them."""
    return {f"{join.name}.{column}": kind for join in joins for column, kind in catalogue.types(join.relation).items()}


def _print_tables(tables: Sequence[Found]) -> None:
    for number, found in enumerate(tables[:_LISTED], 1):
        print(f"{number:>4}  {found.shown}{'  (view)' if found.view else ''}")
    if len(tables) > _LISTED:
        print(f"      and {len(tables) - _LISTED:,} more: search for a part of the name")


def _print_columns(connection: Connection, table: Relation, types: Mapping[str, Any]) -> None:
    """Names, types and a few values."""
    values = table_values(connection, table, list(types))
    width = max(map(len, types))
    print(f"\n{shown(table)}")
    for name, kind in types.items():
        print(f"  {name:<{width}}  {type_text(kind):<16}  {', '.join(values[name])}")
