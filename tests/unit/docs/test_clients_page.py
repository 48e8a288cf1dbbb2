"""The page for writers of clients lists the words by which programs tell problems apart: all, and no others."""

import ast
import re
from collections.abc import Iterator

from dashboard.api.problems import WORDS
from dashboard.settings import PROJECT
from dashboard.web.error_texts import CODES

PAGE = PROJECT / "docs/how-to/clients.md"
ROW = re.compile(r"^\| (\d{3}) \| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)
BESIDE = {405: {"method_not_allowed"}, 500: {"failed"}}  # what no operation documents, but callers can see


def told() -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for status, words in ROW.findall(PAGE.read_text()):
        found.setdefault(int(status), set()).update(re.findall(r"`(\w+)`", words))
    return found


def given() -> Iterator[str]:
    """Every word that the sources give to a problem by themselves."""
    for folder in ("api", "web"):
        for path in (PROJECT / "dashboard" / folder).rglob("*.py"):
            for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
                if getattr(call.func, "id", "") != "problem":
                    continue
                for value in (word.value for word in call.keywords if word.arg == "word"):
                    yield from (part.value for part in ast.walk(value) if isinstance(part, ast.Constant))


def test_the_page_lists_the_words_of_every_status() -> None:
    assert told() == {status: set(words) for status, words in WORDS.items()} | BESIDE


def test_every_word_of_the_sources_is_listed() -> None:
    listed = {word for words in WORDS.values() for word in words}
    found = set(given())
    assert {"invalid", "not_fresh", "begin_anew", "no_data"} <= found <= listed
    assert {CODES[status] for status in WORDS} <= listed
    assert listed == found | {CODES[status] for status in WORDS}, "a word that nothing says"
