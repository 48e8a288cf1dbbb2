"""Opening a bind: a pool of read-only connections with deadlines that hold."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from dashboard.settings.binds import Bind
from dashboard.sources.binds.arguments import connect_args, dialect_options, url_of, with_password
from dashboard.sources.binds.deadline import DeadlineMissed, within
from dashboard.sources.binds.drivers import dialect_class
from dashboard.sources.binds.errors import BindError
from dashboard.sources.binds.explain import explain, is_of_driver, no_answer, stopped, unusable
from dashboard.sources.binds.product import product_of
from dashboard.sources.binds.secret import password_of, redact
from dashboard.sources.binds.sessions import prepare
from dashboard.sources.binds.watch import Watch

_OVERFLOW = 2
# A thread of this driver that is left behind ends the process with an abort: it keeps its own deadline.
_NEVER_LEFT = "mssqlpython"


class OpenBind:
    """A bind in use; leaving it closes its connections.

    Attributes:
        name: key in settings.toml.
        settings: of the bind.
        engine: with the password inside; its text and repr do not show it.
        dialect: SQLAlchemy's name, such as "postgresql".
        warnings: what is wrong with how its password is kept, for people.
    """

    def __init__(self, name: str, bind: Bind, engine: Engine, warnings: tuple[str, ...]) -> None:
        self.name, self.settings, self.engine, self.warnings = name, bind, engine, warnings
        self.dialect = engine.dialect.name
        self._product = ""
        self._watch = Watch(engine, bind.statement_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(Exception):
            within(self.settings.connect_seconds, self.engine.dispose)

    @property
    def product(self) -> str:
        """Name and version of the database, such as "PostgreSQL 15.8"; connects if nothing has connected yet."""
        if not self._product:
            with self.connect():
                pass
        return self._product

    @contextmanager
    def connect(self, unwanted: Callable[[], bool] = lambda: False) -> Iterator[Connection]:
        """A connection whose transaction is read-only where the database has such a thing; rolled back at the end.

        Args:
            unwanted: asked while it connects whether to give up.

        Raises:
            BindError: for every error of the driver, here and inside.
        """
        connection: Connection | None = None
        failure: BindError | None = None
        try:
            connection = self._connected(unwanted)
            self._product = self._product or product_of(connection)
            yield connection
        except Exception as error:
            failure = self._failure(error, connection)
            if failure is None:
                raise
        finally:
            self._let_go(connection, broken=failure is not None)
        if failure is not None:
            raise failure from None

    def _connected(self, unwanted: Callable[[], bool]) -> Connection:
        """A kept connection may hang in its ping: then all kept ones are given up, and a new one is tried."""
        seconds, leave = self.settings.connect_seconds, Connection.close
        if self.engine.dialect.driver == _NEVER_LEFT:
            unwanted = bool
        kept = self.engine.pool.checkedin() if isinstance(self.engine.pool, QueuePool) else 0
        try:
            return within(seconds, self.engine.connect, leave, unwanted)
        except DeadlineMissed:
            self.engine.dispose(close=False)
            if not kept:
                raise
        return within(seconds, self.engine.connect, leave, unwanted)

    def _failure(self, error: Exception, connection: Connection | None) -> BindError | None:
        if isinstance(error, DeadlineMissed):
            return no_answer(self.name, self.settings)
        if connection is not None and self._watch.fired(connection):
            return stopped(self.name, self.settings)
        if connection is None and isinstance(error, (TypeError, ValueError)):
            return unusable(self.name, self.settings, error)
        connecting = connection is None and isinstance(error, OSError)
        blamed = connecting or is_of_driver(error, self.engine.dialect)
        return explain(error, self.name, self.settings) if blamed else None

    def _let_go(self, connection: Connection | None, *, broken: bool) -> None:
        if connection is None:
            return
        self._watch.forget(connection)
        with suppress(Exception):
            if broken and not connection.invalidated:
                within(self.settings.connect_seconds, connection.invalidate)
        with suppress(Exception):
            within(self.settings.connect_seconds, connection.close)


def open_bind(name: str, bind: Bind) -> OpenBind:
    """Make a bind ready; nothing connects before :meth:`OpenBind.connect`.

    Raises:
        BindError: its driver is not installed, or its settings cannot be used.
    """
    dialect = dialect_class(name, bind)
    password = password_of(name, bind)
    url, options = dialect_options(url_of(name, bind, password.text), bind)
    arguments = connect_args(dialect.name, dialect.driver, bind)
    try:
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=bind.pool_size,
            max_overflow=_OVERFLOW,
            pool_timeout=bind.connect_seconds,
            pool_recycle=bind.recycle_seconds,
            pool_pre_ping=bind.pre_ping,
            hide_parameters=True,
            connect_args=arguments,
            **options,
        )
    except (SQLAlchemyError, TypeError, ValueError) as error:
        reason = redact(str(error), bind)
        raise BindError(f"Bind {name}: its url cannot be used: {reason}", "settings") from None
    except Exception as error:  # of Oracle's client, which is loaded here
        if not is_of_driver(error, dialect):
            raise
        raise explain(error, name, bind) from None
    _listen(engine, bind, password.text)
    return OpenBind(name, bind, engine, (password.warning,) if password.warning else ())


def _listen(engine: Engine, bind: Bind, password: str) -> None:
    dialect = engine.dialect
    if dialect.driver == "pyodbc":
        # ODBC's own pool would keep what ours has given up, with the settings of somebody else.
        dialect.loaded_dbapi.pooling = False  # type: ignore[attr-defined]
    if password and "odbc_connect" in engine.url.query:
        event.listen(engine, "do_connect", partial(_add_password, password))
    if dialect.driver == "pymysql":
        event.listen(engine, "do_connect", _password_in_utf8)
    _hush()
    if dialect.name == "oracle":
        event.listen(engine, "begin", _begin_read_only)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        prepare(dialect.name, bind, connection, record.info)

    @event.listens_for(engine, "close")
    def _close(connection: Any, _record: Any) -> None:
        transport = getattr(connection, "transport", None)
        if transport is not None:  # clickhouse-driver's own close does nothing
            transport.disconnect()


def _hush() -> None:
    """What these drivers have to say they also raise; in a log it would be a traceback with the host in it."""
    for talkative in ("clickhouse_driver", "clickhouse_connect"):
        logging.getLogger(talkative).setLevel(logging.CRITICAL)


def _add_password(password: str, _dialect: Any, _record: Any, cargs: list[Any], _cparams: dict[str, Any]) -> None:
    cargs[0] = with_password(cargs[0], password)


def _password_in_utf8(_dialect: Any, _record: Any, _cargs: list[Any], cparams: dict[str, Any]) -> None:
    """PyMySQL itself would write it in Latin-1, which lacks most letters; the server was told it in UTF-8."""
    if isinstance(cparams.get("password"), str):
        cparams["password"] = cparams["password"].encode()


def _begin_read_only(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
