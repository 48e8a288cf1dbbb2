"""Files that are the same for everybody: compressed once, named by their content, cached for good.

Flask and Dash would compress at every request or not at all, and would be asked for most files again at every load.
"""

import hashlib
import importlib.util
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import brotli
from flask import Flask, Response, abort, make_response, request

YEAR = 365 * 24 * 3600
SMALLEST = 512
# Compressing well takes seconds a megabyte: done ahead by `prepare`; a file met unprepared gets the quick way.
BEST, QUICK = 11, 5
MOST_PLACES = 256
# The full plotly bundle, which no page of ours loads.
UNSERVED = "/package_data/plotly"
# Our scripts that every page loads, in the order they run: one file for browsers, for each costs a request.
BUNDLE = "site.js"
BUNDLED = ("notices.js", "tables.js", "page.js", "sales.js", "shell.js", "session.js")
COMMENTS = re.compile(rb"^ *//.*\n", re.MULTILINE)
VIEWS = ("_dash-component-suites/", "assets/")
SUITES = {
    "dash": (
        "deps/react*@18*.min.js",
        "deps/prop-types*.min.js",
        "dash-renderer/build/dash_renderer.min.js",
        "dcc/dash_core_components*.js",
        "dcc/async-graph.js",
        "html/dash_html_components.min.js",
    ),
    "dash_bootstrap_components": ("_components/*.min.js",),
}


@dataclass(frozen=True)
class File:
    """One file in memory: its bytes, the same compressed (None where that saves nothing), and its fingerprint."""

    plain: bytes
    packed: bytes | None
    tag: str


@dataclass(frozen=True)
class Place:
    """An address where a file stands, its type, and whether the address names the content for good."""

    tag: str
    mimetype: str
    fingerprinted: bool


class StaticFiles:
    """Serves what other views would, out of memory.

    One file has endless addresses, for Dash ignores fingerprints: each content is kept once, and the number of places
    is bounded.

    Args:
        cache: folder that keeps compressed bytes between starts.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._files: dict[str, File] = {}
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._lock = Lock()

    def wrap(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """The view with its answers kept; whatever is no plain 200 passes unchanged."""

        def serve(*args: Any, **kwargs: Any) -> Any:
            if UNSERVED in request.path:
                abort(404)
            place = self._places.get(request.path)
            if place is None:
                response = make_response(view(*args, **kwargs))
                if response.status_code != 200:  # noqa: PLR2004
                    return response
                place = self._load(response)
            return _answer(self._files[place.tag], place)

        return serve

    def prepare(self, contents: Iterable[bytes]) -> int:
        """Compress well what is not in the cache yet; returns how many files that were."""
        missing = [data for data in contents if len(data) >= SMALLEST and not self._kept(_tag(data)).exists()]
        with ThreadPoolExecutor() as pool:
            for data, packed in zip(missing, pool.map(_compressed, missing), strict=True):
                self._keep(_tag(data), packed)
        return len(missing)

    def _load(self, response: Response) -> Place:
        response.direct_passthrough = False
        data = response.get_data()
        response.close()
        tag = _tag(data)
        mimetype = response.mimetype or "application/octet-stream"
        place = Place(tag, mimetype, fingerprinted=bool(response.cache_control.max_age))
        with self._lock:
            if tag not in self._files:
                self._files[tag] = File(data, self._packed(data, tag), tag)
            self._places[request.path] = place
            while len(self._places) > MOST_PLACES:
                self._places.popitem(last=False)
        return place

    def _packed(self, data: bytes, tag: str) -> bytes | None:
        if len(data) < SMALLEST:
            return None
        kept = self._kept(tag)
        packed: bytes = kept.read_bytes() if kept.exists() else brotli.compress(data, quality=QUICK)
        return packed if len(packed) < len(data) else None

    def _kept(self, tag: str) -> Path:
        return self._cache / f"{tag}.br"

    def _keep(self, tag: str, packed: bytes) -> None:
        self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A name of its own: containers that share the folder start at the same time.
        part = self._kept(tag).with_suffix(f".{secrets.token_hex(4)}.part")
        part.touch(mode=0o600)
        part.write_bytes(packed)
        part.replace(self._kept(tag))


def prepare(assets: Path, cache: Path) -> int:
    """Compress our assets and the scripts of Dash that every page loads, ahead of the first visitor."""
    files = [path for path in assets.iterdir() if path.is_file()]
    for package, patterns in SUITES.items():
        spec = importlib.util.find_spec(package)
        folder = Path(spec.origin).parent if spec and spec.origin else Path()
        files += [path for pattern in patterns for path in folder.glob(pattern)]
    return StaticFiles(cache).prepare([*(path.read_bytes() for path in files), bundle(assets)])


def bundle(assets: Path) -> bytes:
    """The scripts of :data:`BUNDLED` as one; lines that only comment are for those who read the files."""
    return COMMENTS.sub(b"", b"".join((assets / name).read_bytes() for name in BUNDLED))


def init(server: Flask, assets: Path, cache: Path) -> StaticFiles:
    """Put this in front of the views of ``server`` that serve files, and fingerprint the addresses of assets."""
    files, together = StaticFiles(cache), bundle(assets)
    server.add_url_rule(f"/assets/{BUNDLE}", "bundle", lambda: Response(together, mimetype="text/javascript"))
    for rule in server.url_map.iter_rules():
        if rule.rule.lstrip("/").startswith(VIEWS):
            server.view_functions[rule.endpoint] = files.wrap(server.view_functions[rule.endpoint])
    tags = {path.name: _tag(path.read_bytes()) for path in assets.iterdir() if path.is_file()} | {
        BUNDLE: _tag(together)
    }
    server.extensions["salesgate"].asset_url = lambda name: f"/assets/{name}?v={tags[name]}"
    return files


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _compressed(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, quality=BEST)
    return packed


def _answer(file: File, place: Place) -> Response:
    packed = file.packed is not None and request.accept_encodings.quality("br") > 0
    response = Response(file.packed if packed else file.plain, mimetype=place.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "br"
    response.headers["Vary"] = "Accept-Encoding"
    immutable = place.fingerprinted or request.args.get("v") == file.tag
    response.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable" if immutable else "private, no-cache"
    response.set_etag(f"{file.tag}{'-br' if packed else ''}")
    response.make_conditional(request)
    return response
