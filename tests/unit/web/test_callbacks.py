"""Callback bodies that no page of ours could have sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import ALL, Dash, Input, Output, State, html
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_kit import Installation, install, script_token

from dashboard.access import Forbidden, Permission
from dashboard.web.callbacks import guard_callbacks

PATH = "/_dash-update-component"
BUTTON = {"id": "button", "property": "n_clicks", "value": 1}
GOOD = {
    "output": "out.children",
    "outputs": {"id": "out", "property": "children"},
    "inputs": [BUTTON],
    "state": [{"id": "text", "property": "value", "value": "x"}],
    "changedPropIds": ["button.n_clicks"],
}
TWO = {
    "output": "..a.children...b.children..",
    "outputs": [{"id": "a", "property": "children"}, {"id": "b", "property": "children"}],
    "inputs": [BUTTON],
}
PATTERN = {
    "output": "sum.children",
    "outputs": {"id": "sum", "property": "children"},
    "inputs": [[{"id": {"row": n}, "property": "value", "value": n} for n in (1, 2, 3)]],
    "changedPropIds": ['{"row":1}.value'],
}


def declare(app: Dash) -> None:
    app.layout = html.Div()

    @app.callback(Output("out", "children"), Input("button", "n_clicks"), State("text", "value"))
    def one(clicks: object, text: object) -> str:
        if text == "forbidden":
            raise Forbidden(Permission.MEASURE_REVENUE)
        return f"{clicks} {text}"

    @app.callback(Output("a", "children"), Output("b", "children"), Input("button", "n_clicks"))
    def two(clicks: object) -> tuple[str, str]:
        return "a", "b"

    @app.callback(Output("sum", "children"), Input({"row": ALL}, "value"))
    def pattern(values: list[int]) -> str:
        return json.dumps(values)

    @app.callback(Input("button", "n_clicks"))
    def silent(clicks: object) -> None:
        return None

    @app.callback(Output("out", "children", allow_duplicate=True), Input("text", "value"), prevent_initial_call=True)
    def again(text: object) -> str:
        return f"again {text}"

    @app.callback(Output("page", "children"), Input("_pages_location", "pathname"), Input("_pages_location", "search"))
    def route(path: str, search: str) -> str:
        return path.strip("/") + search.strip("?")

    app.clientside_callback("() => 1", Output("browser", "children"), Input("button", "n_clicks"))


@pytest.fixture(scope="module")
def dashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = install(tmp_path_factory.mktemp("dashed"), stand_ins=False)
    app = Dash(__name__, server=made.server, suppress_callback_exceptions=True)
    declare(app)
    guard_callbacks(made.server, app.callback_map)
    made.callbacks = app.callback_map
    made.site.pages["/account"] = None
    yield made
    made.accounts.close()


@pytest.fixture(scope="module")
def browser(dashed: Installation) -> FlaskClient:
    made = dashed.signed_in("procurement_manager")
    made.environ_base["HTTP_X_CSRFTOKEN"] = script_token(made)["X-CSRFToken"]
    return made


def test_what_a_page_sends_passes(browser: FlaskClient) -> None:
    assert browser.post(PATH, json=GOOD).json == {"multi": True, "response": {"out": {"children": "1 x"}}}
    assert browser.post(PATH, json=TWO).json == {
        "multi": True,
        "response": {"a": {"children": "a"}, "b": {"children": "b"}},
    }
    assert browser.post(PATH, json=PATTERN).json == {"multi": True, "response": {"sum": {"children": "[1, 2, 3]"}}}


def test_outputs_that_callbacks_share_or_do_not_have_pass(dashed: Installation, browser: FlaskClient) -> None:
    declared = {key: callback for key, callback in dashed.callbacks.items() if key not in {"out.children"}}
    shared_output = next(key for key in declared if key.startswith("out.children@"))
    silent = next(key for key, callback in declared.items() if callback["no_output"])
    text = {"id": "text", "property": "value", "value": "x"}
    for prop in ("children", shared_output.partition(".")[2]):
        outputs = {"id": "out", "property": prop}
        body = {"output": shared_output, "outputs": outputs, "inputs": [text], "changedPropIds": ["text.value"]}
        assert browser.post(PATH, json=body).json == {"multi": True, "response": {"out": {"children": "again x"}}}
    assert browser.post(PATH, json={"output": silent, "outputs": [], "inputs": [BUTTON]}).status_code in {200, 204}


LONG = "x" * 1999
FORGED = "\n2026-11-20 12:00:00 INFO dashboard: all is well"
SENT_AS_PATH = [
    ("/units", 200), ("/", 200), (f"/{LONG}", 200), (f"/{LONG}x", 400), ("", 400), ("units", 400), (" /units", 400),
    ("?/units", 400), (f"/units{FORGED}", 400), (FORGED, 400), ("/\0", 400), ("/\x85", 400), ("/\u2028", 400),
    ("/\udc80", 400), (None, 400), (7, 400), ({"a": 1}, 400), (["/"], 400),
]  # fmt: skip
SENT_AS_SEARCH = [
    ("", 200), ("?", 200), ("?from=2026-11", 200), (f"?{LONG}", 200), (f"?{LONG}x", 400), ("from=2026-11", 400),
    ("/", 400), (f"?{FORGED}", 400), ("?\t", 400), (None, 400), (7, 400), (["?"], 400),
]  # fmt: skip


def routed(path: object = "/units", search: object = "") -> dict[str, Any]:
    values = {"pathname": path, "search": search}
    places = [{"id": "_pages_location", "property": name, "value": value} for name, value in values.items()]
    return {"output": "page.children", "outputs": {"id": "page", "property": "children"}, "inputs": places}


@pytest.mark.promise("ASVS 2.2.2")
@pytest.mark.parametrize(("path", "status"), SENT_AS_PATH)
def test_the_router_takes_paths_only(browser: FlaskClient, path: object, status: int) -> None:
    assert browser.post(PATH, json=routed(path)).status_code == status


@pytest.mark.promise("ASVS 2.2.2")
@pytest.mark.parametrize(("search", "status"), SENT_AS_SEARCH)
def test_the_router_takes_query_strings_only(browser: FlaskClient, search: object, status: int) -> None:
    assert browser.post(PATH, json=routed(search=search)).status_code == status


def test_the_router_needs_a_path(browser: FlaskClient) -> None:
    body = routed()
    del body["inputs"][0]["value"]
    assert browser.post(PATH, json=body).status_code == 400


@pytest.mark.promise("ASVS 8.3.1")
def test_a_callback_that_is_forbidden_is_403_and_audited(dashed: Installation, browser: FlaskClient) -> None:
    text = {"id": "text", "property": "value", "value": "forbidden"}
    response = browser.post(PATH, json={**GOOD, "state": [text]})
    assert (response.status_code, response.mimetype) == (403, "application/problem+json")
    event = dashed.events()[-1]
    assert (event["kind"], event["target"]) == ("access_denied", PATH)


@pytest.mark.promise("ASVS 2.2.2")
@pytest.mark.parametrize(
    "change",
    [
        {"output": "other.children"},
        {"output": 7},
        {"output": None},
        {"output": ["out.children"]},
        {"inputs": []},
        {"inputs": None},
        {"inputs": {}},
        {"inputs": "button"},
        {"inputs": [7]},
        {"inputs": [None]},
        {"inputs": [[BUTTON]]},
        {"inputs": [BUTTON, BUTTON]},
        {"inputs": [{**BUTTON, "id": "other"}]},
        {"inputs": [{**BUTTON, "property": "style"}]},
        {"inputs": [{"value": 1}]},
        {"inputs": [{**BUTTON, "property": []}]},
        {"inputs": [{**BUTTON, "id": {}}]},
        {"state": []},
        {"state": [BUTTON]},
        {"outputs": "x"},
        {"outputs": [7]},
        {"outputs": {"id": 7, "property": "children"}},
        {"outputs": {"id": "out"}},
        {"outputs": {"id": "other", "property": "children"}},
        {"outputs": []},
        {"outputs": [GOOD["outputs"]]},
        {"changedPropIds": "x"},
        {"changedPropIds": [7]},
        {"changedPropIds": None},
    ],
)
def test_what_no_page_sends_is_400(browser: FlaskClient, change: dict[str, Any]) -> None:
    assert browser.post(PATH, json={**GOOD, **change}).status_code == 400


def test_what_runs_in_the_browser_alone_is_not_asked_of_the_server(browser: FlaskClient) -> None:
    outputs = {"id": "browser", "property": "children"}
    body = {"output": "browser.children", "outputs": outputs, "inputs": [BUTTON]}
    assert browser.post(PATH, json=body).status_code == 400


@pytest.mark.promise("ASVS 2.2.2")
@pytest.mark.parametrize("inputs", [[7], [[7]], [[{"id": 7, "property": "value"}]], [[{"id": {}}]], []])
def test_a_pattern_takes_components_only(browser: FlaskClient, inputs: list[Any]) -> None:
    assert browser.post(PATH, json={**PATTERN, "inputs": inputs}).status_code == 400


@pytest.mark.parametrize("outputs", [TWO["outputs"][:1], {"id": "a", "property": "children"}, [1, 2], "ab", 7, None])
def test_two_outputs_are_two(browser: FlaskClient, outputs: object) -> None:
    assert browser.post(PATH, json={**TWO, "outputs": outputs}).status_code == 400


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"{}", b"\xff\xfe", b"[" * 5000, b'{"a":' * 9000]
)
def test_what_is_no_json_object_is_400(browser: FlaskClient, body: bytes) -> None:
    assert browser.post(PATH, data=body, content_type="application/json").status_code == 400


def test_a_body_beyond_a_megabyte_is_413(browser: FlaskClient) -> None:
    assert browser.post(PATH, json={**GOOD, "more": "x" * 1_100_000}).status_code == 413


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "property", "value"]), inner),
    max_leaves=6,
)


@pytest.mark.promise("ASVS 15.3.5")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=st.sampled_from([GOOD, TWO, PATTERN]), key=st.sampled_from([*GOOD, "more"]), value=ANYTHING)
def test_no_json_whatever_makes_a_500(browser: FlaskClient, base: dict[str, Any], key: str, value: object) -> None:
    assert browser.post(PATH, json={**base, key: value}).status_code in {200, 400}


@pytest.mark.parametrize("path", ["dash/no-such.js", "nothing/x.js", "dash/../../settings.toml", "dash/%00.js"])
def test_an_unknown_component_file_is_not_found(browser: FlaskClient, path: str) -> None:
    assert browser.get(f"/_dash-component-suites/{path}").status_code == 404


def test_dash_itself_stands_behind_the_gate(dashed: Installation) -> None:
    rules = {rule.rule for rule in dashed.server.url_map.iter_rules()}
    assert {"/<path:path>", "/", PATH, "/_dash-layout"} <= rules
    stranger: FlaskClient = dashed.browser()
    for path in ("/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico"):
        assert stranger.get(path).status_code == 401
    signed_in = dashed.signed_in("admin")
    assert [signed_in.get(path).status_code for path in ("/account", "/nowhere", "/_mcp")] == [200, 404, 404]


def test_a_fresh_installation_needs_no_guard_to_refuse_strangers(tmp_path: Path) -> None:
    made = install(tmp_path)
    answer = made.browser().post(PATH, data=b"[" * 5000, content_type="application/json")
    assert (answer.json or {})["response"] == {}
    made.accounts.close()
