"""Codes by mail: bound to their sign-in, single use, rationed, and never readable in the database."""

import pytest
from accounts_kit import HERE, HandClock, at_once, events
from factor_kit import Person, count, mails, methods_of, person
from sqlalchemy import select

from dashboard.accounts import AccountError, Accounts, Method, Step, mailed_codes, proofs
from dashboard.accounts.models import pending, sessions


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock).with_mail()


def sent(petra: Person, step: Step) -> str:
    petra.accounts.sign_ins.send_code(step.pending, HERE)
    return mails(petra.accounts, "mail_code")[-1].words["code"]


def second(petra: Person, step: Step, code: str) -> Step:
    return petra.accounts.sign_ins.second(step.pending, Method.MAIL, code, HERE)


@pytest.mark.promise("ASVS 6.5.3", "ASVS 6.5.4")
def test_the_mailed_code_starts_the_session(petra: Person) -> None:
    step = petra.begin()
    assert step.methods == (Method.MAIL, Method.RECOVERY_CODE)
    assert mails(petra.accounts, "mail_code") == [], "it is sent when it is asked for"
    code = sent(petra, step)
    assert code.isdigit()
    assert len(code) == 8
    mail = mails(petra.accounts, "mail_code")[-1]
    assert mail.recipient == "petra@example.com"
    assert dict(mail.words) == {"name": "petra", "code": code, "minutes": "10"}
    done = second(petra, step, f" {code[:4]} {code[4:]}")
    assert methods_of(petra.accounts, done.session) == ("pwd", "mail")


def test_nothing_of_it_is_readable(petra: Person) -> None:
    code = sent(petra, petra.begin())
    with petra.accounts.engine.connect() as connection:
        kept = connection.execute(select(pending.c.data)).scalars().all()
    assert code not in "".join(kept)
    assert code not in "".join(event["detail"] for event in events(petra.accounts))


@pytest.mark.promise("ASVS 6.6.2")
def test_a_code_is_good_for_its_own_sign_in_only(petra: Person) -> None:
    first, other = petra.begin(), petra.begin()
    code, others = sent(petra, first), sent(petra, other)
    with pytest.raises(AccountError, match="not right"):
        second(petra, other, code)
    assert second(petra, first, code).session
    assert second(petra, other, others).session


def test_without_one_sent_no_code_is_right(petra: Person) -> None:
    step = petra.begin()
    for code in ("", "00000000"):
        with pytest.raises(AccountError, match="not right"):
            second(petra, step, code)


def test_a_new_code_makes_the_one_before_dead(petra: Person) -> None:
    step = petra.begin()
    old, new = sent(petra, step), sent(petra, step)
    with pytest.raises(AccountError, match="not right"):
        second(petra, step, old)
    assert second(petra, step, new).session


@pytest.mark.promise("ASVS 6.5.5")
def test_a_code_dies_with_its_sign_in(petra: Person) -> None:
    step = petra.begin()
    petra.clock.move(minutes=7, seconds=30)
    code = sent(petra, step)
    assert mails(petra.accounts, "mail_code")[-1].words["minutes"] == "2"
    petra.clock.move(minutes=2, seconds=30)
    with pytest.raises(AccountError, match="Begin anew"):
        second(petra, step, code)


@pytest.mark.promise("ASVS 6.5.1")
def test_of_twenty_threads_with_one_code_one_gets_in(petra: Person) -> None:
    step = petra.begin()
    code, before = sent(petra, step), count(petra.accounts, sessions)
    done = at_once(20, lambda _: second(petra, step, code))
    assert sum(isinstance(one, Step) for one in done) == 1
    assert {str(one) for one in done if not isinstance(one, Step)} == {proofs.OVER}
    assert count(petra.accounts, sessions) == before + 1


@pytest.mark.promise("ASVS 6.6.3")
def test_of_forty_wrong_codes_five_are_compared(petra: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    step, compared, real = petra.begin(), [], mailed_codes.is_right
    code = sent(petra, step)
    monkeypatch.setattr(mailed_codes, "is_right", lambda *args: compared.append(1) or real(*args))
    wrong = str((int(code) + 1) % 10**8)
    at_once(40, lambda _: second(petra, step, wrong))
    assert len(compared) == 5
    with pytest.raises(AccountError, match="Begin anew"):
        second(petra, step, code)
    assert petra.accounts.user(petra.user.id).locked_until is not None


def test_five_codes_at_most_are_sent_for_one_sign_in(petra: Person) -> None:
    step = petra.begin()
    answers = at_once(12, lambda _: petra.accounts.sign_ins.send_code(step.pending, HERE))
    assert answers.count(None) == 5
    assert {str(answer) for answer in answers if answer} == {"No more codes can be sent for this sign-in. Begin anew."}
    assert len(mails(petra.accounts, "mail_code")) == 5


def test_codes_are_mailed_only_to_those_who_want_them(accounts: Accounts, clock: HandClock) -> None:
    sam = person(accounts, clock, "sam").with_totp()
    step = sam.begin()
    with pytest.raises(AccountError, match="another way"):
        accounts.sign_ins.send_code(step.pending, HERE)
    assert mails(accounts, "mail_code") == []
