"""Questions of ``sources add`` about the tables beside the lines: joined ones, products, and what names a line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.cli.asking import Asker
from dashboard.sources.adding.answers import JoinAnswer, beside_answer, column_called, join_answer, relation
from dashboard.sources.adding.guess import (
    MASTER_COLUMNS,
    RATE_COLUMNS,
    RECEIPT_COLUMNS,
    STOCK_COLUMNS,
    guess,
    matching,
)
from dashboard.sources.doctor.catalogue import Catalogue
from dashboard.sources.doctor.columns import shown
from dashboard.sources.errors import ImportRefused, MappingError
from dashboard.sources.mapping import ProductColumns
from dashboard.sources.pushdown.mapping import Relation

# A table, and its columns by canonical name.
Mapped = tuple[Relation, dict[str, str]]
# A join is its name, its table, and what belongs together.
_BEHIND_THE_NAME: Final = 2
_WORD: Final = re.compile(r'(?:[^\s"]|"[^"]*")+')


@dataclass(frozen=True)
class Kind:
    """A kind of table beside the lines: the keys of its columns, those guessed from names, and those it must have."""

    keys: Sequence[str]
    guessed: Sequence[str]
    needed: Sequence[str]


MASTER: Final = Kind(tuple(ProductColumns.model_fields), MASTER_COLUMNS, MASTER_COLUMNS[:1])
STOCK: Final = Kind(STOCK_COLUMNS, STOCK_COLUMNS, STOCK_COLUMNS)
RECEIPTS: Final = Kind(RECEIPT_COLUMNS, RECEIPT_COLUMNS, RECEIPT_COLUMNS)
RATES: Final = Kind(RATE_COLUMNS, RATE_COLUMNS, RATE_COLUMNS)


def split(text: str, names: int = 0) -> list[str]:
    """The words of an answer; double quotation marks hold one together, and stay around the first ``names`` of tables.

    Raises:
        MappingError: a quotation mark is not closed.
    """
    if text.count('"') % 2:
        raise MappingError(f"{text}: a quotation mark is not closed.")
    words = _WORD.findall(text)
    return [*words[:names], *(word.replace('"', "") for word in words[names:])]


def _quoted(name: str) -> str:
    """A name as :func:`split` takes it for one word."""
    return f'"{name}"' if re.search(r"\s", name) else name


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

    def table(self, question: str, kind: Kind, given: Sequence[str] | None) -> Mapped | None:
        """A table with at least the columns that are needed, as named or as far as names tell: it, and its columns.

        Raises:
            MappingError: the table that was ``given``, as words of a flag, does not have them.
        """
        if given:
            return self._mapped(given, kind)
        if not self._ask.asks:
            return None
        found = self._ask.made(
            f"{question} (Enter: none)", "", lambda text: self._mapped(split(text, 1), kind) if text else None
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
        words = split(text, _BEHIND_THE_NAME)
        if len(words) > 1:
            return self._found(join_answer(words))
        return self.there(relation(words[0])) if words else None

    def _found(self, join: JoinAnswer) -> JoinAnswer:
        return JoinAnswer(join.name, self.there(join.relation), join.on)

    def there(self, wanted: Relation) -> Relation:
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
        guessed = " ".join(
            f"{_quoted(left)}={_quoted(right)}" for left, right in matching(here, there, table.table).items()
        )
        name = _name(table.table, taken)

        def made(text: str) -> JoinAnswer:
            join = join_answer([name, table.table.partition(".")[0], *split(text)])
            pairs = ((_column(a, self._lines, here), _column(b, table, there)) for a, b in join.on.items())
            return JoinAnswer(name, table, dict(pairs))

        return self._ask.made("  what belongs together, as OF_THE_LINES=OF_THIS_TABLE", guessed or None, made)

    def column(self, wanted: str, table: Relation) -> str:
        """The column of ``table`` as the database spells it.

        Raises:
            MappingError: there is none of this name.
        """
        return _column(wanted, table, list(self._catalogue.types(table)))

    def _mapped(self, words: Sequence[str], kind: Kind) -> Mapped:
        wanted, named = beside_answer(words, kind.keys)
        table = self.there(wanted)
        types = self._catalogue.types(table)
        given = {key: self.column(column, table) for key, column in named.items() if column != "-"}
        free = {column: of for column, of in types.items() if column not in given.values()}
        columns = given | {key: column for key, column in guess(free, kind.guessed).items() if key not in named}
        missing = [key for key in kind.needed if key not in columns]
        if missing:
            what = {"product": "a product code", "available": "the pieces in stock"}.get(missing[0], f"a {missing[0]}")
            raise MappingError(
                f"{shown(table)}: no column looks like {what}. Name it behind the table: {missing[0]}=COLUMN."
            )
        return table, {key: columns[key] for key in kind.keys if key in columns}


def _name(table: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"\W", "_", table, flags=re.ASCII).casefold()
    name = plain if re.match("[a-z_]", plain) else f"t_{plain}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _columns(text: str, table: str, types: Sequence[str]) -> list[str]:
    return [_column(word, Relation(table=table), types) for word in split(text.replace(",", " "))]


def _column(wanted: str, table: Relation, columns: Sequence[str]) -> str:
    found = column_called(wanted, columns)
    if found is None:
        raise MappingError(f"{shown(table)} has no column {wanted!r}. It has: {', '.join(map(repr, columns))}.")
    return found
