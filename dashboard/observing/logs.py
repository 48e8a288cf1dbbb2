"""The log: lines for people, or a JSON object a line for programs. Nothing that is logged begins a line of its own."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from logging import Formatter, Handler, LogRecord, StreamHandler
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, TextIO

import orjson
import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor

from dashboard.settings import Settings

MARK = "  | "  # lines of a trace begin with it, whoever wrote what stands behind it
LONGEST = 8000  # characters of one message
MOST_FRAMES = 30
_FIELDS = "fields"
# Keys and tokens belong in no log, whoever puts them there; digests, which are hexadecimal, may.
# A run of such characters is looked at once: what a client sends must not take the square of its length in steps.
_SECRET = re.compile(
    r"sgk_[A-Za-z0-9_-]+|"
    r"(?<![A-Za-z0-9_-])(?>[A-Za-z0-9_-]*?eyJ)[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_.-]*|"
    r"(?<![A-Za-z0-9_-])(?![0-9a-f]{43,}+(?![A-Za-z0-9_-]))[A-Za-z0-9_-]{43,}"
)
_HIDDEN = "<hidden>"
_QUIET = ("alembic", "httpx", "urllib3")

Entry = MutableMapping[str, Any]


def set_up(settings: Settings) -> None:
    """Log to stderr as the settings say, from now on and in the processes that this one forks."""
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Ours)]:
        root.removeHandler(old)
    if not root.handlers:  # whoever has set up others wants these
        handler = _Ours(sys.stderr)
        handler.setFormatter(formatter(settings.log_format))
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(kind: str) -> Formatter:
    """The formatter of that kind: "text" or "json"."""
    return _json() if kind == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s")


def dress(handlers: Iterable[Handler], kind: str) -> None:
    """Let handlers that a library has made write as all others do."""
    for handler in handlers:
        handler.setFormatter(formatter(kind))


def begin_request(number: str) -> None:
    """Lines of this thread belong to the request of that id, until :func:`end_request`."""
    structlog.contextvars.bind_contextvars(request=number)


def end_request() -> None:
    """They do not any more."""
    structlog.contextvars.unbind_contextvars("request")


def told(logger: logging.Logger, level: int, words: str, fields: Mapping[str, Any]) -> None:
    """Log ``words``; JSON has the ``fields`` each under its name, text behind the words."""
    logger.log(level, words, extra={_FIELDS: fields})


class _Ours(StreamHandler[TextIO]):
    """The handler that this module has made."""


class _Text(Formatter):
    """One line for each record. Only traces have more, and these are marked."""

    def format(self, record: LogRecord) -> str:
        """The record, with what cannot be seen escaped."""
        # Not as logging does it, which would add what exceptions say: that may hold values.
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        lines = [*self.formatMessage(record).splitlines(), *(MARK + frame for frame in _frames(record))]
        fields = record.__dict__.get(_FIELDS, {})
        lines[0] += "".join(f" {name}={value}" for name, value in fields.items())
        return _SECRET.sub(_HIDDEN, _visible(lines))


def _visible(lines: list[str]) -> str:
    told = _escaped(lines[0][:LONGEST])
    for line in lines[1:]:
        told += f"\n{MARK}{_escaped(line[len(MARK) :])}" if line.startswith(MARK) else f"\\n{_escaped(line)}"
    return told


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _frames(record: LogRecord) -> list[str]:
    """Where an exception was raised: its type and the places, without what it says."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return []
    frames = [f"{PurePath(one.filename).name}, line {one.lineno}" for one in extract_tb(error.__traceback__)]
    return [type(error).__name__, *frames[-MOST_FRAMES:]]


def _json() -> Formatter:
    before: list[Processor] = [
        merge_contextvars,
        add_log_level,
        add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _spread,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[ProcessorFormatter.remove_processors_meta, _render],
        keep_exc_info=False,
    )


def _spread(_logger: Any, _method: str, entry: Entry) -> Entry:
    """Fields of their own, the trace of an exception without its words, and no message without an end."""
    record: LogRecord = entry["_record"]
    entry.update(record.__dict__.get(_FIELDS, {}))
    entry["process"] = record.process
    entry["event"] = _SECRET.sub(_HIDDEN, str(entry["event"]))[:LONGEST]
    frames = _frames(record)
    for name in ("exc_info", "stack_info"):
        entry.pop(name, None)
    return {**entry, "trace": frames} if frames else entry


def _render(_logger: Any, _method: str, entry: Entry) -> str:
    # ASCII control characters are escaped by JSON itself, and so a line stays a line; others that end lines as well
    # (U+0085, U+2028, U+2029) are not.
    line = orjson.dumps(entry, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return line if line.isprintable() else _ascii(line)


def _ascii(line: str) -> str:
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
