"""API keys: one's own, and those of others for administrators. Keys are made and revoked by people only."""

from flask import Response, url_for

from dashboard.access import Permission
from dashboard.accounts import ApiKey, NewApiKey, NotFoundError
from dashboard.api.models.common import Paging
from dashboard.api.models.keys import Key, KeyPath, Keys, MadeKey, NewKey, UserKeyPath
from dashboard.api.models.users import UserPath
from dashboard.api.part import PERSON, Part, answered, needing
from dashboard.ui.caller import Caller

CREATED = 201
MANAGING = needing(Permission.USERS_MANAGE, person=True)

part = Part("keys", "API keys", "Keys for programs of partners, with a part of their owner's permissions.")


@part.operation("GET", "/me/keys", PERSON, returns=Keys)
def show_own(caller: Caller, query: Paging) -> Keys:
    """Your own keys, newest first."""
    return _page(caller, caller.viewer.user_id, query)


@part.operation("POST", "/me/keys", PERSON, returns=MadeKey, status=CREATED)
def make(caller: Caller, body: NewKey) -> Response:
    """Have a key made. It needs a fresh sign-in (403 `not_fresh`), and you are told of it by mail."""
    new = NewApiKey(body.name, frozenset(body.scopes), body.days, tuple(body.networks))
    key, secret = caller.accounts.keys.make(new, caller.actor)
    response = answered(MadeKey(**_key(key, caller.viewer.permissions).model_dump(), secret=secret), CREATED)
    response.headers["Location"] = url_for(".show_one", key=key.id)
    return response


@part.operation("GET", "/me/keys/<int:key>", PERSON, returns=Key)
def show_one(caller: Caller, path: KeyPath) -> Key:
    """One of your own keys."""
    mine = caller.accounts.keys.list(caller.viewer.user_id)
    found = next((one for one in mine if one.id == path.key), None)
    if found is None:
        raise NotFoundError("There is no such key.")
    return _key(found, caller.viewer.permissions)


@part.operation("DELETE", "/me/keys/<int:key>", PERSON, status=204)
def revoke_own(caller: Caller, path: KeyPath) -> None:
    """Revoke a key of yours: it does not work from the next request on."""
    caller.accounts.keys.revoke(caller.viewer.user_id, path.key, caller.actor)


@part.operation("GET", "/users/<int:id>/keys", MANAGING, returns=Keys)
def show(caller: Caller, path: UserPath, query: Paging) -> Keys:
    """The keys of a user, newest first."""
    return _page(caller, path.id, query)


@part.operation("DELETE", "/users/<int:id>/keys/<int:key>", MANAGING, status=204)
def revoke(caller: Caller, path: UserKeyPath) -> None:
    """Revoke a key of a user."""
    caller.accounts.keys.revoke(path.id, path.key, caller.actor)


def _page(caller: Caller, user_id: int, query: Paging) -> Keys:
    owner = caller.accounts.user(user_id)
    role = caller.accounts.roles.get(owner.role)
    held = role.permissions if role else frozenset[Permission]()
    every = caller.accounts.keys.list(user_id)
    some = every[query.offset : query.offset + query.limit]
    return Keys(items=[_key(one, held) for one in some], total=len(every), offset=query.offset, limit=query.limit)


def _key(key: ApiKey, held: frozenset[Permission]) -> Key:
    return Key(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes & held),
        lost_scopes=sorted(key.scopes - held),
        networks=list(key.networks),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        last_used_ip=key.last_used_ip,
    )
