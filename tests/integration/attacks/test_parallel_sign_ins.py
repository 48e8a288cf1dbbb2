"""Many at once, over HTTP, as a served site takes them."""

import http.cookiejar
import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kit import Installation, Served, serve, with_users

from dashboard.accounts import Accounts, Actor, NewUser
from dashboard.settings import load_settings

OPERATOR = Actor(0, "operator")
PASSWORD = "violet tram beside lake 4711"
# So many that no more than five of one person's sign-ins are ever under way: the sixth would have to wait for a lock.
PEOPLE = [f"person{number}" for number in range(12)]

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def attempt(url: str, username: str, password: str) -> int:
    """The status of one sign-in with a browser of its own."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), Stay)
    with browser.open(f"{url}/sign-in", timeout=60) as page:
        token = TOKEN.search(page.read().decode())
    assert token
    form = urllib.parse.urlencode({"username": username, "password": password, "csrf_token": token[1]}).encode()
    try:
        with browser.open(f"{url}/sign-in", form, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    made: Installation = with_users(tmp_path_factory.mktemp("parallel") / "var")
    accounts = Accounts(load_settings(var=made.var))
    for name in PEOPLE:
        accounts.create_user(NewUser(name, f"{name}@example.com", "sales_manager"), OPERATOR, PASSWORD)
    accounts.close()
    yield from serve(made)


def outcomes(var: Path, kind: str) -> Counter[str]:
    with sqlite3.connect(f"file:{var / 'accounts.db'}?mode=ro", uri=True) as connection:
        return Counter(row[0] for row in connection.execute("SELECT outcome FROM audit_events WHERE kind = ?", [kind]))


@pytest.mark.promise("40 threads of sign-ins")
@pytest.mark.promise("ASVS 15.2.2")
def test_forty_threads_of_right_and_wrong_sign_ins_without_a_500(empty_site: Served) -> None:
    def one(number: int) -> int:
        if number % 4 == 3:
            return attempt(empty_site.url, f"nobody{number}", "wrong")
        return attempt(empty_site.url, PEOPLE[number % len(PEOPLE)], PASSWORD)

    with ThreadPoolExecutor(40) as pool:
        found = Counter(pool.map(one, range(160)))
    assert found == {303: 120, 401: 40}


@pytest.mark.promise("200 parallel wrong passwords")
@pytest.mark.promise("ASVS 6.3.1")
def test_two_hundred_wrong_passwords_at_once_lock_once_and_the_right_one_comes_too_late(empty_site: Served) -> None:
    admin = empty_site.installation.credentials["admin"]
    with ThreadPoolExecutor(40) as pool:
        found = Counter(pool.map(lambda n: attempt(empty_site.url, admin["username"], f"wrong {n}"), range(200)))
    assert found == {401: 200}
    assert attempt(empty_site.url, admin["username"], admin["password"]) == 401
    assert outcomes(empty_site.installation.var, "sign_in")["locked"] == 1
