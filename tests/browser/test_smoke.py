"""The one test with dash[testing], in the environment of its own that `make test` makes for it."""

import os
import subprocess

from kit import Served

from dashboard.settings import PROJECT

SMOKE = PROJECT / ".venv-smoke" / "bin" / "python"


def test_dash_testing_works_with_the_site(site: Served) -> None:
    assert SMOKE.exists(), "make test prepares the environment of this test"
    me = site.installation.credentials["procurement_manager"]
    variables = {**os.environ, "SITE": site.url, "SITE_USERNAME": me["username"], "SITE_PASSWORD": me["password"]}
    folder = PROJECT / "tests" / "smoke"
    arguments = ["-c", str(folder / "pytest.ini"), "--headless", str(folder / "check_dash_testing.py")]
    done = subprocess.run(
        [SMOKE, "-m", "pytest", *arguments], env=variables, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
