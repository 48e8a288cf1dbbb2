"""What can go wrong, one exception for each thing a program would do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class SalesgateError(Exception):
    """Base of everything that this package raises on purpose."""


class Unavailable(SalesgateError):
    """The server does not answer, or has no data yet: try again later."""


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with a request.

    Attributes:
        place: ``path``, ``query`` or ``body``.
        field: which field, such as ``months.0``; empty: all of it.
        message: what is wrong, for people.
    """

    place: str
    field: str
    message: str


@dataclass(frozen=True)
class Problem:
    """A problem document (RFC 9457).

    Attributes:
        status: HTTP status.
        code: what went wrong, for programs, such as ``not_fresh``.
        detail: what went wrong and what to do, for people.
        request: id of the request; whoever runs the server finds it in the log.
        errors: what is wrong with the request, field by field.
    """

    status: int
    code: str
    detail: str
    request: str = ""
    errors: Sequence[FieldError] = field(default=())


class ApiError(SalesgateError):
    """The server answered with a problem, which is ``problem``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.detail} ({problem.status} {problem.code}, request {problem.request or 'unknown'})")
        self.problem = problem


class Invalid(ApiError):
    """The request is wrong, or refused for what it says; ``problem.errors`` may name the fields."""


class NotSignedIn(ApiError):
    """Wrong user name, password, code or API key, or nobody has signed in."""


class SignedOut(NotSignedIn):
    """The sign-in has ended: sign in again."""


class Forbidden(ApiError):
    """The role, or the API key, does not allow this."""


class NotFresh(Forbidden):
    """A sensitive change: sign in again, then repeat it."""


class NotFound(ApiError):
    """There is no such thing, or not for this role."""


class TooMany(ApiError):
    """A limit is reached; ``retry_after`` says for how many seconds."""

    def __init__(self, problem: Problem, retry_after: float) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class ServerUnavailable(ApiError, Unavailable):
    """The server answered that it cannot just now."""


class SecondFactorNeeded(SalesgateError):
    """The password was right; now a code is asked for.

    Attributes:
        pending: names this attempt; give it to :meth:`Client.second_factor`.
        methods: what counts, such as ``totp``, ``mail``, ``recovery``.
    """

    def __init__(self, pending: str, methods: Sequence[str]) -> None:
        super().__init__(f"A second factor is needed: {', '.join(methods)}.")
        self.pending, self.methods = pending, tuple(methods)


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    413: Invalid,
    415: Invalid,
    503: ServerUnavailable,
}


def error_of(problem: Problem, retry_after: float) -> ApiError:
    """The exception for a problem; ``retry_after`` in seconds."""
    if problem.status == 429:  # noqa: PLR2004
        return TooMany(problem, retry_after)
    if problem.code == "not_fresh":
        return NotFresh(problem)
    return _BY_STATUS.get(problem.status, ApiError)(problem)
