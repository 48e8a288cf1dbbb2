"""Passwords of binds: from the environment as they are, never from settings.toml, never in a message."""

import json
from pathlib import Path

import pytest

from dashboard.settings import SettingsError, load_settings
from dashboard.settings.binds import Bind

HORSE = "correct-horse-9"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text("[binds.erp]\nurl = 'mssql+pyodbc://reader@db/erp'\npool_size = 3\n", encoding="utf-8")
    monkeypatch.setenv("SALESGATE_SETTINGS", str(path))
    return path


@pytest.mark.parametrize(
    "text", [HORSE, "12345", "1e5", "true", "null", '"quoted"', '{"a": 1}', "[1]", " spaced ", "ß€"]
)
def test_a_password_comes_from_the_environment_as_it_is(
    written: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SALESGATE_BINDS__ERP__PASSWORD", text)
    bind = load_settings().binds["erp"]
    assert bind.password.get_secret_value() == text
    assert (bind.url, bind.pool_size) == ("mssql+pyodbc://reader@db/erp", 3)
    assert text not in json.dumps(bind.model_dump(exclude={"pool_size"}), default=repr) or len(text) < len(HORSE)
    assert HORSE not in repr(load_settings())


def test_other_keys_may_come_from_the_environment_too(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_BINDS__ERP__POOL_SIZE", "7")
    monkeypatch.setenv("SALESGATE_BINDS__SHOP__URL", "sqlite:////data/shop.db")
    binds = load_settings().binds
    assert binds["erp"].pool_size == 7
    assert binds["shop"].url == "sqlite:////data/shop.db"


def test_a_password_in_the_file_is_refused(written: Path) -> None:
    with written.open("a", encoding="utf-8") as file:
        file.write(f"password = '{HORSE}'\n")
    with pytest.raises(SettingsError, match=r"binds\.erp\.password: .*SALESGATE_BINDS__ERP__PASSWORD") as refusal:
        load_settings()
    assert HORSE not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://reader:{HORSE}@db/erp",
        "postgresql+psycopg://reader:@db/erp",
        f"postgresql+psycopg://reader@db/erp?password={HORSE}",
        f"snowflake://reader@acme/db?private_key_file_pwd={HORSE}",
        f"trino://reader@db/hive?access_token={HORSE}",
        f"oracle+oracledb://reader@db/?wallet_password={HORSE}",
        f"mssql+pyodbc://?odbc_connect=DRIVER%3Dx%3BUID%3Dreader%3B%20pwd%3D{HORSE}",
        f"mssql+pyodbc://?odbc_connect=DRIVER%3D%7Bx%7D%3BPWD%20%3D%20%7B{HORSE}%7D",
        f"mssql+pyodbc://db/erp?ODBC_CONNECT=PWD%3D{HORSE}",
        f"mssql+pyodbc://db/erp?driver=ODBC+Driver+18%3BPWD%3D{HORSE}",
        f"snowflake://reader@acme/db?passcode={HORSE}",
        f"trino://reader@db/hive?jwt={HORSE}",
        f"postgresql+psycopg://reader@/db?dsn=host%3Dx%20password%3D{HORSE}",
        f"postgresql+psycopg://reader@/postgresql%3A//reader:{HORSE}@db/erp",
        f"postgresql+psycopg://reader%3A{HORSE}@db/erp",
        f"oracle+oracledb://reader%2F{HORSE}@db/?service_name=x",
        f"oracle+oracledb://@?dsn=reader/{HORSE}@db:1521/erp",
        HORSE,
    ],
)
def test_a_url_with_a_password_is_refused_without_showing_it(
    written: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    wanted = "write it like" if url == HORSE else "it holds a password, .*SALESGATE_BINDS__<NAME>__PASSWORD"
    written.write_text(f"[binds.erp]\nurl = '{url}'\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"mine\.toml: binds\.erp\.url: {wanted}") as refusal:
        load_settings()
    assert HORSE not in str(refusal.value)
    written.write_text("", encoding="utf-8")
    monkeypatch.setenv("SALESGATE_BINDS__ERP__URL", url)
    with pytest.raises(SettingsError, match=rf"environment: binds\.erp\.url: {wanted}") as refusal:
        load_settings()
    assert HORSE not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"[binds]\nerp = 'oracle://reader:{HORSE}@db'", r"binds\.erp: .*dictionary"),
        ("[binds.ERP]\nurl = 'sqlite:////x.db'", r"binds\.ERP"),
        ("[binds.my-erp]\nurl = 'sqlite:////x.db'", r"binds\.my-erp"),
        ("[binds.erp]\nurl = 'sqlite:////x.db'\npool_size = 0", r"binds\.erp\.pool_size: .*\(got 0\)"),
        (f"[binds.erp]\nurl = 'sqlite:////x.db'\npasword = '{HORSE}'", r"binds\.erp\.pasword: unknown key"),
    ],
)
def test_a_bad_bind_is_refused_without_showing_what_may_be_a_password(written: Path, text: str, reason: str) -> None:
    written.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason) as refusal:
        load_settings()
    assert HORSE not in str(refusal.value)


def test_a_password_for_a_bind_that_is_not_there_is_not_shown(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_BINDS__EPR__PASSWORD", HORSE)
    with pytest.raises(SettingsError, match=r"binds\.epr\.url: Field required") as refusal:
        load_settings()
    assert HORSE not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://reader@/erp?host=/run/postgresql&options=-csearch_path%3Derp",
        "mssql+pyodbc://COMPANY%5Creader@db/erp?driver=ODBC+Driver+18+for+SQL+Server&Trusted_Connection=yes",
        "mssql+pyodbc://?odbc_connect=Driver%3Dx%3BServer%3Dtcp%3Asrv.example,1433%3BDatabase%3Derp%3BUID%3Dme%40srv",
        "oracle+oracledb://reader%5Bowner%5D@?dsn=(DESCRIPTION%3D(ADDRESS%3D(PROTOCOL%3Dtcps)(HOST%3Ddb)(PORT%3D1)))",
        "sqlite:////data/a:b/c@d/shop.db",
        "mariadb+pymysql://me%40corp@db/erp?ssl_ca=/etc/ca.pem&charset=utf8mb4",
        "bigquery://project/set?credentials_path=/etc/key.json",
        "oracle+oracledb://reader@db:1521/?service_name=ERP",
        "mssql+pyodbc://?odbc_connect=DRIVER%3Dx%3BUID%3Dreader",
        "postgresql+psycopg://reader@/erp?passfile=/run/secrets/pgpass&options=-csearch_path%3Derp",
        "databricks://token@db?http_path=/sql/1.0/x",
        "bigquery://project?credentials_path=/run/secrets/key.json",
    ],
)
def test_a_url_without_a_password_is_taken(url: str) -> None:
    assert Bind(url=url).url == url
