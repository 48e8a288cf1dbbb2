"""``python -m dashboard sources``: what is read from databases, and how a source is added."""

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from typing import Any

from dashboard.settings import Settings

# What all lines of a source may have where no column says it.
CONSTANTS = ("region", "channel", "category")
# Flag -> canonical name of a column of the lines, where they differ.
COLUMN_FLAGS = {
    **{name: name for name in ("product", "quantity", "date", "amount", "price", "discount", "tax", "cost")},
    **{"region": "region", "channel": "channel", "category": "category"},
    **{"currency-column": "currency", "product-name": "name"},
}
# What a column is asked for as, where its name alone does not tell.
ASKED_AS = {
    "product": "product code",
    "date": "date of the sale",
    "amount": "amount of the line",
    "price": "price of one unit",
    "discount": "discount of the line",
    "tax": "tax within the amount",
    "cost": "cost of one unit",
    "currency": "currency of the line",
    "name": "name of the product",
    "category": "category of the product",
}
# Table beside the lines -> what is in it, and the keys of its columns.
TABLE_FLAGS = {
    "master": "products: product, name, category, launch, end, cost and others",
    "stock": "daily stock: date, product, available",
    "receipts": "goods received: date, product, units",
    "rates": "exchange rates: date, currency, rate",
}
_RULE = ("COLUMN", "value|prefix VALUE")


def register(subparsers: Any) -> None:
    """Add the commands of this module to the ``subparsers`` of :mod:`argparse`; each sets ``run(args, settings)``."""
    parser: ArgumentParser = subparsers.add_parser(
        "sources", help="list and add what is read from databases", description="See docs/how-to/sources.md."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listed: ArgumentParser = commands.add_parser("list", help="the sources of settings.toml")
    listed.add_argument("--json", action="store_true", help="JSON instead of a table")
    listed.set_defaults(run=_list)
    add: ArgumentParser = commands.add_parser(
        "add",
        help="map tables of a bind as a source",
        description="Look at a table, ask what its columns are, try one month and write [sources.NAME] into "
        "settings.toml. What is given here is not asked for.",
    )
    _about_the_source(add)
    _about_the_days(add)
    _about_the_tables(add)
    _about_the_lines(add)
    add.set_defaults(run=_add)


def _about_the_source(add: ArgumentParser) -> None:
    add.add_argument("--name", help="of the source in settings.toml: letters, digits, - and _")
    add.add_argument("--bind", help="whose tables these are")
    add.add_argument("--label", help="what people see")
    add.add_argument("--currency", metavar="CODE", help="reporting currency, such as EUR")
    add.add_argument("--minor-digits", type=int, metavar="N", help="decimals of the currency; 2 unless given")
    add.add_argument("--time-zone", metavar="ZONE", help="business time zone, such as Europe/Berlin")
    add.add_argument("--timestamps", metavar="ZONE", help='what times are in: "local" (unless given), "utc" or a zone')
    add.add_argument("--yes", action="store_true", help="ask nothing: guesses are taken for what is not given")
    for name in CONSTANTS:
        add.add_argument(f"--constant-{name}", metavar="TEXT", help=f"{name} of all lines, where no column says it")


def _about_the_days(add: ArgumentParser) -> None:
    add.add_argument("--start", metavar="DAY", help="the first day that this source owns, such as 2026-01-31")
    add.add_argument("--stop", metavar="DAY", help="the first day that it no longer owns")
    add.add_argument("--complete-to", metavar="DAY", help='the last finished day, or "assumed" (unless given)')
    add.add_argument(
        "--loaded",
        nargs=2,
        metavar=("[SCHEMA.]TABLE", "COLUMN"),
        help="where the load says how far it got: the newest value of the column",
    )
    add.add_argument("--yields-to", nargs="+", metavar="SOURCE", help="sources whose lines count instead")


def _about_the_tables(add: ArgumentParser) -> None:
    add.add_argument("--table", metavar="[SCHEMA.]TABLE", help="table or view with the lines")
    add.add_argument("--schema", help="its schema; then --table is the bare name")
    for flag, canonical in COLUMN_FLAGS.items():
        add.add_argument(
            f"--{flag}", metavar="COLUMN", dest=f"column_{canonical}", help=ASKED_AS.get(canonical, canonical)
        )
    add.add_argument(
        "--join",
        nargs="+",
        action="append",
        metavar="WORD",
        help="NAME [SCHEMA.]TABLE COLUMN_OF_THE_LINES=COLUMN ...; its columns are then called NAME.COLUMN",
    )
    for flag, what in TABLE_FLAGS.items():
        add.add_argument(
            f"--{flag}",
            nargs="+",
            metavar=("[SCHEMA.]TABLE", "KEY=COLUMN"),
            help=f"table of {what}; a column that is not named is guessed, KEY=- leaves it out",
        )


def _about_the_lines(add: ArgumentParser) -> None:
    add.add_argument("--key", nargs="+", metavar="COLUMN", help="columns that name one line")
    add.add_argument("--repeats", choices=["set_aside", "keep"], help="lines whose key an earlier line has")
    add.add_argument("--amount-is", choices=["gross", "net"], help="whether amount is before or after the discount")
    add.add_argument("--only", nargs="+", action="append", metavar=("COLUMN", "VALUE"), help="only lines with these")
    add.add_argument(
        "--leave-out",
        nargs="+",
        action="append",
        metavar=_RULE,
        help="lines that are no sales: equal to one of the values, or beginning with one; last may come why=TEXT",
    )
    add.add_argument("--returns-by", choices=["negative_quantity", "prefix", "value"], help="which lines are returns")
    add.add_argument("--returns-column", metavar="COLUMN", help="with prefix and value")
    add.add_argument("--returns-values", nargs="+", metavar="VALUE", help="with prefix and value")
    add.add_argument("--codes-case", choices=["upper", "keep"], help="whether 85123a and 85123A are one product")
    add.add_argument("--codes-trim", action=BooleanOptionalAction, help="whether blanks around a code are taken off")
    add.add_argument("--products-pattern", metavar="REGEX", help="what a whole product code must match")
    add.add_argument("--not-products", nargs="+", metavar="CODE", help="codes that are no products")


# The engines are imported only when they are used: their threads would not survive the fork of the server.


def _list(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.examining import run_list  # noqa: PLC0415

    return run_list(args, settings)


def _add(args: Namespace, settings: Settings) -> int:
    from dashboard.cli.adding import run_add  # noqa: PLC0415

    return run_add(args, settings)
