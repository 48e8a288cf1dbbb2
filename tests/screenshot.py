"""Takes the picture of the README out of the demo: `make screenshot`."""

import tempfile
from pathlib import Path

from kit import command, serve, with_users

from dashboard.settings import PROJECT
from tests.browser.browser_kit import Visitor, launch

PICTURE = PROJECT / "docs" / "images" / "revenue.png"


def main() -> None:
    """Sign in as the Sales Manager and take the upper part of the page."""
    with tempfile.TemporaryDirectory() as folder, launch() as browser:
        var = Path(folder) / "var"
        made = command(var, "demo")
        assert made.returncode == 0, made.stderr
        for served in serve(with_users(var)):
            visitor = Visitor(browser, served, width=1280)
            visitor.sign_in("sales_manager")
            visitor.page.goto("/revenue?from=2026-10&to=2026-10")
            visitor.drawn()
            end = visitor.page.locator(".sg-pair").evaluate("pair => pair.getBoundingClientRect().bottom + 16")
            visitor.page.screenshot(path=PICTURE, full_page=True, clip={"x": 0, "y": 0, "width": 1280, "height": end})
            visitor.close()
    print(f"{PICTURE.relative_to(PROJECT)}: {PICTURE.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
