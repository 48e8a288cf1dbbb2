import tomllib
from pathlib import Path

import pytest

from dashboard.settings import PROJECT, Sections, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "SALESGATE_VAR", "SALESGATE_SETTINGS"):
        monkeypatch.delenv(name, raising=False)


def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("SALESGATE_SETTINGS", str(path))
    return path


def test_the_shipped_file_names_every_default() -> None:
    shipped = tomllib.loads((PROJECT / "settings.toml").read_text(encoding="utf-8"))
    assert Sections.model_validate(shipped, strict=True) == Sections()
    declared = {name for name in Sections.model_fields if name not in {"roles", "mappings", "binds", "sources", "oidc"}}
    assert set(shipped) == declared
    for name, field in Sections.model_fields.items():
        if name in shipped and isinstance(shipped[name], dict):
            assert set(shipped[name]) == set(field.annotation.model_fields)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file(tmp_path, monkeypatch, "title = 'Acme'\n[server]\nport = 8100\nthreads = 3\n")
    monkeypatch.setenv("SALESGATE_SERVER__PORT", "8200")
    settings = load_settings()
    assert (settings.title, settings.server.port, settings.server.threads) == ("Acme", 8200, 3)
    monkeypatch.setenv("PORT", "8300")
    monkeypatch.setenv("HOST", "127.0.0.2")
    short = load_settings()
    assert (short.server.host, short.server.port, short.server.threads) == ("127.0.0.2", 8300, 3)


def test_var_names_another_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_VAR", str(tmp_path / "two"))
    settings = load_settings()
    assert settings.var == tmp_path / "two"
    assert settings.accounts_url == f"sqlite:///{tmp_path / 'two' / 'accounts.db'}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[server]\nprot = 1", "server.prot: unknown key"),
        ("colour = 'red'", "colour: unknown key"),
        ("[server]\nport = '8050'", "server.port: .*valid integer.*'8050'"),
        ("[server]\nport = 0", "server.port: .*greater than or equal to 1"),
        ("[session]\nidle_minutes = true", "session.idle_minutes"),
        ("log_level = 'LOUD'", "log_level"),
        ("[server", "not valid TOML"),
        *[
            (f"[limits]\n{name} = 'lots'", f"limits.{name}: .*write it like 30 per minute")
            for name in Sections().limits.model_dump()
            if name != "storage"
        ],
        ("[limits]\nper_address = ''", "limits.per_address: .*write it like 30 per minute"),
        ("[limits]\nstorage = 'memory://'", "limits.storage: .*redis://127.0.0.1:6379/0"),
        ("[limits]\nstorage = 'http://127.0.0.1'", "limits.storage: .*redis://127.0.0.1:6379/0"),
        ("[server]\nworkers = 2", "server.workers: several workers need shared counters"),
        ("[server]\nworkers = 0", "server.workers: .*greater than or equal to 1"),
        ("[server]\npublic_url = 'sales.example.com'", "server.public_url: .*write it like https://sales.example.com"),
        ("[server]\npublic_url = 'https://sales.example.com/'", "server.public_url: .*without a path"),
        ("[server]\npublic_url = 'javascript://x'", "server.public_url"),
        ("[registration]\nmode = 'maybe'", "registration.mode"),
        ("[registration]\nverify_hours = 0", "registration.verify_hours: .*greater than 0"),
        ("[registration]\nverify_hours = 169", "registration.verify_hours: .*less than or equal to 168"),
        ("[session]\nremember_days = 91", "session.remember_days: .*less than or equal to 90"),
        ("[session]\nfresh_minutes = 0", "session.fresh_minutes: .*greater than 0"),
        ("[session]\nwarn_seconds = -1", "session.warn_seconds: .*greater than or equal to 0"),
        ("[sign_in]\ndevice_days = 367", "sign_in.device_days: .*less than or equal to 366"),
        ("[recovery]\ntoken_minutes = 1441", "recovery.token_minutes: .*less than or equal to 1440"),
        ("[recovery]\ndate_of_birth = 'yes'", "recovery.date_of_birth"),
        ("[second_factor]\nrequired_for = ['sales_manager']", "second_factor.required_for: .*keep admin in the list"),
        ("[second_factor]\ngrace_until = '31.12.2026'", "second_factor.grace_until: .*write the day like 2027-01-31"),
        ("[second_factor]\nmethods = ['sms']", "second_factor.methods"),
        ("[second_factor]\ncode_minutes = 61", "second_factor.code_minutes: .*less than or equal to 60"),
        ("[mail]\nsender = 'nobody'", "mail.sender: .*write it like Salesgate"),
        ('[mail]\nsender = "a@b.example\\r\\nBcc: c@d.example"', "mail.sender"),
        ("[mail]\nsecurity = 'ssl'", "mail.security"),
        ("[accounts]\nstale_days = 0", "accounts.stale_days: .*greater than or equal to 1"),
    ],
)
def test_a_bad_file_is_refused_with_file_key_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    path = file(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match=reason) as refusal:
        load_settings()
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SALESGATE_SERVER__PORT", "many", "server.port: .*many"),
        ("SALESGATE_SERVER__PROT", "1", "server.prot: unknown key"),
        ("SALESGATE_COLOUR", "red", "SALESGATE_COLOUR: unknown setting"),
        ("PORT", "http", "server.port: .*http"),
    ],
)
def test_a_bad_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=reason):
        load_settings()


def test_a_missing_file_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESGATE_SETTINGS", "/nowhere/settings.toml")
    with pytest.raises(SettingsError, match=r"/nowhere/settings\.toml: no such settings file; set SALESGATE_SETTINGS"):
        load_settings()


def test_settings_cannot_be_changed_in_passing() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().server.port = 1  # type: ignore[misc]
    assert isinstance(load_settings(), Settings)


@pytest.mark.parametrize(
    "storage", ["redis://127.0.0.1:6379/0", "rediss://:word@redis.example:6380", "redis+unix:///run/redis"]
)
def test_several_workers_may_count_in_redis(storage: str) -> None:
    settings = load_settings(server={"workers": 4}, limits={"storage": storage})
    assert (settings.server.workers, settings.limits.storage) == (4, storage)
