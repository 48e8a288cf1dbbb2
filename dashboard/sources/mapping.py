"""Import mappings: how the columns and habits of a file become sales lines. Every key is in docs/how-to/import.md."""

import codecs
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dashboard.sources import engine
from dashboard.sources.errors import MappingError

LOCAL_TIME = "local"
GUIDE = "docs/how-to/import.md"


def known_zone(name: str) -> str:
    """``name``; ValueError if it is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'{name!r} is no time zone; write an IANA name such as "Europe/London"') from None
    return name


def known_currency(code: str) -> str:
    """``code``; ValueError if it is not written as a currency is."""
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"{code!r} is no currency; write three capital letters, such as EUR")
    return code


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f'{name!r} is no encoding; often used: "utf-8", "cp1252", "iso-8859-1", "utf-16"') from None
    return name


def _known_pattern(pattern: str) -> str:
    reason = engine.refusal("SELECT regexp_full_match('', ?)", pattern)
    if reason:
        raise ValueError(f"{pattern!r} is no regular expression: {reason}")
    return pattern


def _known_date_format(text: str) -> str:
    if re.search(r"%[zZ]", text):
        raise ValueError("%z and %Z cannot be read; leave date_format out for ISO 8601 with an offset")
    reason = engine.refusal("SELECT try_strptime('', ?)", text)
    if reason:
        raise ValueError(f"{text!r} is no date format: {reason}")
    return text


Text = Annotated[str, Field(min_length=1)]
Currency = Annotated[str, AfterValidator(known_currency)]
Zone = Annotated[str, AfterValidator(known_zone)]
Pattern = Annotated[str, AfterValidator(_known_pattern)]


class Table(BaseModel):
    """One table of a mapping; a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(Table):
    """Canonical name -> column of the sales file."""

    order: Text | None = None
    product: Text
    name: Text | None = None
    quantity: Text
    date: Text
    price: Text | None = None
    amount: Text | None = None
    discount: Text | None = None
    cost: Text | None = None
    region: Text | None = None
    category: Text | None = None
    channel: Text | None = None
    currency: Text | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if (self.price is None) == (self.amount is None):
            raise ValueError("map exactly one of price (of one unit) and amount (of the line)")
        return self


class Csv(Table):
    """How a CSV file is written."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    decimal: Literal[".", ","] = "."
    date_format: Annotated[Text, AfterValidator(_known_date_format)] | None = None


class Xlsx(Table):
    """Which sheet of a workbook."""

    sheet: Text | None = None


class Returns(Table):
    """Which lines are returns."""

    by: Literal["prefix", "value", "negative_quantity"] = "negative_quantity"
    column: Text | None = None
    values: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.by != "negative_quantity" and not (self.column and self.values):
            raise ValueError(f"by = {self.by!r} needs column and values")
        if self.by == "negative_quantity" and (self.column or self.values):
            raise ValueError("by = 'negative_quantity' takes neither column nor values")
        return self


class LeaveOut(Table):
    """Lines that are no sales."""

    column: Text
    by: Literal["prefix", "value"]
    values: tuple[Text, ...] = Field(min_length=1)
    why: str = ""


class Codes(Table):
    """How product codes are written."""

    case: Literal["upper", "keep"] = "keep"
    trim: bool = True


class ProductColumns(Table):
    """Columns of the product master."""

    product: Text
    name: Text | None = None
    category: Text | None = None
    launch: Text | None = None
    end: Text | None = None
    first_receipt: Text | None = None
    cost: Text | None = None
    lead_days: Text | None = None
    lead_sd: Text | None = None
    minimum: Text | None = None
    pack: Text | None = None
    on_order: Text | None = None
    committed: Text | None = None
    shelf_life: Text | None = None


class Products(Table):
    """Which codes are products, and their master file if there is one."""

    pattern: Pattern | None = None
    not_products: tuple[Text, ...] = ()
    file: Path | None = Field(None, strict=False)
    columns: ProductColumns | None = None

    @model_validator(mode="after")
    def _file_and_columns(self) -> Self:
        if (self.file is None) != (self.columns is None):
            raise ValueError("file and [products.columns] go together")
        return self


class StockColumns(Table):
    """Columns of the stock file."""

    date: Text
    product: Text
    available: Text


class Stock(Table):
    """Daily stock snapshots."""

    file: Path = Field(strict=False)
    columns: StockColumns


class ReceiptColumns(Table):
    """Columns of the file of goods received."""

    date: Text
    product: Text
    units: Text


class Receipts(Table):
    """Goods received, a row a receipt."""

    file: Path = Field(strict=False)
    columns: ReceiptColumns


class RateColumns(Table):
    """Columns of the file of exchange rates."""

    date: Text
    currency: Text
    rate: Text


class Rates(Table):
    """One unit of a currency in units of the reporting currency, day by day."""

    file: Path = Field(strict=False)
    columns: RateColumns


class Mapping(Table):
    """A whole import mapping.

    ``base`` is the folder that companion files are relative to; None means the folder of the sales file.
    """

    source: Text
    currency: Currency
    minor_digits: int = Field(2, ge=0, le=4)
    time_zone: Zone
    timestamps: str = LOCAL_TIME
    complete_to: date | None = None
    repeats: Literal["keep", "set_aside"] = "keep"
    columns: Columns
    csv: Csv = Csv()
    xlsx: Xlsx = Xlsx()
    returns: Returns = Returns()
    leave_out: tuple[LeaveOut, ...] = ()
    codes: Codes = Codes()
    products: Products = Products()
    stock: Stock | None = None
    receipts: Receipts | None = None
    rates: Rates | None = None
    base: Path | None = Field(None, exclude=True, strict=False)

    @model_validator(mode="after")
    def _zones(self) -> Self:
        if self.timestamps not in {LOCAL_TIME, "utc"}:
            known_zone(self.timestamps)
        return self

    @property
    def timestamp_zone(self) -> str | None:
        """The zone that times without a zone are in; None where they already are business time."""
        if self.timestamps in {LOCAL_TIME, self.time_zone}:
            return None
        return "UTC" if self.timestamps == "utc" else self.timestamps

    def companion(self, file: Path, sales_file: Path) -> Path:
        """Where a companion file stands: relative to the mapping, or to the sales file without a mapping file."""
        return (self.base or sales_file.parent) / file


def load_mapping(origin: Path | str | dict[str, Any], label: str = "mapping") -> Mapping:
    """Read a mapping from a TOML file or from a table of settings.toml, named ``label`` in messages.

    Raises:
        MappingError: no such file, no TOML, an unknown key, a missing key or a value that cannot be used.
    """
    if isinstance(origin, dict):
        return _validate(origin, label, None)
    path = Path(origin)
    return _validate(_read_toml(path), str(path), path.resolve().parent)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(f"{path}: no such mapping file") from None
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MappingError(f"{path}: not UTF-8; save the mapping as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{path}: not valid TOML: {error}") from None


def _validate(table: dict[str, Any], label: str, base: Path | None) -> Mapping:
    if "base" in table:
        raise MappingError(f"{label}: base: unknown key; the keys are listed in {GUIDE}")
    try:
        return Mapping.model_validate({**lists_as_tuples(table), "base": base})
    except ValidationError as error:
        raise MappingError("\n".join(f"{label}: {reason(detail, GUIDE)}" for detail in error.errors())) from None


def lists_as_tuples(value: Any) -> Any:
    """Strict models take a tuple where TOML gives a list."""
    if isinstance(value, dict):
        return {key: lists_as_tuples(item) for key, item in value.items()}
    return tuple(lists_as_tuples(item) for item in value) if isinstance(value, list) else value


def reason(detail: ErrorDetails, guide: str) -> str:
    """A fault of a mapping in words, with its key; ``guide`` is the page that lists the keys."""
    key = ".".join(str(part) for part in detail["loc"]) or "mapping"
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key; the keys are listed in {guide}"
    if detail["type"] == "missing":
        return f"{key}: missing"
    text = detail["msg"].removeprefix("Value error, ")
    return f"{key}: {text}" if detail["type"] == "value_error" else f"{key}: {text} (got {detail['input']!r})"
