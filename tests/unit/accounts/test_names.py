"""User names and the other fields of a new user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Roles
from dashboard.accounts import NewUser
from dashboard.accounts.names import address_key, clean_username, email_key, lookup_key, objections, username_key
from dashboard.mail.letter import travelling

ROLES = Roles.from_settings({})


@pytest.mark.parametrize("username", ["abc", "a.b-c_d@e", "a" * 64, "Jürgen", "Ωmega", "x@example.com", "007"])
def test_user_names_that_are_accepted(username: str) -> None:
    assert objections(NewUser(username, "a@example.com", "admin"), ROLES) == ()


BAD = [
    "",
    "ab",
    " a ",
    "a" * 65,
    "a b c",
    "a/b",
    "<b>x</b>",
    "a\nbc",
    "abc\0d",
    "a'b--",
    "ab\u200bc",
    "ab\u202ec",
    "a\udc80bc",
]


@pytest.mark.parametrize("username", BAD)
def test_user_names_that_are_refused_are_looked_up_as_nobody(username: str) -> None:
    assert objections(NewUser(username, "a@example.com", "admin"), ROLES)
    assert lookup_key(username) == ""


def test_space_around_a_user_name_is_taken_off() -> None:
    assert clean_username(" abc\n") == "abc"


@pytest.mark.parametrize(
    "email", ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "a" * 250 + "@b.org", "\0@b", "a,b@c", "a;b@c"]
)
def test_email_addresses_that_are_refused(email: str) -> None:
    assert objections(NewUser("petra", email, "admin"), ROLES) == ("This is not an e-mail address.",)


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\0", "\u202eevil"])
def test_names_that_are_refused(name: str) -> None:
    assert objections(NewUser("petra", "a@b.org", "admin", first_name=name), ROLES)
    assert objections(NewUser("petra", "a@b.org", "admin", last_name=name), ROLES)


def test_unknown_role_names_the_known_ones() -> None:
    (reason,) = objections(NewUser("petra", "a@b.org", "root"), ROLES)
    assert "procurement_manager, sales_manager, admin" in reason


def test_every_objection_is_told_at_once() -> None:
    assert len(objections(NewUser("!", "nobody", "root", "\n"), ROLES)) == 5


SAME = [("Ada", "aDA"), ("straße", "STRASSE"), ("ﬁnn", "Finn"), ("ａda", "ada"), (" ada ", "ada")]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_same_person(left: str, right: str) -> None:
    assert username_key(left) == username_key(right)


@given(st.text(max_size=64))
def test_key_is_stable(text: str) -> None:
    assert username_key(username_key(text)) == username_key(text)


@given(st.text("abcxyzäöüßΣσ0189._-@", min_size=1, max_size=64))
def test_key_ignores_case(text: str) -> None:
    assert username_key(text.upper()) == username_key(text.lower()) == username_key(text)


@given(st.text(max_size=64))
def test_accepted_names_fit_their_columns(text: str) -> None:
    if not objections(NewUser(text, "a@b.org", "admin"), ROLES):
        assert len(clean_username(text).encode("utf-16-le")) // 2 <= 128
        assert lookup_key(text) == username_key(text)
        assert len(username_key(text).encode("utf-16-le")) // 2 <= 255


@pytest.mark.parametrize("typed", ["", "petra", "a@b@c", "a@b\0", "\udc80@b", "x" * 2000 + "@b", '"a"@b', "a b@c"])
def test_what_is_no_address_is_looked_up_as_nobody(typed: str) -> None:
    assert address_key(typed) == ""


def test_address_is_found_in_any_case() -> None:
    assert address_key(" Petra@Example.COM\n") == "petra@example.com"


ONE_MAILBOX = [
    "victim@example.com",
    "VICTIM@Example.COM",
    "victim@exa\ufe0fmple.com",
    "victim@ex\u034fample.com",
    "victim@e\u180bxample.com",
    "victim@example\u3002com",
    "victim@ｅxample.com",
]


@pytest.mark.promise("one mailbox is one address")
@pytest.mark.parametrize("email", ONE_MAILBOX)
def test_spellings_that_reach_one_mailbox_have_one_key(email: str) -> None:
    assert email_key(email) == "victim@example.com"
    assert objections(NewUser("petra", email, "admin"), ROLES) == ()


@given(st.text("aAß.ö日-\ufe0f\u3002ﬁ1", min_size=1, max_size=20))
def test_accepted_addresses_are_keyed_by_where_mail_goes(domain: str) -> None:
    email = f"a@{domain}"
    assert email_key(email_key(email)) == email_key(email)
    if not objections(NewUser("petra", email, "admin"), ROLES):
        assert email_key(email) == travelling(email).lower()


@pytest.mark.parametrize("email", ["jörg@example.com", "a@b..org", "a@" + "x" * 64 + ".org", "a@b_c.org", "ﬁ@b.org"])
def test_addresses_that_no_mail_can_be_sent_to_are_refused(email: str) -> None:
    (reason,) = objections(NewUser("petra", email, "admin"), ROLES)
    assert "No mail can be sent" in reason


@pytest.mark.parametrize("typed", ["\udc80@\udc80", "a@" + "x" * 100_000, "@", "", "ö" * 5000 + "@ö"])
def test_any_text_has_a_key_that_fits(typed: str) -> None:
    assert len(email_key(typed)) <= 254
