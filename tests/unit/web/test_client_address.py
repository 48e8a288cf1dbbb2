"""Who asks: what counts as one address, and whose word about it is believed."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_kit import Installation, install, sign_in

from dashboard.web.address import UNPARSABLE, network_of, plain_address


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Installation]:
    made = install(tmp_path / "var", limits={"per_address": "3 per minute"})
    yield made
    made.accounts.close()


@pytest.fixture(scope="module")
def shared_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"limits": {"per_address": "1000 per minute"}, "server": {"proxy_hops": 1}}
    made = install(tmp_path_factory.mktemp("proxy") / "var", **settings)
    yield made
    made.accounts.close()


@pytest.mark.promise("ASVS 15.3.4")
def test_a_forwarded_address_is_not_believed_without_a_proxy(strict: Installation) -> None:
    answers = []
    for n in range(4):
        browser = strict.browser()
        browser.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{n}"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers[-1] == 429


@pytest.mark.promise("ASVS 15.3.4")
def test_behind_one_proxy_only_its_own_word_counts(tmp_path: Path) -> None:
    made = install(tmp_path, limits={"per_address": "3 per minute"}, server={"proxy_hops": 1})
    answers = []
    for n in range(4):
        browser = made.browser()
        browser.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{n}, 192.0.2.9"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers[-1] == 429
    assert made.events()[-1]["ip"] == "192.0.2.9"
    made.accounts.close()


@pytest.mark.promise("ASVS 15.3.4")
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.9:4711", "192.0.2.9"),
        ("[2001:DB8::9]:4711", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("unknown", "unparsable"),
        ("_hidden", "unparsable"),
        ("<b>:2", "unparsable"),
        ("1:2:3", "unparsable"),
        ("[", "unparsable"),
    ],
)
def test_what_a_proxy_names_is_an_address_or_none(shared_proxy: Installation, forwarded: str, address: str) -> None:
    browser = shared_proxy.browser()
    browser.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
    assert sign_in(browser, "sales_manager", "wrong").status_code == 401
    assert shared_proxy.events()[-1]["ip"] == address
    assert sign_in(browser, "sales_manager").status_code == 303
    assert shared_proxy.events()[-1]["ip"] == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = plain_address(text)
    assert found == UNPARSABLE or plain_address(found) == found == str(ipaddress.ip_address(found))
    assert network_of(found)


def test_ports_and_made_up_addresses_win_no_further_guesses(tmp_path: Path) -> None:
    for forwarded in ("192.0.2.9:{}", "made-up-{}", "[2001:db8::{}]:1", "::ffff:192.0.2.9"):
        made = install(tmp_path / forwarded[:3], limits={"per_address": "3 per minute"}, server={"proxy_hops": 1})
        answers = []
        for n in range(4):
            browser = made.browser()
            browser.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded.format(n + 1)
            answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
        assert answers == [401, 401, 401, 429], forwarded
        made.accounts.close()


def test_people_who_come_by_ipv4_in_ipv6_clothes_are_not_one_address() -> None:
    networks = {network_of(plain_address(f"::ffff:192.0.2.{n}")) for n in (1, 2)}
    assert networks == {"192.0.2.1", "192.0.2.2"}


def test_other_addresses_are_not_limited(strict: Installation) -> None:
    for n in range(4):
        sign_in(strict.browser(), f"user{n}", "wrong")
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    browser = strict.browser()
    browser.environ_base.update(elsewhere)
    assert sign_in(browser, "sales_manager").status_code == 303


def test_the_addresses_of_one_ipv6_network_are_one_address(strict: Installation) -> None:
    answers = []
    for n in range(4):
        browser = strict.browser()
        browser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{n}"
        answers.append(sign_in(browser, f"user{n}", "wrong").status_code)
    assert answers == [401, 401, 401, 429]
