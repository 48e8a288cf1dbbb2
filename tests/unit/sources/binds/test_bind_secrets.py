"""Where a bind's password comes from, and that no text holds it."""

import logging
import string
import traceback
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, explain, open_bind, shown_url
from dashboard.sources.binds.secret import password_of

ERP = "postgresql+psycopg://reader@db.example:5432/erp"
HORSE = "correct-horse-9"

odd = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30).filter(str.strip)
hard = st.text("'\"{}\\%;@:/+ $#&?=" + string.ascii_letters + "ß€\t", min_size=5, max_size=20).filter(str.strip)


def secret_file(folder: Path, text: bytes, mode: int = 0o600) -> Path:
    path = folder / "erp"
    path.write_bytes(text)
    path.chmod(mode)
    return path


def test_the_bind_s_own_password_comes_before_the_file(tmp_path: Path) -> None:
    path = secret_file(tmp_path, b"from the file\r\nsecond line\n")
    assert password_of("erp", Bind(url=ERP, password_file=str(path))) == ("from the file", "")
    assert password_of("erp", Bind(url=ERP, password=HORSE, password_file=str(path))).text == HORSE
    assert password_of("erp", Bind(url=ERP)) == ("", "")


def test_only_the_end_of_the_line_is_taken_off(tmp_path: Path) -> None:
    path = secret_file(tmp_path, " a b\x0c\u2028 \n".encode())
    assert password_of("erp", Bind(url=ERP, password_file=str(path))).text == " a b\x0c\u2028 "


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"", "has an empty first line"), (b"\nsecret\n", "has an empty first line"), (b"\xff\xfe", "is not UTF-8")],
)
def test_a_file_without_a_password_is_refused(tmp_path: Path, text: bytes, reason: str) -> None:
    path = secret_file(tmp_path, text)
    with pytest.raises(BindError, match=rf"Bind erp: password_file {path} {reason}.*SALESGATE_BINDS__ERP__PASSWORD"):
        open_bind("erp", Bind(url=ERP, password_file=str(path)))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BindError, match=r"nowhere cannot be read: No such file") as refusal:
        open_bind("erp", Bind(url=ERP, password_file=str(tmp_path / "nowhere")))
    assert refusal.value.kind == "settings"


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, HORSE.encode(), mode)
    with open_bind("erp", Bind(url=ERP, password_file=str(path))) as erp:
        assert erp.warnings == (f"{path}: other users of this machine can read it; chmod 600 {path}",)
        assert erp.engine.url.password == HORSE


def test_the_address_for_people_and_every_repr_is_without_the_password() -> None:
    bind = Bind(url=ERP, password=HORSE)
    assert shown_url(bind) == ERP
    with open_bind("erp", bind) as erp:
        assert HORSE not in "".join(map(repr, (bind, erp, erp.engine, erp.engine.url, erp.settings)))
        assert HORSE not in f"{erp.engine.url} {erp.engine}"


class Failure(Exception):
    """What a driver raises."""


def spellings(password: str) -> tuple[str, ...]:
    quoted = quote(password, safe=""), quote_plus(password), repr(password)[1:-1]
    return password, *quoted, password.replace("}", "}}"), password.replace("'", "''")


@given(odd | hard, st.sampled_from(["{0}", "URL: db://u:{0}@h", "PWD={0};", "x{0}x{0}x", "Login failed: {0}"]))
def test_what_a_driver_says_is_told_without_the_password_in_any_spelling(password: str, around: str) -> None:
    for spelling in spellings(password):
        failed = DBAPIError("SELECT 1", {}, Failure(around.format(spelling)))
        told = str(explain(failed, "erp", Bind(url=ERP, password=password)))
        assert spelling not in told.partition(" It said: ")[2]


@given(hard)
def test_no_traceback_holds_the_password(end: str) -> None:
    password = f"Qz7{end}"
    try:
        raise explain(Failure(f"login with {password!r}"), "erp", Bind(url=ERP, password=password))
    except BindError as error:
        text = "".join(traceback.format_exception(error)) + repr(error)
    assert not any(spelling in text for spelling in spellings(password))


def test_nothing_is_logged_of_a_login_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bind = Bind(url="postgresql+psycopg://reader@127.0.0.1:1/erp", password=HORSE)
    with pytest.raises(BindError) as refusal, open_bind("erp", bind) as erp, erp.connect():
        pass
    assert HORSE not in caplog.text + "".join(traceback.format_exception(refusal.value))
    assert refusal.value.kind == "unreachable"


DRIVERS = (
    "mariadb+pymysql://me@127.0.0.1:1/db",
    "postgresql+psycopg://me@127.0.0.1:1/db",
    "oracle+oracledb://me@127.0.0.1:1/?service_name=x",
    "clickhouse+native://me@127.0.0.1:1/db",
    "mysql+pyodbc://me@127.0.0.1:1/db?driver=MariaDB",
    "mysql+pyodbc:///?odbc_connect=Driver%3DMariaDB%3BServer%3D127.0.0.1%3BUID%3Dme",
    "mssql+mssqlpython://me@127.0.0.1:1/db",
)


@pytest.mark.parametrize("url", DRIVERS)
@pytest.mark.parametrize("secret", ["nul\0here", "half\udcffone"])
def test_a_password_that_no_driver_can_send_is_refused_before_one_shows_it(url: str, secret: str) -> None:
    """mssql-python answers such a one with a TypeError that tells the whole connection string."""
    with pytest.raises(BindError, match=r"SALESGATE_BINDS__ERP__PASSWORD is not UTF-8 text") as refusal:
        open_bind("erp", Bind(url=url, password=secret))
    assert secret not in str(refusal.value)
    assert refusal.value.kind == "settings"


@pytest.mark.parametrize("url", DRIVERS)
def test_a_driver_that_chokes_on_what_it_was_given_is_not_quoted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_bind("erp", Bind(url=url, password=HORSE)) as erp:

        def choke(*values: object, **named: object) -> object:
            raise TypeError(f"invoked with {values} {named}")

        monkeypatch.setattr(erp.engine.dialect, "connect", choke)
        with pytest.raises(BindError, match=r"cannot use what it was given \(TypeError\)") as refusal, erp.connect():
            pass
    assert "invoked" not in str(refusal.value)
    assert HORSE not in "".join(traceback.format_exception(refusal.value))


def test_after_the_password_file_is_gone_nothing_of_a_driver_is_quoted(tmp_path: Path) -> None:
    path = secret_file(tmp_path, HORSE.encode())
    bind = Bind(url=ERP, password_file=str(path))
    path.unlink()
    assert HORSE not in str(explain(ValueError(f"bad {HORSE}"), "erp", bind))


def test_clickhouse_s_drivers_write_no_host_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), open_bind("erp", Bind(url=DRIVERS[3], connect_seconds=2)) as erp:  # noqa: SIM117
        with pytest.raises(BindError), erp.connect():
            pass
    assert "127.0.0.1" not in caplog.text
