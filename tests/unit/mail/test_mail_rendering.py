"""What mails say: every kind, in words that cannot become headers, tags or paragraphs."""

import re
from email import message_from_bytes, policy
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from jinja2 import UndefinedError
from outbox_kit import HandClock

from dashboard.mail import MailKind, Message
from dashboard.mail.letter import NoAddressError, travelling, write
from dashboard.mail.outbox import Waiting
from dashboard.mail.rendering import Rendered, one_line, render
from dashboard.settings import PROJECT

URL = "https://sales.example.com"
VALUES = {
    "name": "Ada Lovelace",
    "username": "ada.lovelace",
    "link": f"{URL}/go/token-of-the-link",
    "hours": "24",
    "minutes": "60",
    "role": "Sales Manager",
    "how": "with a link by mail",
    "ip": "192.0.2.7",
    "at": "2026-11-20 12:00 UTC",
    "by": "Nora North",
    "code": "12345678",
    "new": "a•••@example.com",
    "key": "Reports of the shop",
    "prefix": "sgk_1a2b3c4d",
    "may": "see units sold, returned and ranked",
    "until": "2027-03-31",
    "what": "An authenticator app was added.",
    "agent": "Firefox on Linux",
    "reason": "We do not know you yet.",
}
NO_BUTTON = {
    "recovery_unknown",
    "password_changed",
    "mail_code",
    "mail_changed",
    "factor_changed",
    "api_key_made",
    "new_device",
    "new_program",
    "token_reused",
    "role_refused",
    "role_changed",
    "account_deleted",
}
VOID = {"meta", "br"}
HEADERS = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
HEADERS.append("X-Auto-Response-Suppress")


def contract() -> dict[str, list[str]]:
    """Kind -> the words it gets, out of the comments of message.py."""
    source = (PROJECT / "dashboard" / "mail" / "message.py").read_text()
    lines = re.findall(r'^    [A-Z_]+ = "(\w+)"  # (.*)$', source, re.MULTILINE)
    listed = {kind: re.sub(r"\(.*?\)|noqa: \w+ - |to administrators: ", "", words) for kind, words in lines}
    return {
        kind: [word for word in re.findall(r"\w+", text.partition(":")[0]) if word in VALUES]
        for kind, text in listed.items()
    }


WORDS = contract()


def mail(kind: str, **other: str) -> Rendered:
    words = {word: VALUES[word] for word in WORDS[kind]} | other
    return render(Message(MailKind(kind), "ada@example.com", words), "Salesgate", URL)


class Structure(HTMLParser):
    """Tags of a page, its links, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open += [] if tag in VOID else [tag]
        found = dict(attributes)
        self.links += [str(found["href"])] if "href" in found else []
        self.sources += [name for name in found if name in {"src", "srcset", "background", "onclick"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_contract_names_words_for_every_kind() -> None:
    assert set(WORDS) == {kind.value for kind in MailKind}
    assert WORDS["mail_code"] == ["name", "code", "minutes"]
    assert WORDS["recovery_unknown"] == []
    assert set(VALUES) == {word for words in WORDS.values() for word in words}


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_every_kind_says_what_it_should_in_both_forms(kind: str) -> None:
    made = mail(kind)
    assert made.subject.startswith("Salesgate: ")
    text, html = " ".join(made.text.split()), " ".join(unescape(re.sub(r"<[^>]*>", " ", made.html)).split())
    for word in WORDS[kind]:
        if not (kind == "role_requested" and word == "name"):
            assert VALUES[word] in text, word
            assert VALUES[word] in html, word
    for said in (text, html):
        assert "Why you got this mail: " in said
        assert f"Salesgate, {URL}" in said
        assert re.search(r"\b[Ii]f (you did not|it was not you|you do not|you are not)", said), said
    assert max(map(len, made.text.splitlines())) <= 76


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_html_is_well_formed_and_fetches_nothing(kind: str) -> None:
    page = Structure(mail(kind).html)
    assert page.open == []
    assert page.sources == []
    assert not {"img", "script", "link", "iframe", "form", "svg"} & set(page.tags)
    assert page.links == ([] if kind in NO_BUTTON else [VALUES["link"], VALUES["link"]])
    assert "url(" not in mail(kind).html


@pytest.mark.parametrize("kind", sorted(set(WORDS) - NO_BUTTON))
def test_links_stand_on_a_line_of_their_own(kind: str) -> None:
    assert VALUES["link"] in mail(kind).text.splitlines()


@pytest.mark.parametrize(("kind", "word"), [(kind, word) for kind in sorted(WORDS) for word in WORDS[kind]])
def test_a_missing_word_is_an_error(kind: str, word: str) -> None:
    words = {name: VALUES[name] for name in WORDS[kind] if name != word}
    message = Message(MailKind(kind), "ada@example.com", words)
    if word == "link":  # a link is shown where there is one
        assert "<a " not in render(message, "Salesgate", URL).html
        return
    if word == "code":
        assert VALUES["code"] not in render(message, "Salesgate", URL).text
        return
    with pytest.raises(UndefinedError):
        render(message, "Salesgate", URL)


def test_words_that_are_empty_leave_no_hole() -> None:
    assert "Hello," in mail("verify", name="").text
    assert "from the network address" not in mail("password_changed", ip="").text
    assert "for this reason" not in mail("role_refused", reason="").text
    assert "as soon as an administrator gives you a role" in mail("welcome", role="").text
    assert "took your role away" in mail("role_changed", role="").text


@pytest.mark.promise("links in mails")
@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://evil.example/x", f"{URL}.evil.example/x", "//evil.example", "", "/x"]
)
def test_a_link_to_another_site_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="another address"):
        mail("recovery", link=link)


@pytest.mark.parametrize(
    "name", ["Win at http://evil.example", "www.evil.example", "WWW evil", "evil.example", "a@b", "x\\y", "t.me/x"]
)
def test_an_advertisement_instead_of_a_name_does_not_travel(name: str) -> None:
    made = mail("verify", name=name)
    assert name not in made.text
    assert "Hello," in made.text


@pytest.mark.parametrize("name", ["J.R. Smith", "Anna-Lena Müller", "O'Brien", "李小龍", "علی\u200cرضا"])
def test_names_stay_as_they_are(name: str) -> None:
    assert f"Hello {name}," in mail("verify", name=name).text
    assert f"Hello {name}," in unescape(mail("verify", name=name).html)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [("1", "1 minute."), ("60", "60 minutes."), ("90", "90 minutes."), ("2880", "48 hours."), ("2.5", "2.5 minutes.")],
)
def test_times_are_told_as_people_do(minutes: str, words: str) -> None:
    assert f"works once, for {words}" in " ".join(mail("recovery", minutes=minutes).text.split())
    assert "for 1 hour." in " ".join(mail("verify", hours="1").text.split())


hostile = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "a\r\nBcc: x@y",
        "a\nb",
        "a\u2028b",
        "\u202eadmin",
        "<script>",
        '"><img src=x>',
        "{{ 7*7 }}",
        "\x1b[2J",
        "\udc80",
        "\x00",
    ]
)


@pytest.mark.promise("ASVS 16.4.1", "mail header injection")
@rules(deadline=None)
@given(hostile, hostile, hostile)
def test_no_word_becomes_a_header_a_line_or_a_tag(username: str, role: str, title: str) -> None:
    message = Message(MailKind.ROLE_REQUESTED, "a@b", {**dict.fromkeys(("name", "username"), username), "role": role})
    message = Message(message.kind, message.recipient, {**message.words, "link": f"{URL}/x"})
    made = render(message, title, URL)
    usual = mail("role_requested")
    assert "\n" not in made.subject
    assert all(char.isprintable() or char in "\u200c\u200d" for char in made.subject)
    assert Structure(made.html).tags == Structure(usual.html).tags
    for text in (made.text, made.html):
        assert not set(text) & set("\r\x00\x1b\u2028\u2029\u202e\x85")
        text.encode()
    assert len(re.split(r"\n\n+", made.text)) == len(re.split(r"\n\n+", usual.text))


@pytest.mark.promise("ASVS 1.2.1")
def test_names_are_escaped() -> None:
    made = mail("role_requested", username="<b onclick=alert(1)>ada</b>", role="&amp; \"x\" 'y'")
    assert "<b " not in made.html
    assert "&lt;b onclick=alert(1)&gt;ada" in made.html
    assert "&amp;amp; &#34;x&#34; &#39;y&#39;" in made.html
    assert "<b onclick=alert(1)>ada</b>" in made.subject


local = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}(\.[A-Za-z0-9+_-]{1,33})?", fullmatch=True)
label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
domain = st.lists(label, min_size=1, max_size=3).map(".".join)
address = st.builds("{}@{}".format, local, domain).filter(lambda text: len(text) <= 254)


def letter(recipient: str, rendered: Rendered, sender: str = "Salesgate <no-reply@example.com>") -> bytes:
    waiting = Waiting(7, "verify", recipient, "", 1, HandClock().now)
    return write(waiting, rendered, sender).mail.as_bytes()


@pytest.mark.promise("mail header injection")
@rules(deadline=None)
@given(address, hostile.filter(lambda text: bool(one_line(text))), st.text(max_size=300))
def test_a_letter_is_read_as_it_was_written(recipient: str, subject: str, text: str) -> None:
    raw = letter(recipient, Rendered(one_line(subject), one_line(text) + "\n", f"<p>{one_line(text)}</p>\n"))
    read = message_from_bytes(raw, policy=policy.default)
    assert str(read["To"]) == recipient
    assert str(read["Subject"]) == one_line(subject)
    assert sorted(read.keys()) == HEADERS
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content_type() == "multipart/alternative"
    plain = read.get_body(("plain",))  # type: ignore[attr-defined]
    assert plain.get_content().rstrip("\r\n") == one_line(text)
    assert all(len(line) <= 998 for line in raw.splitlines())
    raw.decode("ascii")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@x",
        "ada@",
        "a,b@x",
        "<a>@x",
        'a"b@x',
        "a b@x",
        "a@b@c",
        "ä@example.com",
        "a@b..c",
        "a\r\nb@x",
        "a@x\r\n",
        "a@" + "b" * 64 + ".com",
        "\udc80@x",
        "a@\udc80",
        "a(b)@x",
        "a;b@x",
        "a@[x",
        "a@[192.0.2.1]",
        ".a@x",
        "a@x\n",
        "a@x\nRCPT TO:<b@x>",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NoAddressError):
        travelling(text)


def test_domains_of_other_scripts_travel_in_ascii() -> None:
    assert travelling("ada@bücher.example") == "ada@xn--bcher-kva.example"


def test_two_letters_are_told_apart_and_one_is_known_again() -> None:
    def number(which: int, tries: int) -> str:
        waiting = Waiting(which, "verify", "ada@example.com", "", tries, HandClock().now)
        return str(write(waiting, mail("verify"), "Salesgate <no-reply@example.com>").mail["Message-ID"])

    assert number(1, 1) == number(1, 2) != number(2, 1)
    assert number(1, 1).endswith("@example.com>")
