"""``report``: figures for an operator, through the same gate as the pages, with the rights of the role named."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from dashboard import audit
from dashboard.access import Forbidden, Permission, Role, Roles, Viewer
from dashboard.accounts import Accounts
from dashboard.cli.accounts import with_accounts
from dashboard.reports import ASKABLE, BadQuestionError, NoDataError, Question, Reports, open_gate
from dashboard.sales.amounts import decimal_text
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.rankings import Kind
from dashboard.settings import Settings
from dashboard.sources.errors import StoreError

REFUSED = 2
MONTHLY = "monthly"

Answer = dict[str, Any]


def register(subparsers: Any) -> None:
    """Add `report` to the sub-parsers of the program's argparse parser."""
    parser: ArgumentParser = subparsers.add_parser(
        "report",
        help="figures by month, best and worst sellers",
        description="Figures with the rights of a role. `monthly` gives every month; best and worst are of --month.",
    )
    parser.add_argument("what", choices=[*(kind.value for kind in Kind), MONTHLY])
    parser.add_argument("--role", required=True, help="whose rights count, such as sales_manager")
    parser.add_argument("--measure", required=True, choices=list(MEASURES), metavar="MEASURE", help=", ".join(MEASURES))
    parser.add_argument("--month", metavar="YYYY-MM", help="the newest month unless given")
    for name in ASKABLE:
        parser.add_argument(f"--{name}", nargs="+", action="extend", metavar=name.upper(), help=f"only these: {name}")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="how many products")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: Namespace, settings: Settings) -> int:
    """Print the report; exit code 2 where the role lacks the measure, 1 for what cannot be answered."""
    return with_accounts(lambda accounts, arguments: _report(settings, accounts, arguments))(args, settings)


def _report(settings: Settings, accounts: Accounts, args: Namespace) -> int:
    try:
        viewer = _operator(accounts.roles, args.role)
        reports = open_gate(settings, _auditing(accounts)).open(viewer)
        answer = _monthly(reports, args) if args.what == MONTHLY else _ranking(reports, args)
    except Forbidden as error:
        print(f"The role {args.role} may not see {args.measure}: {error}.", file=sys.stderr)
        return REFUSED
    except (BadQuestionError, NoDataError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2) if args.json else _text(answer))
    return 0


def _auditing(accounts: Accounts) -> Callable[[Viewer, Permission], None]:
    def denied(viewer: Viewer, permission: Permission) -> None:
        detail = {"permission": permission.value, "role": viewer.role}
        accounts.record(audit.Event(audit.Kind.ACCESS_DENIED, None, viewer.username, "denied", "report", detail=detail))

    return denied


def _operator(roles: Roles, key: str) -> Viewer:
    if key not in roles:
        raise BadQuestionError(f"There is no role {key!r}; known are {', '.join(role.key for role in roles)}.")
    role: Role = roles[key]
    return role.viewer(0, "command line")


def _question(reports: Reports, args: Namespace) -> Question:
    month = args.month or reports.options().months[-1]
    chosen = {name: frozenset(values) if (values := getattr(args, name)) else None for name in ASKABLE}
    return Question(month, month, **chosen, product=None)


def _monthly(reports: Reports, args: Namespace) -> Answer:
    measure, digits = MEASURES[args.measure], reports.status().minor_digits
    frame = reports.monthly(args.measure, _question(reports, args)).frame
    rows = [
        {"month": month, "value": _value(value, measure, digits), "complete": bool(complete)}
        for month, value, complete in zip(frame["month"], frame["value"].tolist(), frame["complete"], strict=True)
    ]
    return {"measure": args.measure, "rows": rows}


def _ranking(reports: Reports, args: Namespace) -> Answer:
    measure, digits = MEASURES[args.measure], reports.status().minor_digits
    answer = reports.ranking(Kind(args.what), args.measure, _question(reports, args), args.limit)
    rows = [
        {**row, "value": _value(row["value"], measure, digits)}
        for row in answer.frame[["rank", "product", "name", "value", "state"]].to_dict("records")
    ]
    return {
        "measure": args.measure,
        "window": f"{answer.window.start}/{answer.window.last}",
        "rows": rows,
        "tied_beyond": answer.tied_beyond,
        "left_out": dict(answer.left_out),
    }


def _value(value: int, measure: Measure, digits: int) -> int | str:
    return decimal_text(value, digits) if measure.unit is Unit.MONEY else value


def _text(answer: Answer) -> str:
    """The rows, and what a cut or a state kept out of them."""
    lines = [_table(answer["rows"])]
    if answer.get("tied_beyond"):
        lines.append(f"+{answer['tied_beyond']} more tied with the last one")
    if answer.get("left_out"):
        lines.append("left out: " + ", ".join(f"{count} {reason}" for reason, count in answer["left_out"].items()))
    return "\n".join(lines)


def _table(rows: list[Answer]) -> str:
    if not rows:
        return "Nothing to show."
    lines = [[name.upper() for name in rows[0]], *([_cell(cell) for cell in row.values()] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
