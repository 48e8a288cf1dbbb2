"""Questions in the terminal."""

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from dashboard.sources.errors import ImportRefused

Made = TypeVar("Made")


class NoMoreAnswers(ImportRefused):
    """Standard input has ended: no error of the database that is being looked at."""


class Asker:
    """Asks on standard input; where ``asks`` is false, defaults are taken without a word.

    Raises:
        NoMoreAnswers: standard input has ended.
    """

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks

    def tell(self, step: str) -> None:
        """Say what is going on, where somebody watches."""
        if sys.stderr.isatty():
            print(f"{step} ...", file=sys.stderr)

    def ask(self, question: str, default: str | None = None) -> str:
        """The answer; Enter takes ``default``, and without one the question is asked again."""
        shown = f" [{default}]" if default else ""
        while True:
            try:
                answer = input(f"{question}{shown}: ").strip()
            except EOFError:
                raise NoMoreAnswers("no more answers") from None
            if answer or default is not None:
                return answer or str(default)

    def until(self, question: str, default: str | None, check: Callable[[str], object]) -> str:
        """The first answer that ``check`` does not refuse; the refusal is shown."""
        return self.made(question, default, lambda answer: (check(answer), answer)[1])

    def made(self, question: str, default: str | None, make: Callable[[str], Made]) -> Made:
        """What ``make`` makes of the first answer that it does not refuse; the refusal is shown."""
        while True:
            answer = self.ask(question, default)
            try:
                return make(answer)
            except ImportRefused as refused:
                print(f"    {refused}")

    def choice(self, question: str, choices: Sequence[str]) -> str:
        """One of ``choices``, the first by default."""
        while self.asks:
            answer = self.ask(f"{question} ({' or '.join(choices)})", choices[0])
            if answer in choices:
                return answer
        return choices[0]

    def agrees(self, question: str) -> bool:
        """Yes or no; yes by default."""
        return not self.asks or self.ask(f"{question} (yes or no)", "yes").casefold() in {"yes", "y"}
