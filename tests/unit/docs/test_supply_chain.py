"""What `make check` says of known vulnerabilities: never that all is well where nobody could tell."""

import json
import subprocess
from pathlib import Path

import pytest
import supply_chain
from supply_chain import Answer

CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"]}]}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI"}


def answer(*packages: dict[str, object]) -> Answer:
    return supply_chain.read(json.dumps({"dependencies": packages}))


@pytest.mark.promise("ASVS 15.1.2")
@pytest.mark.parametrize(
    ("known", "usual", "required", "words"),
    [
        (answer(CLEAN), 0, 0, ["1 of 1 packages audited, 0 known"]),
        (answer(CLEAN, BAD), 1, 1, ["VULNERABLE: jinja2 2.0: PYSEC-1, mended in: 3.1.6", "2 of 2 packages audited, 1"]),
        (answer(CLEAN, UNKNOWN), 0, 1, ["1 of 2 packages audited", "NOT AUDITED", "1 (ours)"]),
        (None, 0, 1, ["NOT AUDITED, the registry cannot be asked"]),
    ],
)
def test_findings_fail_and_silence_fails_where_an_answer_is_required(
    known: Answer | None, usual: int, required: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert supply_chain.told("list.txt", known, required=False) == usual
    said = capsys.readouterr().out
    assert [word for word in words if word not in said] == []
    assert supply_chain.told("list.txt", known, required=True) == required


def test_a_program_that_came_to_no_answer_is_not_taken_for_a_clean_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*given: object, **more: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], 1, "", "ConnectionError")

    monkeypatch.setattr(subprocess, "run", failed)
    assert supply_chain.ask(Path("requirements.txt")) is None


@pytest.mark.promise("ASVS 15.1.2")
def test_the_list_of_components_is_complete_and_no_part_of_the_repository(tmp_path: Path) -> None:
    path = tmp_path / "build" / "sbom.cdx.json"
    supply_chain.write_sbom(supply_chain.PROJECT / "requirements.txt", path, validate=False)
    made = json.loads(path.read_text())
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(one["name"].lower(), one["version"]) for one in made["components"]}
    lines = (supply_chain.PROJECT / "requirements.txt").read_text().splitlines()
    pinned = [line.split()[0].partition(";")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))]
    wanted = {(name.partition("[")[0].lower(), version) for name, _, version in (one.partition("==") for one in pinned)}
    assert wanted <= listed
    assert len(wanted) > 50
    assert "/build/" in (supply_chain.PROJECT / ".gitignore").read_text().splitlines()
