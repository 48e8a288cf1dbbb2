"""What people read when something fails: a title, and what to do next."""

TEXTS = {
    400: (
        "This did not work",
        "The server could not read this request. Go back, load the page again and repeat what you did.",
    ),
    401: ("Sign in first", "You are not signed in, or your session has ended."),
    403: ("Not allowed", "Your role does not allow this. Ask an administrator if you need it."),
    404: ("No such page", "There is no such page. The address may be wrong or old."),
    405: ("This did not work", "This address does not take this kind of request."),
    410: ("This link is not good any more", "It was used already, or it is too old. Ask for a new one."),
    413: ("Too large", "This is more than the server takes at once."),
    415: ("This did not work", "The server takes this address's requests as JSON only."),
    429: ("Too many attempts", "Wait a moment and try again."),
    500: (
        "Something went wrong",
        "Something went wrong on our side. If it happens again, give your administrator the number below.",
    ),
    503: (
        "Not available just now",
        "The accounts database cannot be reached, so nobody can be let in just now. Try again in a minute.",
    ),
}
# What went wrong, for programs.
CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many",
    500: "failed",
    503: "unavailable",
}
OUT_OF_DATE = "This form is out of date. Go back, load the page again and repeat what you did."
NOT_FRESH = "Confirm once more that it is you, then repeat what you did."
KEY_LACKS = "This key may not do this: it was made for less, or its owner may not do it any more."
