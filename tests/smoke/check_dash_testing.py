"""dash[testing] at our own site: Dash's own fixtures sign in and see the charts. Run by tests/browser/test_smoke.py."""

import os

from dash.testing.composite import DashComposite


def test_dash_duo_sees_the_units_page(dash_duo: DashComposite) -> None:
    url, username, password = (os.environ[name] for name in ("SITE", "SITE_USERNAME", "SITE_PASSWORD"))
    dash_duo.driver.get(f"{url}/sign-in")
    dash_duo.find_element("#username").send_keys(username)
    dash_duo.find_element("#password").send_keys(password)
    dash_duo.find_element("button[type=submit]").click()
    dash_duo.wait_for_text_to_equal("h1", "Overview", timeout=20)
    dash_duo.driver.get(f"{url}/units")
    dash_duo.wait_for_text_to_equal("h1", "Units sold", timeout=20)
    dash_duo.wait_for_element("#units-best .bars path", timeout=20)
    assert dash_duo.get_logs() == []
