"""Mails as people read them: subject, plain text and HTML, out of one template for each kind."""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboard.mail.message import Message

_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH = 76
_MANY_MINUTES = 120
_BLANK_LINES = re.compile(r"\n\s*\n")
# A stranger may register with somebody else's address: their "name" must not carry an advertisement there.
_LIKE_AN_ADDRESS = re.compile(r"[/:@\\]|\.\w{2}|\bwww\b", re.IGNORECASE)
_JOINERS = "\u200c\u200d"  # parts of words and emoji in some scripts


class ForeignLinkError(ValueError):
    """The link of a message does not lead to this site."""


@dataclass(frozen=True)
class Rendered:
    """A mail that is ready to be sent; ``subject`` is one line of visible characters."""

    subject: str
    text: str
    html: str


def render(message: Message, title: str, public_url: str) -> Rendered:
    """``message`` in words; ``title`` is the name of this installation, ``public_url`` where it is.

    Raises:
        jinja2.UndefinedError: a word that the template needs is missing.
        ForeignLinkError: the link of the message leads to another site.
    """
    words = {name: one_line(word) for name, word in message.words.items()}
    if "link" in words and not words["link"].startswith(f"{public_url}/"):
        raise ForeignLinkError("Its link was made for another address than server.public_url.")
    if _LIKE_AN_ADDRESS.search(words.get("name", "")):
        words["name"] = ""
    words |= {"product": one_line(title), "public_url": public_url}
    file = f"{message.kind.value}.txt"
    plain, rich = _PLAIN.get_template(file), _RICH.get_template(file)
    return Rendered(
        subject=one_line(_fill(plain, "layout_subject.txt", words)),
        text=_fill(plain, "layout.txt", words),
        html=_fill(rich, "layout.html", words),
    )


def one_line(text: str) -> str:
    """``text`` on one line, without characters that are not seen: nothing in it can begin a header or a paragraph."""
    visible = (char if char.isprintable() or char in _JOINERS else _instead(char) for char in text)
    return " ".join("".join(visible).split())


def _instead(char: str) -> str:
    return " " if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Zs"} else ""


def _fill(template: Template, layout: str, words: Mapping[str, str]) -> str:
    return template.render(words, layout=layout)


def _parts(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in _BLANK_LINES.split(text))
    return [part for part in parts if part]


def _plain_paragraphs(text: str) -> str:
    filled = (textwrap.fill(part, _WIDTH, break_long_words=False, break_on_hyphens=False) for part in _parts(text))
    return "\n\n".join(filled) + "\n"


def _rich_paragraphs(text: Markup) -> Markup:
    # Jinja has escaped what came out of words; cutting at blank lines takes nothing of that back.
    return Markup("\n").join(Markup(f'<p style="margin:0 0 14px">{part}</p>') for part in _parts(str(text)))  # noqa: S704


def _span(number: str, unit: str) -> str:
    """A time such as "24 hours"; many minutes become hours."""
    if unit == "minute" and number.isdecimal() and int(number) >= _MANY_MINUTES and int(number) % 60 == 0:
        number, unit = str(int(number) // 60), "hour"
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def _environment(*, escape: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=escape,  # noqa: S701 - plain text knows no tags
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["span"] = _span
    made.filters["paragraphs"] = _rich_paragraphs if escape else _plain_paragraphs
    return made


_PLAIN, _RICH = _environment(escape=False), _environment(escape=True)
