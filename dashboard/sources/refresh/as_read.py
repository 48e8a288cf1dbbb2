"""What was read under an earlier mapping means what that mapping said, until it is read again."""

from pydantic import ValidationError

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.plan import JUDGED_HERE

_MEANING = ("currency", "minor_digits", "time_zone")


def as_read(source: Source, extract: Extract) -> Source:
    """The mapping that ``extract`` was read with, with today's words for what is judged here.

    Raises:
        ImportRefused: its amounts or days mean something else than today's, so that they cannot be added to others.
    """
    if not extract.mapping:
        return source
    try:
        then = Source.model_validate_json(extract.mapping)
    except ValidationError:
        raise ImportRefused(f"{source.label} was last read by another version of Salesgate: read it again.") from None
    for name in _MEANING:
        old, new = getattr(then, name), getattr(source, name)
        if old != new:
            raise ImportRefused(
                f"{source.label} was last read with {name} = {old!r}, the mapping says {new!r} now: its figures count "
                "again once it could be read."
            )
    return then.model_copy(update={name: getattr(source, name) for name in JUDGED_HERE})
