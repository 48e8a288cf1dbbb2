"""What accounts learn of the person who sends a request."""

from web_kit import Installation

from dashboard.access import built_in_roles
from dashboard.web.viewer import current_actor


def test_the_actor_carries_the_rights_of_this_moment(shared: Installation) -> None:
    seen = []
    shared.server.add_url_rule("/who", "who", lambda: seen.append(current_actor()) or "")  # type: ignore[func-returns-value]
    shared.site.pages["/who"] = None
    for role in (found for found in built_in_roles() if found.key in shared.users):
        browser = shared.signed_in(role.key)
        browser.environ_base["REMOTE_ADDR"] = "::ffff:192.0.2.9"
        assert browser.get("/who").status_code == 200
        actor = seen[-1]
        assert (actor.username, actor.permissions, actor.scope) == (role.key, role.permissions, role.scope)
        assert (actor.origin.ip, len(actor.session)) == ("192.0.2.9", 12)
