"""``python -m dashboard sources add``: from a look at the tables to ``[sources.NAME]`` in settings.toml."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.cli.asking import Asker
from dashboard.cli.diagnosis import print_diagnosis
from dashboard.settings import Settings
from dashboard.sources.adding.answers import Answers, JoinAnswer, column_called, currency, join_answer, relation, zone
from dashboard.sources.adding.guess import LINE_COLUMNS, MASTER_COLUMNS, guess
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
Types = dict[str, Any]


def run_add(args: Namespace, settings: Settings) -> int:
    """Add a source; exit code 0, or 1 with the reason, and then nothing was changed."""
    try:
        adding = _Adding(args, settings, Asker(asks=not args.yes and sys.stdin.isatty()))
        return adding.run()
    except ImportRefused as refused:
        print(f"Not added. {refused}", file=sys.stderr)
    except EOFError:
        print("Not added: no more answers.", file=sys.stderr)
    return 1


class _Adding:
    def __init__(self, args: Namespace, settings: Settings, asker: Asker) -> None:
        self._args, self._settings, self._ask = args, settings, asker

    def run(self) -> int:
        name, bind = self._name(), self._bind()
        with open_bind(bind, self._settings.binds[bind]) as opened:
            print(f"{bind}: {opened.product}")
            with opened.connect() as connection:
                table = self._answers(name, bind, connection).to_table()
        if not self._tried(bind, name, table):
            print("Not added: mend the faults, or map other columns. Nothing was changed.", file=sys.stderr)
            return 1
        return self._written(name, table)

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
        bind = self._given("bind", f"Bind ({', '.join(there)})", there[0] if len(there) == 1 else None)
        if bind not in there:
            raise MappingError(f"There is no [binds.{bind}] in settings.toml (there: {', '.join(there)}).")
        return bind

    def _answers(self, name: str, bind: str, connection: Connection) -> Answers:
        catalogue = Catalogue(connection)
        lines = self._lines(catalogue)
        types = catalogue.types(lines)
        _print_columns(connection, lines, types)
        joins = self._joins(connection, catalogue)
        for join in joins:
            types |= {f"{join.name}.{column}": kind for column, kind in catalogue.types(join.relation).items()}
        columns = self._columns(shown(lines), types)
        master, master_columns = self._master(catalogue)
        common = next(iter(self._settings.sources.values()), {})
        return Answers(
            name=name,
            bind=bind,
            label=self._given("label", "Label that people see", name),
            lines=lines,
            currency=self._given("currency", "Reporting currency, such as EUR", common.get("currency"), currency),
            time_zone=self._given("time_zone", "Time zone of the business", common.get("time_zone"), zone),
            minor_digits=self._args.minor_digits or common.get("minor_digits"),
            timestamps=self._timestamps(),
            complete_to=self._args.complete_to,
            columns=columns,
            key=[self._column(shown(lines), types, "key", column) for column in self._args.key or ()],
            amount_is=self._amount_is(columns),
            joins=joins,
            only=self._only(shown(lines), types),
            returns=self._returns(shown(lines), types),
            master=master,
            master_columns=master_columns,
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

    def _joins(self, connection: Connection, catalogue: Catalogue) -> list[JoinAnswer]:
        joins = [join_answer(words) for words in self._args.join or ()]
        while self._ask.asks and not self._args.join:
            answer = self._ask.ask(
                "Another table that the lines refer to, such as: orders SALES.ORDERS ORDER_ID=ID (Enter: none)", ""
            )
            if not answer:
                break
            joins.append(join_answer(answer.split()))
            _print_columns(connection, joins[-1].relation, catalogue.types(joins[-1].relation))
        return joins

    def _columns(self, table: str, types: Types) -> dict[str, str]:
        """Canonical name -> column: what was given, else asked for, else guessed."""
        given = {
            name: self._column(table, types, name, column)
            for name in LINE_COLUMNS
            if (column := getattr(self._args, f"column_{name}"))
        }
        free = {column: kind for column, kind in types.items() if column not in given.values()}
        guessed = {name: column for name, column in guess(free).items() if name not in given}
        for one, other in (("amount", "price"), ("price", "amount")):
            if one in given:
                guessed.pop(other, None)
        found = self._asked_columns(table, types, given, guessed) if self._ask.asks else {**guessed, **given}
        missing = [name for name in _REQUIRED if name not in found]
        missing += [] if {"amount", "price"} & found.keys() else ["amount or --price"]
        if missing:
            raise MappingError(f"No column of {table} looks like it: give --{', --'.join(missing)}.")
        if "amount" not in found:
            found.pop("tax", None)
        return {name: found[name] for name in LINE_COLUMNS if name in found}

    def _asked_columns(
        self, table: str, types: Types, given: Mapping[str, str], guessed: Mapping[str, str]
    ) -> dict[str, str]:
        print('What the columns are. Enter takes the guess, "-" leaves it out.')
        found = dict(given)
        for name in LINE_COLUMNS:
            if name in given or (name == "price" and "amount" in found):
                continue
            answer = self._ask.until(f"  {name}", guessed.get(name, "-"), self._check(table, types, name))
            if answer != "-":
                found[name] = self._column(table, types, name, answer)
        return found

    def _check(self, table: str, types: Types, name: str) -> Callable[[str], object]:
        return lambda answer: answer == "-" or self._column(table, types, name, answer)

    def _column(self, table: str, types: Sequence[str] | Types, key: str, wanted: str) -> str:
        found = column_called(wanted, list(types))
        if found is None:
            fault = missing_column(Mapped(key, Relation(table=table), wanted), types)
            raise MappingError(f"{key}: {fault.what}")
        return found

    def _master(self, catalogue: Catalogue) -> tuple[Relation | None, dict[str, str]]:
        text = self._args.master
        if text is None and self._ask.asks:
            text = self._ask.ask("Table of products, as SCHEMA.TABLE (Enter: none)", "")
        if not text:
            return None, {}
        master = relation(text)
        columns = guess(catalogue.types(master), MASTER_COLUMNS)
        if "product" not in columns:
            raise MappingError(
                f"{shown(master)}: no column looks like a product code; map [master] by hand afterwards."
            )
        return master, columns

    def _amount_is(self, columns: Mapping[str, str]) -> str | None:
        if self._args.amount_is or not {"amount", "discount"} <= columns.keys():
            return self._args.amount_is  # type: ignore[no-any-return]
        return self._ask.choice("Is the amount before (gross) or after (net) the discount?", ("gross", "net"))

    def _timestamps(self) -> str | None:
        if self._args.timestamps or not self._ask.asks:
            return self._args.timestamps  # type: ignore[no-any-return]
        answer = self._ask.ask('Times in the table are in: "local", "utc", or a zone', "local")
        return None if answer == "local" else answer

    def _returns(self, table: str, types: Types) -> dict[str, Any] | None:
        if self._args.returns_by in {None, "negative_quantity"}:
            return None
        column = self._column(table, types, "returns", self._args.returns_column or "")
        return {"by": self._args.returns_by, "column": column, "values": self._args.returns_values or []}

    def _only(self, table: str, types: Types) -> dict[str, list[str]]:
        return {self._column(table, types, "only", column): values for column, *values in self._args.only or ()}

    def _given(self, key: str, question: str, default: str | None = None, check: Callable[[str], object] = str) -> str:
        value = getattr(self._args, key)
        if value:
            return str(value)
        if self._ask.asks:
            return self._ask.until(question, default, check)
        if default is None:
            raise MappingError(f"--{key.replace('_', '-')} is missing: {question[0].lower()}{question[1:]}.")
        return default


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
