"""The rollup statement: lines judged and added up inside the database, as portable SQLAlchemy Core.

Three layers, each over the last: what a line says in canonical columns (the only one with binds, over the bare
columns), the verdict on it, and the groups. SELECT and GROUP BY therefore name the same plain columns everywhere.

Sums of GROUPS over lines that do not count (a verdict other than ""): ``units`` are those that can be read, money is 0.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown import conditions, numbers
from dashboard.sources.pushdown.elements import CLICKHOUSE, ByteLength, Count, NoText, as_text, number
from dashboard.sources.pushdown.groups import KEYS, VERDICTS, Grain
from dashboard.sources.pushdown.judging import Judge, Seen, Sum
from dashboard.sources.pushdown.layers import Layer
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.moments import FIRST, STOP, Moments
from dashboard.sources.pushdown.numbers import Number
from dashboard.sources.pushdown.relations import Facts
from dashboard.sources.pushdown.shapes import Shapes

Value = ColumnElement[Any]
_TEXTS = ("product", "region", "channel", "currency", "name", "category")
_LABELLED = ("product", "name", "category")


def groups_statement(source: Source, shapes: Shapes, grain: Grain, start: date, stop: date) -> Select[Any]:
    """Groups of the lines sold on business days of ``start <= day < stop``, cut to the days that the source owns.

    Columns: those of GROUPS in their order; for the month grain, some databases give integers ``period_year`` and
    ``period_month`` in place of ``period``. A column that is not mapped is NULL.

    Raises:
        ImportRefused: a column of a type that holds no such values, or ``key`` where rows cannot be numbered.
    """
    steps = _Steps(source, shapes, grain, start, stop)
    judged = steps.judged()
    periods = {name: column for name, column in judged.columns.items() if name.startswith("period")}
    keys = periods | {name: judged.columns[name] for name in KEYS if name in judged.columns}
    shown = periods | {name: _readable(source, shapes, name, keys.get(name)) for name in KEYS[1:]}
    return judged.grouped(shown | _sums(steps, judged), [*keys.values(), *steps.told_apart(keys)])


def count_groups_statement(source: Source, shapes: Shapes, grain: Grain, start: date, stop: date) -> Select[Any]:
    """How many rows :func:`groups_statement` would bring."""
    found = groups_statement(source, shapes, grain, start, stop).subquery("found")
    return select(func.count().label("groups")).select_from(found)


def labels_statement(source: Source, shapes: Shapes, start: date = FIRST, stop: date = STOP) -> Select[Any] | None:
    """Columns of LABELS over the lines that count, repeats too; None where they have neither names nor categories.

    Raises:
        ImportRefused: like :func:`groups_statement`.
    """
    columns = source.lines.columns
    if columns.name is None and columns.category is None:
        return None
    steps = _Steps(source, shapes, "day", start, stop, labels=True)
    judged = steps.judged()
    judged = judged.where(judged.columns["verdict"] == number(0))
    keys = {name: judged.columns[name] for name in _LABELLED if name in judged.columns}
    shown = {name: _readable(source, shapes, name, keys.get(name)) for name in _LABELLED}
    return judged.grouped(shown | {"lines": Count()}, [*keys.values(), *steps.told_apart(keys)])


def _sums(steps: "_Steps", judged: Layer) -> dict[str, Value]:
    counted = judged.columns["verdict"] == number(0)
    units = steps.judge.all_units(judged.columns["units"], judged.columns["verdict"])
    sums: dict[str, Value] = {"lines": Count(), "units": units}
    for name, total in steps.money.items():
        sums[f"{name}_minor"] = number(0)
        if total:
            known = counted if name != "cost" else and_(counted, judged.columns["costed"] == number(1))
            sums[f"{name}_minor"] = steps.judge.minor(total, judged.columns[name], known)
    return sums


class _Steps:
    """The statement from the inside out. ``money``: what is added up, by canonical name."""

    def __init__(
        self, source: Source, shapes: Shapes, grain: Grain, start: date, stop: date, *, labels: bool = False
    ) -> None:
        self._source, self._shapes, self._grain = source, shapes, grain
        self._start = max(start, source.start or FIRST, FIRST)
        self._stop = min(stop, source.stop or STOP, STOP)
        self._labels = labels
        self._facts = Facts(source, shapes)
        self._moments = Moments(source, self._facts)
        self._numbers = self._read_numbers()
        self._line = self._seen().under("line_read")
        self.judge = Judge(source, self._marks(), shapes.dialect)
        self.money: dict[str, Sum | None] = {
            "gross": self.judge.gross(),
            "discount": self.judge.discount(),
            "cost": self.judge.cost(),
        }

    def judged(self) -> Layer:
        """Keys, verdict and what is added up, of each line."""
        line, judge = self._line.columns, self.judge
        found: dict[str, Value] = {name: line[name] for name in self._texts()} | {"verdict": judge.verdict()}
        if self._labels:
            return self._line.with_columns(found).under("judged")
        found = {**self._moments.period(line["moment"], self._grain), **found}
        found |= {"is_return": line["is_return"], "units": judge.line_units()}
        found |= {name: total.sql for name, total in self.money.items() if total}
        if self.money["cost"]:
            found["costed"] = judge.costed()
        exactly = self._moments.exactly(line["moment"], self._start, self._stop)
        judged = self._line.with_columns(found)
        judged = judged if exactly is None else judged.where(exactly)
        return (self._numbered(judged) if self._key() else judged).under("judged")

    def told_apart(self, keys: Mapping[str, Value]) -> list[Value]:
        """More to group by, beside ``keys``: for SQL Server, texts are equal that differ in blanks at their end."""
        if self._shapes.dialect != "mssql":
            return []
        columns = self._source.lines.columns
        references = {name: getattr(columns, name) for name in _TEXTS}
        references |= {f"key_{position}": reference for position, reference in enumerate(columns.key)}
        texts = (name for name in keys if name in references and self._is_text(references[name]))
        return [ByteLength(keys[name]) for name in texts]

    def _is_text(self, reference: str) -> bool:
        return self._facts.shape(reference).family == "text"

    def _seen(self) -> Layer:
        """Each line in canonical columns."""
        facts, columns = self._facts, self._source.lines.columns
        found: dict[str, Value] = {}
        if not self._labels:
            found["moment"] = self._moments.business(self._start, self._stop)
        found |= {name: self._text(getattr(columns, name)) for name in self._texts()}
        found |= {name: each.sql for name, each in self._numbers.items()}
        found["is_return"] = conditions.is_return(self._source, facts, self._numbers["quantity"])
        rule = conditions.left_out(self._source, facts)
        if rule is not None:
            found["left_out"] = rule
        found |= {f"key_{position}": self._text(column) for position, column in enumerate(self._key())}
        tests = (self._moments.within(self._start, self._stop), *conditions.belongs(self._source, facts))
        return Layer(found, facts.relation, tests, flat=self._shapes.dialect in CLICKHOUSE)

    def _marks(self) -> Seen:
        line = self._line.columns
        read = {name: each.named(line[name]) for name, each in self._numbers.items()}
        return Seen(
            quantity=read["quantity"],
            value=read["value"],
            tax=read.get("tax"),
            discount=read.get("discount"),
            cost=read.get("cost"),
            is_return=line["is_return"],
            left_out=line.get("left_out"),
        )

    def _numbered(self, judged: Layer) -> Layer:
        """The sound lines of a key and month, numbered: all but the first of them are repeats.

        By month, so that what is a repeat does not depend on the months that are asked for.
        """
        line = self._line.columns
        names = [f"key_{position}" for position in range(len(self._key()))]
        parts = {f"in_{name}": column for name, column in self._moments.period(line["moment"], "month").items()}
        parts |= {name: line[name] for name in names}
        order = {f"by_{name}": line[name] for name in ("moment", "quantity", "value")}
        checked = judged.with_columns({**judged.columns, **parts, **order}).under("checked")
        found = checked.columns
        keys = {name: found[name] for name in ("verdict", *parts)}
        partition = [*keys.values(), *self.told_apart(keys)]
        place = func.row_number().over(partition_by=partition, order_by=[found[name] for name in order])
        again = and_(found["verdict"] == number(0), place > number(1), *(found[name].is_not(None) for name in names))
        verdict = case((again, number(VERDICTS.index("repeat"))), else_=found["verdict"])
        return checked.with_columns({**{name: found[name] for name in judged.columns}, "verdict": verdict})

    def _texts(self) -> list[str]:
        mapped = self._source.lines.columns
        wanted = {"product", "name", "category"} if self._labels else {"product", "region", "channel", "currency"}
        return [name for name in _TEXTS if name in wanted and getattr(mapped, name) is not None]

    def _text(self, reference: str) -> Value:
        column = self._facts.column(reference)
        return conditions.exact(column, self._facts.shape(reference)) if self._is_text(reference) else column

    def _key(self) -> tuple[str, ...]:
        lines = self._source.lines
        if self._labels or not lines.columns.key or lines.repeats == "keep":
            return ()
        if not self._shapes.windows:
            raise ImportRefused(
                f"sources.{self._source.name}.lines.columns.key: this version of {self._shapes.dialect} has no "
                "ROW_NUMBER, so repeats of a line cannot be found. Leave key out, set repeats = 'keep', or use a "
                "newer version."
            )
        return lines.columns.key

    def _read_numbers(self) -> dict[str, Number]:
        columns, facts = self._source.lines.columns, self._facts
        where = f"sources.{self._source.name}.lines.columns"
        found = {"quantity": numbers.quantity(facts, columns.quantity, f"{where}.quantity")}
        kind = "price" if columns.price else "amount"
        found["value"] = numbers.value(facts, columns.price or columns.amount or "", f"{where}.{kind}")
        for name in ("tax", "discount"):
            reference = getattr(columns, name)
            if reference:
                found[name] = numbers.value_or_zero(facts, reference, f"{where}.{name}")
        if columns.cost:
            found["cost"] = numbers.value(facts, columns.cost, f"{where}.cost")
        return found


def _readable(source: Source, shapes: Shapes, name: str, column: Value | None) -> Value:
    """A key for people: texts as texts, also where the column holds numbers; what is not mapped as nothing."""
    if name not in _TEXTS:
        return number(0) if column is None else column
    if column is None:
        return NoText()
    family = shapes.line(getattr(source.lines.columns, name)).family
    return column if family == "text" else as_text(column)
