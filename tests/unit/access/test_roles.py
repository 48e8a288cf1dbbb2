import pytest

from dashboard.access import Forbidden, Permission, Roles, Scope, allows, built_in_roles, require
from dashboard.settings import RoleScope, RoleSettings, SettingsError

P = Permission
# Role x permission, as promised; a change here is a change of who sees what.
MATRIX = {
    "procurement_manager": {P.MEASURE_UNITS, P.MEASURE_STOCK},
    "sales_manager": {P.MEASURE_UNITS, P.MEASURE_REVENUE},
    "admin": {P.USERS_MANAGE, P.ROLES_MANAGE, P.SESSIONS_MANAGE, P.AUDIT_READ, P.SOURCES_MANAGE},
    "no_role": set(),
}


@pytest.mark.promise("ASVS 8.1.1")
def test_the_built_in_roles_hold_exactly_what_the_matrix_says() -> None:
    for role in built_in_roles():
        viewer = role.viewer(1, "x")
        for permission in Permission:
            assert allows(viewer, permission) == (permission in MATRIX[role.key])
            if permission not in MATRIX[role.key]:
                with pytest.raises(Forbidden, match=permission.value):
                    require(viewer, permission)


def test_every_permission_has_words_for_people() -> None:
    assert all(permission.meaning for permission in Permission)


def test_a_role_of_ones_own_has_its_scope() -> None:
    own = RoleSettings(name="North", permissions=["measure:units"], scope=RoleScope(region=["North"], channel=[]))
    role = Roles.from_settings({"north": own})["north"]
    assert role.permissions == {P.MEASURE_UNITS}
    assert (role.scope.region, role.scope.category, role.scope.channel) == (frozenset({"North"}), None, frozenset())


@pytest.mark.parametrize(
    ("key", "permissions", "words"),
    [("north", ["measure:everything"], "measure:everything.*known are measure:units"), ("admin", [], "built-in role")],
)
def test_a_bad_role_is_refused_with_the_reason(key: str, permissions: list[str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Roles.from_settings({key: RoleSettings(name="x", permissions=permissions)})


def test_digest_and_version_change_with_the_rights_and_only_then() -> None:
    assert Scope(region=frozenset({"a", "b"})).digest == Scope(region=frozenset({"b", "a"})).digest
    assert len({Scope().digest, Scope(region=frozenset()).digest, Scope(channel=frozenset()).digest}) == 3
    one, two, three, _ = built_in_roles()
    assert len({one.version, two.version, three.version}) == 3


def test_only_the_three_dimensions_have_a_scope() -> None:
    with pytest.raises(KeyError):
        Scope().allowed("digest")
