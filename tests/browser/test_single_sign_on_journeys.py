"""Signing in through a real provider: Canaille, in a process and an environment of its own."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.request import urlopen

import pytest
from browser_kit import Visitor
from kit import Installation, Served, free_port, serve
from playwright.sync_api import Browser, TimeoutError, expect

from dashboard.settings import PROJECT

PYTHON = PROJECT / ".venv-provider" / "bin" / "python"
START_SECONDS = 60
SECRET, PASSWORD = "the client's secret", "provider's own password"


@dataclass(frozen=True)
class Company:
    """A site, and the provider that its people come from."""

    site: Served
    provider: str


@contextmanager
def canaille(port: int, redirect: str) -> Iterator[str]:
    assert PYTHON.exists(), "make test prepares the environment of this test"
    url = f"http://localhost:{port}"
    process = subprocess.Popen(
        [PYTHON, PROJECT / "tests" / "canaille_site.py", str(port), redirect],
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, "the provider ended before it answered"
            try:
                urlopen(f"{url}/.well-known/openid-configuration", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def company(demo: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder, port = tmp_path_factory.mktemp("company"), free_port()
    shutil.copytree(demo.var, folder / "var", ignore=shutil.ignore_patterns("import.lock"))
    (folder / "secret").write_text(f"{SECRET}\n")
    table = {
        "label": "Example Corp",
        "issuer": f"http://localhost:{port}",
        "client_id": "salesgate",
        "client_secret_file": str(folder / "secret"),
        "scopes": ["profile", "email", "groups"],
        "role_claim": "groups",
        "roles": {"purchasing": "procurement_manager", "sales": "sales_manager"},
    }
    installation = Installation(folder / "var", demo.credentials)
    oidc = json.dumps({"company": table})
    for served in serve(installation, name="localhost", SALESGATE_OIDC=oidc):
        with canaille(port, f"{served.url}/sign-on/company/callback") as provider:
            yield Company(served, provider)


class Colleague(Visitor):
    """Somebody who has an account at the provider."""

    def __init__(self, browser: Browser, company: Company, **options: object) -> None:
        super().__init__(browser, company.site, **options)  # type: ignore[arg-type]
        self.company = company

    def through_the_provider(self, name: str, back: str) -> None:
        """Sign in there, and come back. What its own pages ask for or complain of is not ours."""
        here, before = self.page, [text for text in self.wrong if self.company.provider not in text]
        here.wait_for_url(f"{self.company.provider}/**")
        for field, text in (("input[name=login]", name), ("input[type=password]", PASSWORD)):
            self._send(field, text)
        here.wait_for_url(f"{self.served.url}{back}")
        self.wrong = before

    def _send(self, field: str, text: str) -> None:
        """Fill a form of the provider in, once more where its script was not there yet to send it."""
        for _ in range(4):
            self.page.locator(field).fill(text)
            self.page.locator("form button[type=submit]").first.click()
            with suppress(TimeoutError):
                self.page.locator(field).wait_for(state="detached", timeout=4000)
                return


@pytest.fixture
def colleague(chromium: Browser, company: Company) -> Iterator[Colleague]:
    made = Colleague(chromium, company)
    yield made
    made.close()


@pytest.mark.promise("ASVS 10.1.2", "ASVS 6.8.1")
def test_a_colleague_comes_in_with_the_role_of_their_group(colleague: Colleague) -> None:
    colleague.page.goto("/sign-in?next=/units")
    colleague.page.get_by_role("link", name="Sign in with Example Corp").click()
    colleague.through_the_provider("bob", "/units")
    expect(colleague.page.get_by_text("Bob Builder").first).to_be_visible()
    colleague.page.goto("/account")
    expect(colleague.page.get_by_text("You sign in with Example Corp, so you have no password here.")).to_be_visible()
    expect(colleague.page.get_by_text("Procurement Manager").first).to_be_visible()


@pytest.mark.promise("ASVS 3.4.3", "ASVS 7.5.1")
def test_somebody_with_a_password_connects_and_signs_in_without_it(colleague: Colleague) -> None:
    page = colleague.page
    colleague.sign_in("sales_manager")
    page.goto("/account")
    page.get_by_role("link", name="Connect Example Corp").click()
    page.get_by_role("button", name="Go to Example Corp").click()  # a form, which the CSP lets lead to this site only
    colleague.through_the_provider("ada", "/account")
    expect(page.get_by_text("Connected, and not used since.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.get_by_role("link", name="Sign in with Example Corp").click()
    # Signing out here was not signing out there.
    page.wait_for_url(lambda url: url.startswith(colleague.served.url) and "sign" not in url)
    colleague.wrong = [text for text in colleague.wrong if colleague.company.provider not in text]
