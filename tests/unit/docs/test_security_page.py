"""The table of docs/security.md is what the markers of the tests say, and no line of the checklist is left open."""

import ast

import promises


def test_every_line_of_the_checklist_has_a_test_or_a_deviation() -> None:
    assert promises.unproved(promises.promises()) == []


def test_no_test_claims_a_line_that_is_not_there() -> None:
    assert promises.unknown(promises.promises()) == []


def test_markers_stand_on_tests() -> None:
    """One that slipped onto a helper counts for nothing, and says nothing."""
    for path in sorted((promises.PROJECT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("test_"):
                marked = [one for one in node.decorator_list if "mark.promise" in ast.unparse(one)]
                assert not marked, f"{path.name}: {node.name}"


def test_the_page_is_up_to_date() -> None:
    assert promises.PAGE.read_text(encoding="utf-8") == promises.page(promises.promises()), "run: make promises"
