"""A part of the API: operations, each of which says who may use it before anything else is said about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, make_response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.schema import Schema
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from dashboard.access import Permission
from dashboard.api.models.common import Problem
from dashboard.api.problems import TOO_LONG, meaning
from dashboard.api.reading import JSON, Reader
from dashboard.web.viewer import current_caller

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"
TOKEN, KEY = "token", "key"  # names of the security schemes
_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


@dataclass(frozen=True)
class Access:
    """Who may use an operation.

    Attributes:
        public: anybody, without a token.
        token: public, but an access token may come along and then says what is meant.
        person: signed-in people only, no API keys.
        needs: permissions, all of which the caller must have; the gate to the figures asks for more by itself.
    """

    public: bool = False
    token: bool = False
    person: bool = False
    needs: tuple[Permission, ...] = ()


PUBLIC, SIGNED_IN, PERSON = Access(public=True), Access(), Access(person=True)
TOKEN_OR_NONE = Access(public=True, token=True)
View = Callable[..., BaseModel | Response | None]


def needing(*permissions: Permission, person: bool = False) -> Access:
    """Access for callers who hold all of ``permissions``."""
    return Access(person=person, needs=permissions)


class Part(APIBlueprint):
    """Some operations of one kind, under one heading of the documentation.

    Attributes:
        accesses: endpoint -> who may use it; an endpoint that is not here is open to nobody.
    """

    def __init__(self, name: str, heading: str, description: str) -> None:
        tag = Tag(name=heading, description=description)
        super().__init__(
            f"api_{name}",
            __name__,
            url_prefix=PREFIX,
            abp_tags=[tag],
            operation_id_callback=lambda *, name, **_: f"{self.name.removeprefix('api_')}_{name}",
        )
        self.accesses: dict[str, Access] = {}
        self.components_schemas["Problem"] = Schema(**_schema_of_problem(self.components_schemas))

    def operation(
        self,
        method: str,
        rule: str,
        access: Access,
        *,
        returns: type[BaseModel] | None = None,
        status: int = 200,
        also: Iterable[int] = (),
    ) -> Callable[[View], View]:
        """Declare an operation.

        The function gets the :class:`Caller` first (unless the access is public), then ``path``, ``query`` and ``body``
        as far as its annotations name models for them. It returns an instance of ``returns``, a response of its own, or
        None (``status`` 204). ``also`` are statuses of problems besides those that follow from its parts.
        """

        def declare(function: View) -> View:
            kinds = function.__annotations__
            reader = Reader(kinds.get("path"), kinds.get("query"), kinds.get("body"))

            @wraps(function)
            def view(**in_path: Any) -> Response:
                given = reader.read(in_path)
                answer = function(**given) if access.public else function(current_caller(), **given)
                return answered(answer, status)

            self.accesses[f"{self.name}.{function.__name__}"] = access
            responses = {status: returns, **_problems(access, kinds, also)}
            declared = getattr(self, method.lower())
            declared(rule, responses=responses, security=_security(access))(view)
            return function

        return declare

    @staticmethod
    def create_view_func(func: Any, *_: Any, **__: Any) -> Any:
        """The function itself: it reads and answers by itself."""
        return func


def answered(answer: BaseModel | Response | None, status: int) -> Response:
    """The response for what an operation returned."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        response = make_response(b"", status)
        del response.headers["Content-Type"]
        return response
    return make_response(answer.model_dump_json().encode(), status, {"Content-Type": JSON})


def _security(access: Access) -> list[dict[str, list[Any]]]:
    if access.public:
        return [{}, {TOKEN: []}] if access.token else []
    return [{TOKEN: []}] if access.person else [{TOKEN: []}, {KEY: []}]


def _problems(access: Access, kinds: Iterable[str], also: Iterable[int]) -> dict[int, dict[str, Any]]:
    statuses = {400, 429, 503, *also}
    if not access.public:
        statuses |= {401, 403}
    if "path" in kinds:
        statuses.add(404)
    if "body" in kinds:
        statuses |= {413, 415}
    too_long = {414: {"description": TOO_LONG}} if "query" in kinds else {}
    return {status: _problem(status) for status in sorted(statuses)} | too_long


def _problem(status: int) -> dict[str, Any]:
    return {"description": meaning(status), "content": {PROBLEM: {"schema": _PROBLEM_SCHEMA}}}


def _schema_of_problem(components: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    components.update({name: Schema(**part) for name, part in schema.pop("$defs").items()})
    return schema
