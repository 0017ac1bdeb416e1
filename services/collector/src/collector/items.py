"""From the bytes of a reply to items that are as documented, and those that are not, by name."""

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, TypeVar

import msgspec
import orjson

from cointicker.content_hash import content_hash
from cointicker.errors import InvalidMessage

# No source has anything from before 2009 (the first block) or after 2100: it is another unit.
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
Milliseconds = Annotated[float, msgspec.Meta(ge=1_230_768_000_000, le=4_102_444_800_000)]
Seconds = Annotated[float, msgspec.Meta(ge=1_230_768_000, le=4_102_444_800)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,200}\Z")]

_MAX_DETAIL = 200
_FIELD = re.compile(r"required field `(\w+)`|at `(\$[^`]*)`")
_WRONG_TYPE = re.compile(r"Expected `[^`]*`, got `")
_64_BITS = 1 << 63

S = TypeVar("S", bound=msgspec.Struct)


class Item(msgspec.Struct, frozen=True, gc=False):
    """One fact of a source: `payload` is it as JSON, as the source sent it."""

    id: str
    key: str
    event_at: datetime
    content_hash: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Invalid:
    """What is not as documented: `reason` and `field` are of bounded sets."""

    reason: str
    field: str
    detail: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What one reply holds."""

    items: list[Item] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)


class Identity(msgspec.Struct, frozen=True, gc=False):
    """What a source's module says of an item."""

    id: str
    key: str
    event_at: datetime


class Unfit(InvalidMessage):
    """An item that has the right types and still is not what it should be."""

    def __init__(self, reason: str, field: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.field = field


def decode(body: bytes) -> Any:
    """The JSON of a reply. Raises InvalidMessage.

    A number or a text that JSON cannot hold (NaN, 1e999, half a character) spoils its own item,
    not the whole reply: it comes back as something that no shape takes and nothing encodes.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(
                body.decode(), parse_constant=_Unwritable, parse_float=_float, parse_int=_int
            )
        except (ValueError, RecursionError):
            raise InvalidMessage("not_json", str(error)) from error


def read(
    found: Iterable[Any],
    shape: type[S],
    identify: Callable[[S], Identity],
    volatile: frozenset[str] = frozenset(),
) -> Page:
    """Each of `found` as an item, or as what is wrong with it; one never harms another."""
    page = Page()
    for each in found:
        try:
            page.items.append(_item(each, shape, identify, volatile))
        except Unfit as error:
            page.invalid.append(
                Invalid(error.reason, error.field, error.detail[:_MAX_DETAIL], _shown(each))
            )
    return page


def listed(found: Any, field: str) -> list[Any]:
    """The list at `field` of an object. Raises InvalidMessage."""
    within = found.get(field) if isinstance(found, dict) else None
    if not isinstance(within, list):
        raise InvalidMessage("wrong_shape", f"no list at {field!r}")
    return within


def moment(text: str, field: str, zone: tzinfo = UTC) -> datetime:
    """The moment of an ISO 8601 text; one without an offset is meant in `zone`. Raises Unfit."""
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone)
        at = parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unfit("wrong_type", field, f"not a time: {text[:40]!r}") from error
    if not EARLIEST <= at <= LATEST:
        raise Unfit("out_of_range", field, f"time {text[:40]!r}")
    return at


def _item(
    found: Any, shape: type[S], identify: Callable[[S], Identity], volatile: frozenset[str]
) -> Item:
    try:
        shaped = msgspec.convert(found, shape)
    except msgspec.ValidationError as error:
        raise _unfit(str(error)) from error
    except UnicodeEncodeError as error:
        raise Unfit("not_json", "other", str(error)) from error
    try:
        payload = orjson.dumps(found)
    except TypeError as error:
        raise Unfit("not_json", "other", str(error)) from error
    identity = identify(shaped)
    return Item(
        identity.id,
        identity.key,
        identity.event_at,
        content_hash(found, volatile),
        payload,
    )


def _unfit(message: str) -> Unfit:
    """Name the reason and the declared field of one of msgspec's messages."""
    found = _FIELD.search(message)
    path = (found[1] or found[2] if found else "") or "$"
    field = re.sub(r"\[[^\]]*\]", "[]", path.removeprefix("$."))
    if "missing required field" in message:
        reason = "missing_field"
    elif _WRONG_TYPE.match(message):
        reason = "wrong_type"
    else:
        reason = "out_of_range"
    return Unfit(reason, field, message)


def _shown(found: Any) -> bytes:
    try:
        return orjson.dumps(found)
    except TypeError:
        return repr(found).encode(errors="replace")


class _Unwritable:
    """Stands for a value that is not JSON; nothing accepts or encodes it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _float(text: str) -> float | _Unwritable:
    number = float(text)
    return number if math.isfinite(number) else _Unwritable(text)


def _int(text: str) -> int | float | _Unwritable:
    if len(text) < 20 and -_64_BITS <= (number := int(text)) < _64_BITS:  # noqa: PLR2004
        return number
    return _float(text)
