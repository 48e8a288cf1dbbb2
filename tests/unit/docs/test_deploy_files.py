"""Files that a site is run with: what they name exists, they fit the program, and they open nothing by mistake."""

import fnmatch
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard.cli.serving import KEEPALIVE_SECONDS
from dashboard.settings import PROJECT, load_settings
from dashboard.web.headers import HSTS
from dashboard.web.server import LARGEST_BODY

NGINX = PROJECT / "deploy" / "nginx" / "salesgate.conf"
NEEDED = {"app.py", "gunicorn.conf.py", "settings.toml", "requirements.txt", "assets", "dashboard", "pages"}


def instructions() -> list[tuple[str, list[str]]]:
    """The instructions of the Dockerfile with their words."""
    lines = [line for line in (PROJECT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], shlex.split(line.split(None, 1)[1])) for line in joined.splitlines() if line]


def stages() -> dict[str, list[tuple[str, list[str]]]]:
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for word, rest in instructions():
        if word == "FROM":
            found[rest[-1]] = []
        if found:
            found[list(found)[-1]].append((word, rest))
    return found


def copied() -> set[str]:
    given = (rest for word, rest in instructions() if word == "COPY" and not rest[0].startswith("--from"))
    return {source for sources in given for source in sources[:-1]}


def let_in(name: str) -> bool:
    """Whether .dockerignore lets ``name``, of the top level, into the build: the last line that fits counts."""
    verdict = True
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").rstrip("/")
        if line and not line.startswith("#") and fnmatch.fnmatch(name, pattern):
            verdict = line.startswith("!")
    return verdict


@pytest.mark.promise("ASVS 13.3.1")
def test_what_the_image_needs_is_copied_and_nothing_else_gets_near_it() -> None:
    assert copied() == NEEDED
    assert all((PROJECT / name).exists() for name in copied())
    there = {path.name for path in PROJECT.iterdir()} | {"var", ".git", ".env", "tests", "deploy", ".venv"}
    assert {name for name in there if let_in(name)} <= NEEDED
    assert {name for name in NEEDED if let_in(name)} == NEEDED


def test_every_package_of_the_program_is_in_the_image() -> None:
    """What the program imports of its own stands in folders that are copied."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(contracts["root_packages"]) <= copied()


def test_the_image_runs_as_nobody_special_and_can_say_whether_it_lives() -> None:
    last = list(stages())[-1]
    assert last == "salesgate"
    assert stages()[last] == [("FROM", ["base", "AS", "salesgate"]), ("USER", ["10001:10001"])]
    base = dict(stages()["base"])
    assert "CMD" in base["HEALTHCHECK"]
    command = (PROJECT / "Dockerfile").read_text().partition("\nCMD ")[2].splitlines()[0]
    assert command == '["gunicorn", "--config", "gunicorn.conf.py"]'
    assert base["VOLUME"] == ["/var/lib/salesgate"]


def test_only_ready_made_packages_whose_hash_is_known_get_into_the_image() -> None:
    runs = [" ".join(rest) for word, rest in instructions() if word == "RUN"]
    installs = [run for run in runs if "pip install" in run]
    assert len(installs) == 1
    assert all(option in installs[0] for option in ("--require-hashes", "--only-binary :all:", "-r requirements.txt"))
    ours = [name for name, stage in stages().items() if any("apt-get" in rest for word, rest in stage if word == "RUN")]
    assert ours == ["sql-server"]
    assert instructions()[0] == ("ARG", ["PYTHON=python:3.11-slim-bookworm"])


def test_the_dockerfile_is_linted() -> None:
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([program, PROJECT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "compose.yaml").read_text())


@pytest.mark.promise("only nginx can be reached from outside")
def test_only_nginx_publishes_ports_and_it_reaches_no_database(compose: dict[str, Any]) -> None:
    services, networks = compose["services"], compose["networks"]
    assert {name for name, service in services.items() if "ports" in service} == {"nginx"}
    assert services["nginx"]["ports"] == ["80:80", "443:443"]
    assert {name for name, network in networks.items() if not network.get("internal")} == {"edge", "out"}
    on = {name: set(service["networks"]) for name, service in services.items()}
    assert on == {
        "app1": {"web", "data", "out", "monitor"},
        "app2": {"web", "data", "out", "monitor"},
        "nginx": {"edge", "web"},
        "postgres": {"data"},
        "redis": {"data"},
    }


def test_every_container_has_as_little_as_it_needs(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert re.fullmatch(r"salesgate|[a-z]+:[0-9][0-9a-z.-]*", service["image"]), name
        assert service.get("privileged") is None, name
        assert "/var/run/docker.sock" not in str(service), name
    assert {name: service["cap_add"] for name, service in compose["services"].items() if "cap_add" in service} == {
        "nginx": ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"]
    }


def test_what_is_waited_for_can_say_that_it_is_ready(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[other] or services[other]["image"] == "salesgate"


@pytest.mark.parametrize(("threads", "code"), [("8", 0), ("many", os.EX_CONFIG)])
def test_wrong_settings_stop_a_reload_and_are_not_tried_again(tmp_path: Path, threads: str, code: int) -> None:
    unit = (PROJECT / "deploy" / "systemd" / "salesgate.service").read_text().splitlines()
    check, reload = [line.removeprefix("ExecReload=") for line in unit if line.startswith("ExecReload=")]
    assert reload == "/bin/kill -HUP $MAINPID"
    assert f"RestartPreventExitStatus={os.EX_CONFIG}" in unit
    environment = {**os.environ, "SALESGATE_VAR": str(tmp_path / "var"), "SALESGATE_SERVER__THREADS": threads}
    command = [sys.executable, *check.split()[1:]]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "server.threads" in done.stderr) == (code, code != 0), done.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.promise("ASVS 13.3.1")
def test_secrets_are_files_that_the_repository_ignores(compose: dict[str, Any]) -> None:
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert "/deploy/secrets/" in ignored
    assert {Path(secret["file"]).parent for secret in compose["secrets"].values()} == {Path("deploy/secrets")}
    used: set[str] = set()
    for service in compose["services"].values():
        used |= {one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])}
    assert used == compose["secrets"].keys()
    guide = (PROJECT / "docs" / "how-to" / "deploy.md").read_text()
    assert [name for one in compose["secrets"].values() if (name := Path(one["file"]).name) not in guide] == []


def test_the_environment_of_the_containers_is_understood(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("SALESGATE_")]:
        monkeypatch.delenv(name)
    app = compose["services"]["app1"]
    for name, value in {"HOST": "0.0.0.0", "PORT": "8050", **app["environment"]}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(var=tmp_path)
    assert (settings.server.https, settings.server.proxy_hops, settings.public_url) == (
        True,
        1,
        "https://sales.example.com",
    )
    assert settings.limits.storage.startswith("redis://redis:")
    assert settings.accounts_url.startswith("postgresql+psycopg://salesgate@postgres/")
    targets = {one["target"] for one in app["secrets"]}
    assert targets == {"/var/lib/salesgate/secret_key", settings.accounts_url.partition("passfile=")[2]}
    assert "environment" not in compose["services"]["nginx"]


def without_comments() -> str:
    return re.sub(r"(?m)(^|\s)#.*$", "", NGINX.read_text())


def directives(name: str) -> list[str]:
    return [" ".join(found.split()) for found in re.findall(rf"(?m)^\s*{name}\s+([^;]+);", without_comments())]


@pytest.mark.promise("ASVS 4.1.3", "ASVS 15.3.4")
def test_nginx_believes_nothing_that_a_client_says_of_its_address() -> None:
    headers = dict(given.split(" ", 1) for given in directives("proxy_set_header"))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "$scheme"
    empty = {name for name, value in headers.items() if value == '""'}
    assert {"X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "Proxy", "Connection"} <= empty
    assert "$proxy_add_x_forwarded_for" not in NGINX.read_text()


def test_nginx_has_the_limits_of_the_application() -> None:
    assert directives("client_max_body_size") == [f"{LARGEST_BODY // 1024**2}m"]
    idle = [time for time in directives("keepalive_timeout") if time.endswith("s")]
    assert [int(time[:-1]) < KEEPALIVE_SECONDS for time in idle] == [True]
    assert directives("proxy_request_buffering") == ["on"]
    assert directives("gzip") == ["off"]
    assert directives("proxy_next_upstream") == ["error timeout"]
    assert f'"" "{HSTS}";' in NGINX.read_text()


def test_the_workflow_runs_what_a_developer_runs() -> None:
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    runs = " ".join(step.get("run", "") for step in steps)
    assert [command for command in ("make check", "make test", "docker build") if command not in runs] == []
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["check"]["env"]["AUDIT"] == "required"
    assert [step["uses"] for step in steps if not step.get("uses", "actions/").startswith("actions/")] == []
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_the_unit_starts_what_is_there() -> None:
    unit = (PROJECT / "deploy" / "systemd" / "salesgate.service").read_text()
    start = re.findall(r"(?m)^ExecStart=(.*)$", unit)
    assert start == ["/srv/salesgate/.venv/bin/gunicorn --config gunicorn.conf.py"]
    assert (PROJECT / "gunicorn.conf.py").exists()
    assert "NoNewPrivileges=yes" in unit
    assert "User=salesgate" in unit
