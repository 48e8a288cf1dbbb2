"""What only the API can get wrong, as problem documents; the rest is answered as for every other script."""

from flask import Flask, Response, request

from dashboard.api.bearer import challenge
from dashboard.api.reading import InvalidRequest
from dashboard.reports import BadQuestionError, NoDataError
from dashboard.web.errors import problem
from dashboard.web.gate import API

UNAUTHORIZED = 401


def init(server: Flask) -> None:
    """Answer these failures, too."""
    server.register_error_handler(InvalidRequest, _invalid)
    server.register_error_handler(BadQuestionError, _bad_question)
    server.register_error_handler(NoDataError, _no_data)
    server.after_request(_finish)


def _invalid(error: InvalidRequest) -> Response:
    if any(one.place == "path" for one in error.errors):
        return problem(404, "There is no such thing here.")
    detail = "; ".join(f"{one.place} {one.field}: {one.message}" if one.field else one.message for one in error.errors)
    return problem(400, f"{detail}.", word="invalid", errors=[one.model_dump() for one in error.errors])


def _bad_question(error: BadQuestionError) -> Response:
    return problem(400, f"{error}.", word="bad_question")


def _no_data(error: NoDataError) -> Response:
    return problem(503, str(error), word="no_data")


def _finish(response: Response) -> Response:
    if response.status_code == UNAUTHORIZED and request.path.startswith(API):
        return challenge(response)
    return response
