"""What we depend on: known vulnerabilities of it, and the list of it (SBOM). For `make check`.

The registry answers which vulnerabilities are known. Where it cannot be asked, or knows nothing of a package, this says
so; with AUDIT=required in the environment it then fails.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"
SBOM = BUILD / "sbom.cdx.json"
LISTS = ("requirements.txt", "requirements-dev.txt")
SECONDS = 60  # for one list


@dataclass(frozen=True)
class Answer:
    """What is known of one list: packages asked for, those the registry knew nothing of, and findings in words."""

    asked: int
    unknown: tuple[str, ...]
    found: tuple[str, ...]


def main() -> int:
    """Ask, write and say; 1 where something is wrong."""
    required = os.environ.get("AUDIT") == "required"
    codes = [told(name, ask(PROJECT / name), required=required) for name in LISTS]
    write_sbom(PROJECT / LISTS[0], SBOM)
    components = json.loads(SBOM.read_text(encoding="utf-8"))["components"]
    print(f"SBOM: {len(components)} components in {SBOM.relative_to(PROJECT)}, valid CycloneDX.")
    return max(codes)


def ask(requirements: Path) -> Answer | None:
    """What the registry knows; None where it cannot be asked."""
    options = ["--require-hashes", "--disable-pip", "--vulnerability-service", "pypi", "--timeout", "10"]
    command = [sys.executable, "-m", "pip_audit", "-r", str(requirements), *options]
    command += ["--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None
    # Without JSON it did not come to an answer; its code is 1 for that as well as for findings.
    return read(done.stdout) if done.stdout.startswith("{") else None


def read(text: str) -> Answer:
    """The answer in pip-audit's JSON."""
    packages = json.loads(text)["dependencies"]
    unknown = tuple(package["name"] for package in packages if "skip_reason" in package)
    found = tuple(
        f"{package['name']} {package['version']}: {one['id']}, mended in: {', '.join(one['fix_versions']) or 'none'}"
        for package in packages
        for one in package.get("vulns", ())
    )
    return Answer(len(packages), unknown, found)


def told(name: str, answer: Answer | None, *, required: bool) -> int:
    """Print what is known of the list ``name``; 1 where that is not good enough."""
    if answer is None:
        print(f"{name}: NOT AUDITED, the registry cannot be asked from here (AUDIT=required makes this an error).")
        return int(required)
    for line in answer.found:
        print(f"{name}: VULNERABLE: {line}")
    known = answer.asked - len(answer.unknown)
    print(f"{name}: {known} of {answer.asked} packages audited, {len(answer.found)} known vulnerabilities.")
    if answer.unknown:
        some = ", ".join(answer.unknown[:3]) + (", ..." if len(answer.unknown) > 3 else "")
        print(f"{name}: NOT AUDITED, for the registry says nothing of them: {len(answer.unknown)} ({some}).")
    return int(bool(answer.found) or (required and bool(answer.unknown)))


def write_sbom(requirements: Path, path: Path, *, validate: bool = True) -> None:
    """Write the list of everything in ``requirements`` as CycloneDX JSON; ``validate`` it by its schema, in seconds."""
    path.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(requirements), "--of", "JSON"]
    checked = "--validate" if validate else "--no-validate"
    subprocess.run([*command, "--output-reproducible", checked, "-o", str(path)], check=True)


if __name__ == "__main__":
    sys.exit(main())
