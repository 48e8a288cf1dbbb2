import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from dashboard.cli import data
from dashboard.settings import Settings, load_settings
from dashboard.sources.store import RollupStore

MAPPING = """
source = "Shop"
currency = "EUR"
time_zone = "UTC"
[columns]
product = "code"
quantity = "qty"
date = "date"
price = "price"
"""
TABLE = {
    "source": "Named",
    "currency": "EUR",
    "time_zone": "UTC",
    "columns": {"product": "code", "quantity": "qty", "date": "date", "price": "price"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var=tmp_path / "var", mappings={"shop": TABLE})


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "shop.toml").write_text(MAPPING, encoding="utf-8")
    path = tmp_path / "sales.csv"
    path.write_text("code,qty,date,price\nA1,1,2024-01-31,2\n", encoding="utf-8")
    return path


def run(settings: Settings, *arguments: str) -> int:
    parser = ArgumentParser()
    data.register(parser.add_subparsers())
    args = parser.parse_args(arguments)
    return int(args.run(args, settings))


def test_import_with_a_mapping_file(settings: Settings, sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings, "import", str(sales), "--mapping", str(sales.with_name("shop.toml"))) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Imported sales.csv as 'Shop'.")
    assert err == ""
    assert RollupStore(settings.var / "rollup").current() is not None


def test_import_with_a_mapping_named_in_the_settings(
    settings: Settings, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(settings, "import", str(sales), "--mapping", "shop") == 0
    assert "as 'Named'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "mapping", "expected"),
    [
        ("none.csv", "shop", "none.csv: no such file."),
        ("sales.csv", "shape", "shape: no mapping of this name in settings.toml (there: shop), and no such file."),
        ("sales.csv", "none.toml", "none.toml: no such mapping file"),
    ],
)
def test_refusals_are_words_and_exit_code_one(
    settings: Settings, sales: Path, capsys: pytest.CaptureFixture[str], file: str, mapping: str, expected: str
) -> None:
    wanted = mapping if mapping.startswith("sh") else str(sales.with_name(mapping))
    assert run(settings, "import", str(sales.with_name(file)), "--mapping", wanted) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Not imported. ")
    assert expected in err
    assert err.endswith("The data imported before, if any, are still in use.\n")
    assert "Traceback" not in err


def test_demo(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings, "demo") == 0
    assert "Complete to 20 November 2026" in capsys.readouterr().out
    rollup = RollupStore(settings.var / "rollup").current()
    assert rollup is not None
    assert rollup.info.source == "Demo company (invented data)"


def test_demo_that_cannot_be_written(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.var.write_text("in the way")
    assert run(settings, "demo") == 1
    assert capsys.readouterr().err.startswith("Not imported. ")


def test_a_mapping_is_required(settings: Settings, sales: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(settings, "import", str(sales))
    assert stopped.value.code == 2


def test_no_bar_without_a_terminal(sales: Path) -> None:
    """Even work that takes a while writes nothing to a standard error that is a file or pipe."""
    script = (
        "import time\nfrom dashboard.cli.importing import Bar\n"
        "with Bar() as bar:\n    bar.tell('Reading', 0.1); time.sleep(0.4); bar.tell('Adding', 0.5)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[3], capture_output=True, check=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")
