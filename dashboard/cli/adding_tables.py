"""Questions of ``sources add`` about the tables beside the lines: joined ones, products, and what names a line."""

import re
from collections.abc import Callable, Sequence

from dashboard.cli.asking import Asker
from dashboard.sources.adding.answers import JoinAnswer, column_called, join_answer, relation
from dashboard.sources.adding.guess import guess, matching
from dashboard.sources.doctor.catalogue import Catalogue
from dashboard.sources.doctor.columns import shown
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.pushdown.mapping import Relation

# A table, and its columns by canonical name.
Mapped = tuple[Relation, dict[str, str]]


class BesideTables:
    """The tables of one source beside its ``lines``; where the asker does not ask, there are none but those given."""

    def __init__(self, asker: Asker, catalogue: Catalogue, lines: Relation) -> None:
        self._ask, self._catalogue, self._lines = asker, catalogue, lines

    def joins(self, given: Sequence[Sequence[str]], show: Callable[[Relation], None]) -> list[JoinAnswer]:
        """Those given as words of a flag, else those asked for; each that is asked for is shown at once."""
        if given or not self._ask.asks:
            return [self._found(join_answer(words)) for words in given]
        joins: list[JoinAnswer] = []
        print("Tables that a line refers to, such as the heads of the orders:")
        while one := self._ask.made("  table (Enter: no more)", "", self._join):
            joins.append(one if isinstance(one, JoinAnswer) else self._matched(one, [join.name for join in joins]))
            show(joins[-1].relation)
        return joins

    def table(self, question: str, wanted: Sequence[str], needed: Sequence[str], given: str | None) -> Mapped | None:
        """A table with at least the columns that are ``needed``, as far as names tell: it, and its columns.

        Raises:
            MappingError: the table that was ``given`` does not have them.
        """
        if given:
            return self._mapped(given, wanted, needed)
        if not self._ask.asks:
            return None
        found = self._ask.made(
            f"{question} (Enter: none)", "", lambda text: self._mapped(text, wanted, needed) if text else None
        )
        if found is None:
            return None
        print(f"  {', '.join(f'{name}: {column}' for name, column in found[1].items())}")
        return found

    def key(self, table: str, types: Sequence[str]) -> list[str]:
        """Columns that name one line; not asked for where the database itself lets no line be there twice."""
        if not self._ask.asks or self._catalogue.has_key(self._lines):
            return []
        question = "Columns that name one line, to find lines that are there twice, such as: order_no line_no"
        return self._ask.made(f"{question} (Enter: none)", "", lambda text: _columns(text, table, types))

    def _join(self, text: str) -> JoinAnswer | Relation | None:
        """One word is a table; several are the words of the flag; nothing is none."""
        words = text.split()
        if len(words) > 1:
            return self._found(join_answer(words))
        return self._there(relation(text)) if text else None

    def _found(self, join: JoinAnswer) -> JoinAnswer:
        return JoinAnswer(join.name, self._there(join.relation), join.on)

    def _there(self, wanted: Relation) -> Relation:
        """A table without a schema is looked for in that of the lines as well."""
        try:
            self._catalogue.types(wanted)
        except ImportRefused:
            if wanted.namespace or not self._lines.namespace:
                raise
            wanted = Relation(table=wanted.table, schema=self._lines.namespace)
            self._catalogue.types(wanted)
        return wanted

    def _matched(self, table: Relation, taken: Sequence[str]) -> JoinAnswer:
        here, there = (list(self._catalogue.types(one)) for one in (self._lines, table))
        guessed = " ".join(f"{left}={right}" for left, right in matching(here, there, table.table).items())
        name = _name(table.table, taken)

        def made(text: str) -> JoinAnswer:
            join = join_answer([name, table.table, *text.split()])
            pairs = ((_column(a, self._lines, here), _column(b, table, there)) for a, b in join.on.items())
            return JoinAnswer(name, table, dict(pairs))

        return self._ask.made("  what belongs together, as OF_THE_LINES=OF_THIS_TABLE", guessed or None, made)

    def _mapped(self, text: str, wanted: Sequence[str], needed: Sequence[str]) -> Mapped:
        table = self._there(relation(text))
        columns = guess(self._catalogue.types(table), wanted)
        missing = [name for name in needed if name not in columns]
        if missing:
            what = {"product": "a product code", "available": "the pieces in stock"}.get(missing[0], f"a {missing[0]}")
            raise MappingError(f"{shown(table)}: no column looks like {what}; map this table by hand afterwards.")
        return table, columns


def _name(table: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"\W", "_", table, flags=re.ASCII).casefold()
    name = plain if re.match("[a-z_]", plain) else f"t_{plain}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _columns(text: str, table: str, types: Sequence[str]) -> list[str]:
    words = text.replace(",", " ").split()
    return [_column(word, Relation(table=table), types) for word in words]


def _column(wanted: str, table: Relation, columns: Sequence[str]) -> str:
    found = column_called(wanted, columns)
    if found is None:
        raise MappingError(f"{shown(table)} has no column {wanted!r}. It has: {', '.join(map(repr, columns))}.")
    return found
