from pathlib import Path

import duckdb
import pytest

from dashboard.sources import engine


def test_extensions_are_never_fetched(tmp_path: Path) -> None:
    with engine.connect(tmp_path) as connection:
        rows = connection.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions' "
            "OR name = 'allow_community_extensions'"
        ).fetchall()
        assert dict(rows) == {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM read_csv('https://127.0.0.1:9/sales.csv')")


def test_memory_is_limited_and_what_does_not_fit_goes_to_the_work_folder(tmp_path: Path) -> None:
    with engine.connect(tmp_path) as connection:
        limit, folder = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()[0]
    assert limit == "381.4 MiB"
    assert folder == str(tmp_path)


@pytest.mark.parametrize("text", ["plain", "it's", "''", "\\'", 'a"b', "new\nline", "%s ? :x $1"])
def test_quoting_round_trips(tmp_path: Path, text: str) -> None:
    with engine.connect(tmp_path) as connection:
        relation = connection.execute(f"SELECT {engine.literal(text)} AS {engine.name(text)}")
        assert relation.description[0][0] == text
        assert relation.fetchall() == [(text,)]
        assert connection.execute(f"SELECT {engine.literal(text)} IN {engine.literals(('x', text))}").fetchall() == [
            (True,)
        ]
