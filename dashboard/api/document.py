"""The OpenAPI document, made of the operations and their models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI

from dashboard.api.models.common import Problem
from dashboard.api.part import KEY, TOKEN, Access, Part
from dashboard.api.samples import problem_sample, sample
from dashboard.api.schemas import Schema, allow_more, in_use, tidy, tidy_parameter

VERSION = "1.0.0"
_DESCRIPTION = """What the pages show, for programs. Sign in for an access token (15 minutes) and a refresh token, or \
have an API key made on the account page. Figures are integers: counts, or amounts in the smallest unit of the \
currency. Every problem is an `application/problem+json` document whose `code` tells what went wrong. Every answer \
says how much more you may ask for: `RateLimit-Limit`, `RateLimit-Remaining`, and `RateLimit-Reset` in seconds."""
_MADE = "201"
# Names of the answers that many operations share.
_PROBLEMS = {
    "400": "BadRequest",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "413": "TooLarge",
    "415": "NotJson",
    "429": "TooMany",
    "503": "Unavailable",
}
_NOT_OURS = {"414": "AddressTooLong"}  # the web server answers before the application is asked
_HEADERS = {
    "RateLimit-Limit": ("integer", "requests that the narrowest limit allows in its time"),
    "RateLimit-Remaining": ("integer", "how many of them are left"),
    "RateLimit-Reset": ("integer", "seconds until there are more"),
    "X-Request-ID": ("string", "id of the request, as it stands in the server's log"),
    "Location": ("string", "address of what was made"),
    "Retry-After": ("integer", "seconds to wait"),
    "WWW-Authenticate": ("string", "how to authenticate"),
}
_ALWAYS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-ID")
_SOMETIMES = {_MADE: ("Location",), "401": ("WWW-Authenticate",), "429": ("Retry-After",)}


def document(parts: Sequence[Part], title: str, url: str) -> dict[str, Any]:
    """The document as JSON values. ``url`` is where people reach the site."""
    described = _generated(parts, title, url)
    accesses = {_id(endpoint): access for part in parts for endpoint, access in part.accesses.items()}
    components = described["components"]
    asked = in_use([operation.get("requestBody") for operation in _operations(described)], components["schemas"])
    for name, schema in components["schemas"].items():
        tidy(schema)
        if name not in asked:
            allow_more(schema)
    components["headers"] = {name: _header(*told) for name, told in _HEADERS.items()}
    components["responses"] = {}
    for operation in _operations(described):
        _finish(operation, components, accesses[operation["operationId"]])
    rest = {name: value for name, value in components.items() if name != "schemas"}
    components["schemas"] = in_use([described["paths"], rest], components["schemas"])
    return described


def _generated(parts: Iterable[Part], title: str, url: str) -> dict[str, Any]:
    schemes: dict[str, SecurityScheme | dict[str, Any]] = {
        TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "an access token"},
        KEY: {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "an API key"},
    }
    app = OpenAPI(
        __name__,
        info=Info(title=f"{title} API", version=VERSION, description=_DESCRIPTION),
        security_schemes=schemes,
        servers=[Server(url=url)],
        validation_error_status=400,
        validation_error_model=Problem,
        doc_ui=False,
    )
    for part in parts:
        app.register_api(part)
    return app.api_doc


def _id(endpoint: str) -> str:
    return endpoint.removeprefix("api_").replace(".", "_")


def _operations(described: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in described["paths"].values():
        yield from item.values()


def _finish(operation: dict[str, Any], components: dict[str, Any], access: Access) -> None:
    schemas = components["schemas"]
    operation.setdefault("security", [])
    # The library joins the lines of a docstring by tags, which nobody else takes for a line's end.
    described = operation.get("description", "").replace("<br/>", " ").strip()
    operation["description"] = "\n\n".join(filter(None, [described, _who(access)]))
    for parameter in operation.get("parameters", ()):
        _tell(parameter)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media["example"] = sample(media["schema"], schemas)
    for status, response in operation["responses"].items():
        if status in _NOT_OURS:
            components["responses"][_NOT_OURS[status]] = response
            operation["responses"][status] = {"$ref": f"#/components/responses/{_NOT_OURS[status]}"}
            continue
        headers = (*_ALWAYS, *_SOMETIMES.get(status, ()))
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
        if status in _PROBLEMS:
            for media in response["content"].values():
                media["example"] = problem_sample(int(status), response["description"].partition(" Codes:")[0])
            components["responses"][_PROBLEMS[status]] = response
            operation["responses"][status] = {"$ref": f"#/components/responses/{_PROBLEMS[status]}"}
        else:
            _show(response, schemas)


def _tell(parameter: dict[str, Any]) -> None:
    schema = tidy_parameter(parameter["schema"])
    schema.pop("description", None)
    for example in schema.pop("examples", ()):
        parameter["example"] = example


def _who(access: Access) -> str:
    if access.public:
        return "For anybody; an access token may come along." if access.token else "For anybody, without a token."
    who = "people who have signed in" if access.person else "whoever has signed in, and API keys"
    if not access.needs:
        return f"For {who}."
    return f"For {who}, with the right {' and '.join(f'`{one.value}`' for one in access.needs)}."


def _show(response: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
    for media in response.get("content", {}).values():
        media["example"] = sample(media["schema"], schemas)
        model = schemas.get(media["schema"].get("$ref", "").rpartition("/")[2], {})
        response["description"] = model.get("description", response["description"])
    if "content" not in response:
        response["description"] = "Done; there is nothing to tell."


def _header(kind: str, description: str) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": {"type": kind}}
