"""Starting the site: what a newcomer sees, and what is said when it cannot start."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from kit import Installation, command, free_port, run_command

from dashboard.settings import PROJECT


def start(var: Path, port: int) -> tuple[int, str]:
    """Serve with the demo until it says that it is ready, then Ctrl-C; exit code and all that was printed."""
    variables = {**os.environ, "SALESGATE_VAR": str(var), "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--demo"],
        cwd=PROJECT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    lines = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if "admin" in line:
            break
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        assert json.load(answer) == {"status": "ok"}
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    return process.returncode, "".join(lines) + rest


def test_an_empty_installation_becomes_the_demo_and_stays_it(tmp_path: Path) -> None:
    var, port = tmp_path / "var", free_port()
    code, said = start(var, port)
    assert code == 0, said
    assert f"http://localhost:{port}/ (listening on 127.0.0.1:{port};" in said
    assert "Traceback" not in said
    credentials = json.loads((var / "demo-credentials.json").read_text())
    assert set(credentials) == {"procurement_manager", "sales_manager", "admin"}
    for who in credentials.values():
        assert set(who) == {"username", "password"}
        assert who["username"] in said
        assert who["password"] in said
    for private in ("demo-credentials.json", "secret_key", "accounts.db"):
        assert stat.S_IMODE((var / private).stat().st_mode) == 0o600, private
    code, again = start(var, port)
    assert code == 0
    assert "Making the demo data" not in again
    assert json.loads((var / "demo-credentials.json").read_text()) == credentials


def test_a_port_in_use_says_which_and_what_to_do(own: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command(own.var, "serve", PORT=str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


def test_a_wrong_setting_is_refused_before_anything_starts(own: Installation) -> None:
    done = command(own.var, "serve", SALESGATE_SERVER__THREADS="many")
    assert done.returncode == 1
    assert "server.threads" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_process_never_imports_the_import_engine() -> None:
    """Its threads would not survive the fork of the worker, which would then die when it is stopped."""
    code = "import sys, dashboard.cli, dashboard.cli.site; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_imports_are_audited(own: Installation, tmp_path: Path) -> None:
    sales, mapping = tmp_path / "sales.csv", tmp_path / "mapping.toml"
    sales.write_text("day,code,units,price\n2026-01-05,A1,3,2.50\n")
    mapping.write_text(
        'source = "Shop"\ncurrency = "EUR"\ntime_zone = "Europe/Berlin"\n'
        '[columns]\nproduct = "code"\nquantity = "units"\ndate = "day"\nprice = "price"\n'
    )
    before = run_command(own.var, "audit", "verify").stdout
    done = run_command(own.var, "import", str(sales), "--mapping", str(mapping))
    assert done.returncode == 0, done.stderr
    after = run_command(own.var, "audit", "verify").stdout
    counts = [int(text.split(": ")[1].split()[0]) for text in (before, after)]
    assert counts[1] == counts[0] + 1
