from test_single_sign_on_journeys import *
from test_single_sign_on_journeys import Colleague
def test_shot(chromium, company):
    for theme in ("light","dark"):
        for width in (390,1440):
            c=Colleague(chromium, company, width=width, theme=theme)
            c.page.goto("/sign-in"); c.page.screenshot(path=f"/tmp/w/h5/shots/signin-{theme}-{width}.png")
            print(c.axe())
            c.sign_in("procurement_manager")
            c.page.goto("/account"); c.page.wait_for_load_state("networkidle")
            c.page.screenshot(path=f"/tmp/w/h5/shots/account-{theme}-{width}.png", full_page=True)
            c.page.goto("/sign-on/company/connect"); c.page.screenshot(path=f"/tmp/w/h5/shots/connect-{theme}-{width}.png")
            c.wrong=[]; c.close()
