"""Writes the table of docs/security.md out of the checklist and the tests' markers: `make promises`."""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "security.md"
CHECKLIST = PROJECT / "docs" / "security-checklist.toml"
BEGIN, END = "<!-- made by `make promises`: do not edit below -->", "<!-- end -->"
ASVS = "ASVS "
MOST = 3  # tests that are named for one line; the others are counted

Tests = Mapping[str, list[str]]


def promises() -> Tests:
    """Promise -> ids of the tests that carry it, in the order of the files."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for promise in _promises_of(function):
                found[promise].append(f"{path.relative_to(PROJECT / 'tests')}::{function.name}")
    return found


def _promises_of(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def checklist() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Lines by section (``title`` among them), and deviations by number."""
    content = tomllib.loads(CHECKLIST.read_text(encoding="utf-8"))
    return {name: lines for name, lines in content.items() if name != "deviations"}, content["deviations"]


def table(tests: Tests) -> str:
    """The tables, one a section, and one of the promises that have no number."""
    sections, deviations = checklist()
    parts = []
    for lines in sections.values():
        rows = [
            f"| {number} | {text} | {_proof(tests.get(ASVS + number, []), deviations.get(number, ''))} |"
            for number, text in lines.items()
            if number != "title"
        ]
        parts.append("\n".join([f"### {lines['title']}", "", "| ASVS | what is shown | by |", "|---|---|---|", *rows]))
    own = [f"| {name} | {_proof(found, '')} |" for name, found in sorted(tests.items()) if not name.startswith(ASVS)]
    parts.append("\n".join(["### Our own promises", "", "| promise | by |", "|---|---|", *own]))
    return "\n\n".join(parts)


def _proof(found: list[str], deviation: str) -> str:
    named = [f"`{one.rpartition('/')[2]}`" for one in found[:MOST]]
    if len(found) > MOST:
        named.append(f"and {len(found) - MOST} more")
    return " ".join(filter(None, ["<br>".join(named), f"*Deviation:* {deviation}" if deviation else ""]))


def page(tests: Tests) -> str:
    """docs/security.md as it should be."""
    before = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    return f"{before}{BEGIN}\n\n{table(tests)}\n\n{END}\n"


def unproved(tests: Tests) -> list[str]:
    """Numbers of the checklist that have neither a test nor a deviation."""
    sections, deviations = checklist()
    numbers = [number for lines in sections.values() for number in lines if number != "title"]
    return [number for number in numbers if ASVS + number not in tests and number not in deviations]


def unknown(tests: Tests) -> list[str]:
    """Numbers that tests claim and the checklist does not have."""
    sections, _ = checklist()
    return sorted(
        name
        for name in tests
        if name.startswith(ASVS) and not any(name[len(ASVS) :] in lines for lines in sections.values())
    )


def main() -> int:
    """Write the page; 1 where something is not proved."""
    tests = promises()
    PAGE.write_text(page(tests), encoding="utf-8")
    for number in unproved(tests):
        print(f"no test and no deviation: {number}", file=sys.stderr)
    for name in unknown(tests):
        print(f"not in the checklist: {name}", file=sys.stderr)
    return 1 if unproved(tests) or unknown(tests) else 0


if __name__ == "__main__":
    sys.exit(main())
