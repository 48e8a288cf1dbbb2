"""What the API answers. Dates are ISO texts; amounts are integers in the smallest unit that their measure names."""

from typing import Any, Literal, TypedDict


class Me(TypedDict):
    """Who calls, with the rights of this moment."""

    id: int
    username: str
    name: str
    role: str
    role_name: str
    permissions: list[str]
    scope: dict[str, list[str] | None]
    by_key: bool


class Profile(TypedDict):
    """What the account says about the person."""

    username: str
    email: str
    verified: bool
    first_name: str
    last_name: str
    date_of_birth: str | None


class User(TypedDict):
    """A user, as those who manage users see one; ``state`` is active, disabled, locked, invited or unverified."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    role: str
    state: str
    active: bool
    verified: bool
    last_sign_in_at: str | None


class Figure(TypedDict):
    """What integers mean: ``unit`` is units or a currency, ``minor_digits`` the decimals of its smallest unit."""

    key: str
    name: str
    unit: str
    minor_digits: int


class MeasureTold(Figure):
    """A measure that the caller may see."""

    means: str


class Measures(TypedDict):
    """What the caller may see."""

    measures: list[MeasureTold]


class Options(TypedDict):
    """What the caller may choose from."""

    months: list[str]
    newest_finished: str | None
    region: list[str]
    category: list[str]
    channel: list[str]
    source: list[str]


class Days(TypedDict):
    """Consecutive business days, both ends included."""

    first: str
    last: str


class Change(TypedDict):
    """A like-for-like change; ``percent`` only where ``kind`` is percent, ``why`` where it is unknown."""

    kind: str
    current: int | None
    base: int | None
    percent: float | None
    current_window: Days | None
    base_window: Days | None
    why: str


class MonthValue(TypedDict):
    """One month; ``through`` is its last day with figures where it is not complete."""

    month: str
    value: int
    complete: bool
    through: str | None


class Months(TypedDict):
    """A measure month by month."""

    window: Days
    measure: Figure
    months: list[MonthValue]


class Headline(TypedDict):
    """A measure over some months, and how it compares."""

    window: Days
    measure: Figure
    value: int
    previous: Change
    year_before: Change


class SplitValue(TypedDict):
    """One value of a dimension."""

    name: str
    value: int
    share: float | None


class Split(TypedDict):
    """A measure split by a dimension."""

    window: Days
    measure: Figure
    dimension: Literal["region", "category", "channel", "source"]
    parts: list[SplitValue]
    total: int


class Ranked(TypedDict):
    """One product of a ranking."""

    rank: int
    product: str
    name: str
    category: str
    value: int
    rate: float | None
    days_in_stock: int | None
    state: str


class Ranking(TypedDict):
    """Best or worst sellers; ``tied_beyond`` were cut off though they equal the last one shown."""

    window: Days
    measure: Figure
    items: list[Ranked]
    tied_beyond: int
    left_out: dict[str, int]
    universe: int
    total: int | None


class ProductRow(TypedDict):
    """One product; ``values`` by the keys of the columns."""

    product: str
    name: str
    category: str
    state: str
    values: dict[str, float | None]


class Finding(TypedDict):
    """A sentence, and the page of the site where its rows are."""

    text: str
    href: str


class DataStatus(TypedDict):
    """Where the figures come from, and how far they go."""

    version: str
    source: str
    imported_at: str
    last_day: str
    complete_to: str
    currency: str
    minor_digits: int


Answer = dict[str, Any]
