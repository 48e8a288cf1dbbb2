"""What SQLAlchemy is told to open a bind: the URL with its password, and each driver's own deadlines."""

import math
import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

from sqlalchemy import URL, make_url

from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError
from dashboard.sources.engine import GIVES_BACK, MAX_THREADS, REFRESH_LIMIT

FILES: Final = frozenset({"sqlite", "duckdb"})
# They change what a session may do, and would hide what the account itself may do.
_HIDES_RIGHTS: Final = {"readonly", "profile", "ch_readonly", "ch_profile"}
# How much longer than the statement's own deadline a socket may stay silent, and when the watchdog cuts it.
GRACE_SECONDS: Final = 5.0
# An option of Oracle's url: "true", or the folder of Oracle's client.
THICK: Final = "thick_mode"


def url_of(name: str, bind: Bind, password: str) -> URL:
    """The URL that is opened.

    Raises:
        BindError: a file that is not there, or that has a password; options that hide what the account may do.
    """
    url = make_url(bind.url)
    dialect = url.get_backend_name()
    if dialect in FILES:
        return _file(name, url, dialect, password)
    hiding = sorted(_HIDES_RIGHTS & set(url.query)) if dialect.startswith("clickhouse") else []
    if hiding:
        wrong = f"{hiding[0]} in its url hides what the account may do. Take it out, and give the account a profile"
        raise BindError(f"Bind {name}: {wrong} with readonly = 1.", "settings")
    if dialect == "clickhouse":
        silence = math.ceil(bind.statement_seconds + GRACE_SECONDS)
        url = url.update_query_dict(
            {"connect_timeout": str(math.ceil(bind.connect_seconds)), "send_receive_timeout": str(silence)}
        )
    # An ODBC string takes its password when it is used: it would be shown with the URL.
    return url.set(password=password) if password and "odbc_connect" not in url.query else url


def dialect_options(url: URL, bind: Bind) -> tuple[URL, dict[str, Any]]:
    """What the dialect is told beside the URL, and the URL without it."""
    if url.get_backend_name() != "oracle":
        return url, {}
    options: dict[str, Any] = {"arraysize": bind.arraysize}
    thick = str(url.query.get(THICK, ""))
    if thick:
        options[THICK] = True if thick.lower() == "true" else {"lib_dir": thick}
    return _encrypted(url.difference_update_query([THICK])), options


def _encrypted(url: URL) -> URL:
    """``protocol=tcps`` beside a service would be overridden, without a word, by the address that SQLAlchemy makes."""
    service = url.query.get("service_name")
    if str(url.query.get("protocol", "")).lower() != "tcps" or service is None:
        return url
    port = f":{url.port}" if url.port else ""
    return url.set(host=f"tcps://{url.host}{port}/{service}").difference_update_query(["service_name", "protocol"])


def _file(name: str, url: URL, dialect: str, password: str) -> URL:
    path = Path(url.database or "")
    if not path.is_file():
        raise BindError(f"Bind {name}: there is no file {str(path)!r}. Write the whole path into its url.", "settings")
    if password:
        raise BindError(f"Bind {name}: a {dialect} file has no password. Take it away.", "settings")
    if dialect == "duckdb":
        if url.query:
            raise BindError(
                f"Bind {name}: a DuckDB file is opened without options. Take them out of its url.", "settings"
            )
        return url
    return url.set(database=path.resolve().as_uri()).update_query_dict({"mode": "ro", "uri": "true"})


def with_password(connection_string: str, password: str) -> str:
    """An ODBC connection string with its password."""
    return f"{connection_string.rstrip(';')};PWD={{{password.replace('}', '}}')}}}"


def connect_args(dialect: str, driver: str, bind: Bind) -> dict[str, Any]:
    """Arguments of the driver's ``connect``."""
    connect, silence = math.ceil(bind.connect_seconds), math.ceil(bind.statement_seconds + GRACE_SECONDS)
    arguments: dict[str, dict[str, Any]] = {
        "psycopg": {"connect_timeout": max(2, connect), **_KEEP_ALIVE},
        "psycopg2": {"connect_timeout": max(2, connect), **_KEEP_ALIVE},
        "pymysql": {"connect_timeout": connect, "read_timeout": silence, "write_timeout": silence},
        "oracledb": {"tcp_connect_timeout": bind.connect_seconds},
        "pyodbc": {"timeout": connect},
        # Its own deadline comes first: a thread of it that is left behind ends this process with an abort.
        "mssqlpython": {"timeout": max(1, connect - 1)},
    }
    if dialect == "duckdb":
        threads = min(MAX_THREADS, os.cpu_count() or 1)
        # What does not fit into memory must not be put beside a file that we only read.
        own = {"memory_limit": REFRESH_LIMIT, "threads": threads, "temp_directory": gettempdir(), **GIVES_BACK}
        return {"read_only": True, "config": own}
    if dialect == "clickhousedb":
        return {"connect_timeout": connect, "send_receive_timeout": silence}
    return arguments.get(driver, {})


# A firewall that forgets a quiet connection tells neither side.
_KEEP_ALIVE: Final = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 6}
