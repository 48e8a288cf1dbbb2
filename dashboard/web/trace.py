"""Traces for the log. What an exception says may come from a client: it must not write lines of its own."""

import traceback

LONGEST_LINE = 400
MOST_LINES = 60


def trace_of(error: BaseException) -> str:
    """The trace of ``error`` for the log: every line is marked, escaped and cut, and so is the number of lines."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], f"... {len(lines) - 2 * half} lines ...", *lines[-half:]]
    return "\n".join(f"  | {_escaped(line[:LONGEST_LINE])}" for line in lines)


def _escaped(line: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
