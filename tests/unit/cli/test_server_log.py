"""Gunicorn's own lines: what it cannot read it repeats, whatever stands there."""

import logging
from io import StringIO

import pytest
from gunicorn.config import Config

from dashboard.cli.serving import options
from dashboard.settings import load_settings

KEY = f"sgk_abcd1234_{'q' * 43}"


@pytest.mark.promise("ASVS 16.2.5", "ASVS 14.2.1")
@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_request_that_cannot_be_read_leaves_no_key_in_the_log(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Handlers of the tests hang there as well: those are to stay as they are.
    for name in ("gunicorn.error", "gunicorn.access"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    config = Config()
    config.set("errorlog", "-")
    logger = options(load_settings(log_format=kind))["logger_class"](config)
    handlers = [one for one in logger.error_log.handlers if isinstance(one, logging.StreamHandler)]
    said = StringIO()
    for handler in handlers:
        handler.setStream(said)
    logger.warning("Invalid HTTP request line: %r", f"GET /api/v1/me?key={KEY} HTTP/1.1\0")
    assert "Invalid HTTP request line" in said.getvalue()
    assert "<hidden>" in said.getvalue()
    assert KEY[13:] not in said.getvalue()
