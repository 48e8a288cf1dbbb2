"""A small, typed client for the API of Salesgate."""

from salesgate_client.client import Client
from salesgate_client.errors import (
    ApiError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    NotFresh,
    NotSignedIn,
    Problem,
    SalesgateError,
    SecondFactorNeeded,
    ServerUnavailable,
    SignedOut,
    TooMany,
    Unavailable,
)
from salesgate_client.signing_in import Tokens

__all__ = [
    "ApiError",
    "Client",
    "FieldError",
    "Forbidden",
    "Invalid",
    "NotFound",
    "NotFresh",
    "NotSignedIn",
    "Problem",
    "SalesgateError",
    "SecondFactorNeeded",
    "ServerUnavailable",
    "SignedOut",
    "Tokens",
    "TooMany",
    "Unavailable",
]
