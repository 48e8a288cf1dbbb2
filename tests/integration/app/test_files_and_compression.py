"""Files compressed once and cached for good; answers compressed where that gives no secret away."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import pytest
from app_kit import Person
from flask import Flask

from dashboard.settings import PROJECT
from dashboard.web.page_html import ICON
from dashboard.web.static_files import BUNDLED, StaticFiles, bundle, prepare

BROTLI = {"Accept-Encoding": "gzip, br"}
SCRIPT = re.compile(r'src="([^"]+)"')


@pytest.fixture(scope="module")
def seller(people: dict[str, Person]) -> Person:
    return people["sales_manager"]


def test_every_file_of_the_page_is_there_compressed_and_immutable(seller: Person) -> None:
    index = seller.client.get("/revenue").get_data(as_text=True)
    files = [*SCRIPT.findall(index), *re.findall(r'href="(/assets/[^"]+)"', index)]
    assert len(files) > 14
    assert not [name for name in files if "polyfill" in name or "dash_table" in name or "package_data/plotly" in name]
    for name in files:
        packed, plain = seller.client.get(name, headers=BROTLI), seller.client.get(name)
        assert (packed.status_code, plain.status_code) == (200, 200), name
        if name == ICON:  # as the style sheet spells it, without a fingerprint
            assert packed.headers["ETag"]
            continue
        assert "immutable" in packed.headers["Cache-Control"], name
        if len(plain.data) >= 512:
            assert packed.headers["Content-Encoding"] == "br", name
            assert brotli.decompress(packed.data) == plain.data
        assert "Content-Encoding" not in plain.headers
        again = seller.client.get(name, headers={**BROTLI, "If-None-Match": packed.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_a_file_without_a_fingerprint_is_asked_for_again(seller: Person) -> None:
    answer = seller.client.get("/_dash-component-suites/dash/dcc/async-graph.js")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert seller.client.get("/_dash-component-suites/dash/dcc/nothing.js").status_code == 404
    assert seller.client.get("/assets/../settings.toml").status_code == 404


def test_answers_are_compressed_but_no_form_that_carries_a_token(app: Flask, seller: Person) -> None:
    assert seller.client.get("/revenue", headers=BROTLI).headers["Content-Encoding"] == "br"
    assert seller.client.get("/_dash-dependencies", headers=BROTLI).headers["Content-Encoding"] == "br"
    assert "Content-Encoding" not in seller.client.get("/revenue").headers
    stranger = app.test_client()
    assert "Content-Encoding" not in stranger.get("/sign-in?next=/units", headers=BROTLI).headers


def test_files_are_compressed_well_ahead_of_the_first_visitor_once(tmp_path: Path) -> None:
    files = StaticFiles(tmp_path / "static")
    contents = [b"a" * 4000, b"b" * 4000, b"short"]
    assert [files.prepare(contents), files.prepare(contents)] == [2, 0]
    assert len(list((tmp_path / "static").iterdir())) == 2
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in (*BUNDLED, "salesgate.css"):
        (assets / name).write_bytes((PROJECT / "assets" / name).read_bytes())
    assert prepare(assets, tmp_path / "two") > 5
    together = hashlib.sha256(bundle(assets)).hexdigest()[:16]
    assert (tmp_path / "two" / f"{together}.br").exists()


def test_several_hosts_that_share_a_folder_may_start_at_the_same_time(tmp_path: Path) -> None:
    hosts, packed = [StaticFiles(tmp_path) for _ in range(8)], b"x" * 50_000
    kept = tmp_path / "tag.br"
    hosts[0]._keep("tag", packed)

    def start(host: StaticFiles) -> set[int]:
        sizes = set()
        for _ in range(40):
            host._keep("tag", packed)
            sizes.add(len(kept.read_bytes()))
        return sizes

    with ThreadPoolExecutor(len(hosts)) as pool:
        assert set().union(*pool.map(start, hosts)) == {len(packed)}
    assert list(tmp_path.iterdir()) == [kept]


def test_endless_addresses_of_one_file_take_no_memory(app: Flask, seller: Person) -> None:
    files = app.extensions["salesgate"].files
    address = "/_dash-component-suites/dash/dcc/async-graph.v{}m{:x}.js"
    seller.client.get(address.format(1, 1))
    contents = len(files._files)
    for i in range(400):
        assert seller.client.get(address.format(1, i)).status_code == 200
    assert len(files._files) == contents
    assert len(files._places) <= 256
    assert seller.client.get("/_dash-component-suites/plotly/package_data/plotly.min.js").status_code == 404


def test_only_the_fingerprint_of_the_content_makes_an_asset_immutable(app: Flask) -> None:
    stranger = app.test_client()
    for query in ("?v=x", "?v=", ""):
        assert stranger.get(f"/assets/theme.js{query}").headers["Cache-Control"] == "private, no-cache"
    address = app.extensions["salesgate"].asset_url("theme.js")
    assert "immutable" in stranger.get(address).headers["Cache-Control"]


def test_the_bundle_holds_every_line_but_those_that_only_comment() -> None:
    lines = [line for name in BUNDLED for line in (PROJECT / "assets" / name).read_text(encoding="utf-8").splitlines()]
    code = [line for line in lines if not line.lstrip().startswith("//")]
    assert bundle(PROJECT / "assets").decode().splitlines() == code
    assert len(code) < len(lines)
    assert not [line for line in code if line.count("`") % 2], "a text of several lines could hold a comment"
