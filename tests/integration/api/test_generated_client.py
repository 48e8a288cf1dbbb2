"""The document is good enough for a generator of clients: one is made, imported, and used against the server."""

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.request import urlopen

import pytest
from kit import Served

PACKAGE = "salesgate_api_client"
CONFIG = f"package_name_override: {PACKAGE}\nproject_name_override: {PACKAGE}\npost_hooks: []\n"


class Generated(Protocol):
    """Finds a module of the generated package."""

    def __call__(self, name: str = "") -> ModuleType: ...


@pytest.fixture(scope="module")
def generated(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """The generator's package, made of what the server serves; it must have nothing to complain of."""
    folder = tmp_path_factory.mktemp("generated")
    with urlopen(f"{site.url}/api/v1/openapi.json") as answer:
        (folder / "openapi.json").write_bytes(answer.read())
    (folder / "config.yml").write_text(CONFIG)
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none"]
    command += ["--path", "openapi.json", "--config", "config.yml", "--fail-on-warning"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield lambda name="": importlib.import_module(f"{PACKAGE}.{name}".rstrip("."))


def test_it_has_every_operation(site: Served, generated: Generated) -> None:
    """Each module of the package can be imported; there is one for each operation, and all of them are callable."""
    package = generated()
    names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")]
    modules = {name: importlib.import_module(name) for name in names}
    calls = {name.rpartition(".")[2]: module for name, module in modules.items() if hasattr(module, "sync_detailed")}
    described = json.loads(Path(package.__path__[0]).with_name("openapi.json").read_text())
    operations = {one["operationId"]: one for item in described["paths"].values() for one in item.values()}
    assert calls.keys() == operations.keys()
    for name, operation in operations.items():
        given = inspect.signature(calls[name].sync_detailed).parameters
        asked = {told["name"] for told in operation.get("parameters", ())}
        assert given.keys() == asked | {"client"} | ({"body"} if "requestBody" in operation else set()), name


def test_a_generated_client_signs_in_and_asks(site: Served, generated: Generated) -> None:
    models = generated("models")
    me = site.installation.credentials["procurement_manager"]
    with generated().Client(base_url=site.url) as client:
        login = generated("api.sign_in.auth_login")
        tokens = login.sync(client=client, body=models.Credentials(username=me["username"], password=me["password"]))
        assert isinstance(tokens, models.SignedInTokens)
        wrong = login.sync(client=client, body=models.Credentials(username=me["username"], password="no"))
        assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    with generated().AuthenticatedClient(base_url=site.url, token=tokens.access_token) as client:
        who = generated("api.me.me_show").sync(client=client)
        assert (who.username, who.by_key) == (me["username"], False)
        _asks_for_figures(generated, client)
        users = generated("api.users.users_index")
        assert users.sync(client=client).status == 403
        _asks_for_itself(generated, client)


def _asks_for_figures(generated: Generated, client: Any) -> None:
    models = generated("models")
    monthly = generated("api.analytics.analytics_monthly")
    answer = monthly.sync(client=client, first="2026-01", last="2026-03")
    assert [one.month for one in answer.months] == ["2026-01", "2026-02", "2026-03"]
    assert all(isinstance(one.value, int) for one in answer.months)
    assert isinstance(answer, models.Months)
    best = generated("api.analytics.analytics_best").sync(client=client, limit=3)
    assert best.items[0].rank == 1
    product = generated("api.analytics.analytics_product").sync(best.items[0].product, client=client)
    assert (product.name, product.state.value) == (best.items[0].name, "ranked")
    table = generated("api.analytics.analytics_products")
    change = models.AnalyticsProductsColumnItem.CHANGE
    rows = table.sync(client=client, column=[change], sort="change", descending=True, limit=2)
    assert [one.key for one in rows.columns] == ["net_units", "change"]
    assert {one.values["change"] is not None for one in rows.items} == {True}
    wanted = generated("api.analytics.analytics_worklist")
    urgent = wanted.sync(client=client, only=models.AnalyticsWorklistOnly.REORDER, limit=5)
    assert {one.action.value for one in urgent.items} == {"reorder"}
    headline = generated("api.analytics.analytics_headline").sync(client=client, first="2026-03", last="2026-03")
    assert isinstance(headline.previous.kind, models.ChangeKind)
    hidden = monthly.sync(client=client, measure=models.AnalyticsMonthlyMeasure.NET_SALES)
    assert (hidden.status, hidden.code) == (403, "forbidden")
    wrong = monthly.sync(client=client, first="2026-13")
    assert [(one.place.value, one.field) for one in wrong.errors] == [("query", "first")]


def _asks_for_itself(generated: Generated, client: Any) -> None:
    models = generated("models")
    change, profile = generated("api.me.me_change_profile"), generated("api.me.me_profile")
    before = profile.sync(client=client).first_name
    for name in ("Pat", before):
        assert change.sync(client=client, body=models.ProfileChange(first_name=name)).first_name == name
        assert profile.sync(client=client).first_name == name
    assert any(one.current for one in generated("api.me.me_sessions").sync(client=client).items)
    assert generated("api.me.me_events").sync(client=client, limit=1).items[0].kind == "profile_changed"
    body = models.NewKey(name="Till", scopes=[models.Permission.MEASUREUNITS], days=1)
    made = generated("api.api_keys.keys_make").sync_detailed(client=client, body=body)
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/me/keys/{made.parsed.id}")
    with generated().AuthenticatedClient(
        base_url=client._base_url, token=made.parsed.secret, prefix="", auth_header_name="X-API-Key"
    ) as program:
        assert generated("api.me.me_show").sync(client=program).by_key is True
    gone = generated("api.api_keys.keys_revoke_own").sync_detailed(made.parsed.id, client=client)
    assert (gone.status_code, gone.parsed) == (204, None)
    assert generated("api.api_keys.keys_show_one").sync(made.parsed.id, client=client).code == "not_found"


def test_users_page_by_page(site: Served, generated: Generated) -> None:
    models = generated("models")
    me = site.installation.credentials["admin"]
    with generated().Client(base_url=site.url) as client:
        body = models.Credentials(username=me["username"], password=me["password"])
        tokens = generated("api.sign_in.auth_login").sync(client=client, body=body)
    with generated().AuthenticatedClient(base_url=site.url, token=tokens.access_token) as client:
        find = generated("api.users.users_index")
        pages = [find.sync(client=client, offset=offset, limit=2) for offset in (0, 2)]
        assert [len(page.items) for page in pages] == [2, pages[0].total - 2]
        generated("api.sign_in.auth_revoke").sync_detailed(
            client=client, body=models.Revoking(refresh_token=tokens.refresh_token)
        )
        assert find.sync(client=client).status == 401
