"""Reading a request strictly into typed models: nothing is guessed, ignored or converted beyond what its place asks.

The library that writes the OpenAPI document would read requests too, but builds the JSON schema of every model anew
for each of them (docs/decisions/0008-api-library.md).
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from flask import abort, request
from pydantic import BaseModel, ValidationError

from dashboard.api.models.common import FieldError

Place = Literal["path", "query", "body"]
JSON = "application/json"
MOST_ERRORS = 20  # that are told of: an answer must not be many times as large as its request
LONGEST_FIELD = 100  # characters of its name


class InvalidRequest(Exception):
    """The request does not fit its description; ``errors`` say what, where and why."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("The request does not fit its description.")
        self.errors = errors


class Reader:
    """Reads the parts of a request that an operation declares.

    Args:
        path, query, body: the models; None where the operation has no such part.
    """

    def __init__(
        self, path: type[BaseModel] | None, query: type[BaseModel] | None, body: type[BaseModel] | None
    ) -> None:
        self._path, self._query, self._body = path, query, body
        self._lists = _list_fields(query) if query else frozenset()

    def read(self, in_path: Mapping[str, Any]) -> dict[str, BaseModel]:
        """The models by the names of their places.

        Raises:
            InvalidRequest: something does not fit.
        """
        found: dict[str, BaseModel] = {}
        if self._path:
            found["path"] = _valid("path", self._path, in_path)
        if self._query:
            found["query"] = _valid("query", self._query, self._arguments())
        elif request.args:
            raise InvalidRequest([FieldError(place="query", field=next(iter(request.args)), message="not known here")])
        if self._body:
            found["body"] = _valid_body(self._body)
        return found

    def _arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, values in request.args.lists():
            if name in self._lists:
                arguments[name] = values
            elif len(values) > 1:
                raise InvalidRequest([FieldError(place="query", field=name, message="it may stand there only once")])
            else:
                arguments[name] = values[0]
        return arguments


def _list_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items() if _is_list(field.annotation))


def _is_list(kind: Any) -> bool:
    return any(get_origin(one) in {list, set, frozenset, tuple} for one in (kind, *get_args(kind)))


def _valid(place: Place, model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidRequest(_errors(place, error)) from None


def _valid_body(model: type[BaseModel]) -> BaseModel:
    if request.mimetype != JSON:
        abort(415)
    try:
        return model.model_validate_json(request.get_data(), strict=True)
    except ValidationError as error:
        raise InvalidRequest(_errors("body", error)) from None


def _errors(place: Place, error: ValidationError) -> list[FieldError]:
    # Never the value: it may be a password.
    details = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        FieldError(
            place=place,
            field=".".join(str(part) for part in detail["loc"])[:LONGEST_FIELD],
            message=detail["msg"].removeprefix("Value error, "),
        )
        for detail in details[:MOST_ERRORS]
    ]
    left_out = len(details) - len(told)
    return [*told, FieldError(place=place, field="", message=f"and {left_out} more")] if left_out else told
