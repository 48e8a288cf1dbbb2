"""What a read-only proof comes to."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

Relations: TypeAlias = Sequence[tuple[str | None, str]]

_SHOWN = 3


class Proof(NamedTuple):
    """Whether an account can write; ``evidence`` is a sentence for people."""

    state: Literal["proved", "writable", "unknown"]
    evidence: str


def proved(evidence: str) -> Proof:
    """The account can only read."""
    return Proof("proved", evidence)


def writable(evidence: str) -> Proof:
    """The account can write."""
    return Proof("writable", evidence)


def unknown(evidence: str) -> Proof:
    """Nobody knows."""
    return Proof("unknown", evidence)


def some(names: Sequence[str]) -> str:
    """The first few of ``names``, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
