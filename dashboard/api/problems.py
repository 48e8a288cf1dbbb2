"""What each status of a problem means, and the words by which programs tell problems of one status apart.

Programs depend on these words: new ones may come, but none goes or changes what it means.
"""

# Bytes of the first line of a request, most of which is its address: all that Gunicorn offers.
LONGEST_LINE = 8190
TOO_LONG = (
    f"The first line of the request, with its address, is longer than {LONGEST_LINE} bytes. The web server says so by "
    "itself: this is no problem document."
)
_WHY = {
    400: "Something in the request is wrong: `errors` and `detail` say what.",
    401: "No valid access token, API key, password or code came along.",
    403: "The role, or the key, does not allow this.",
    404: "There is no such thing, or not for this role.",
    413: "The body is too large.",
    415: "The body must be JSON, and its Content-Type must say so.",
    429: "A limit is reached; Retry-After says for how many seconds.",
    503: "A database does not answer just now, or there are no data yet.",
}
WORDS = {
    400: ("invalid", "refused", "bad_question", "bad_request"),
    401: ("not_signed_in", "wrong_credentials", "wrong_answer", "begin_anew", "signed_out"),
    403: ("forbidden", "not_fresh", "enrol_first"),
    404: ("not_found",),
    413: ("too_large",),
    415: ("unsupported_media_type",),
    429: ("too_many",),
    503: ("unavailable", "no_data"),
}


def meaning(status: int) -> str:
    """What the document says of a problem of ``status``, with its words."""
    return f"{_WHY[status]} Codes: {', '.join(f'`{word}`' for word in WORDS[status])}."
