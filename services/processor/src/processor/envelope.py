"""The raw record as it is on its topic: bytes become a type in one decode, or a named refusal."""

import re
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage

# Nothing here is from before 2009 (the first block) or after 2100: it is in another unit.
EARLIEST_MS = 1_230_768_000_000
LATEST_MS = 4_102_444_800_000
Milliseconds = Annotated[float, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
Seconds = Annotated[float, Meta(ge=EARLIEST_MS // 1000, le=LATEST_MS // 1000)]
Amount = Annotated[float, Meta(ge=0)]
Score = Annotated[float, Meta(ge=0, le=100)]
Id = Annotated[str, Meta(min_length=1, max_length=300)]
Hash = Annotated[str, Meta(min_length=16, max_length=16)]

_HASH_BYTES = 8
_FIELD = re.compile(r"required field `(\w+)`|at `(\$[^`]*)`")
_WRONG_TYPE = re.compile(r"Expected `[^`]*`, got `")

P = TypeVar("P")


class Envelope(Struct, Generic[P]):
    """One item of a source; what is not needed here is skipped unread.

    `id` is stable for the same fact, `content_hash` changes when the source edits it.
    """

    schema: Literal[1]
    source: str
    id: Id
    content_hash: Hash
    payload: P
    question: str | None = None


class _Head(Struct):
    schema: int


def refusal(error: Exception, value: bytes | None) -> InvalidMessage:
    """What a failure of decoding `value` means, by one of a bounded set of reasons."""
    if value is None:
        return InvalidMessage("no_value", "value: a tombstone")
    if isinstance(error, RecursionError):
        return InvalidMessage("not_json", "value: nested too deeply")
    if not isinstance(error, msgspec.ValidationError):
        return InvalidMessage("not_json", f"value: {error}")
    message = str(error)
    found = _FIELD.search(message)
    if found and found[2] == "$.schema":
        return _unknown_schema(value, message)
    if "missing required field" in message:
        return InvalidMessage("missing_field", message)
    reason = "wrong_type" if _WRONG_TYPE.match(message) else "out_of_range"
    return InvalidMessage(reason, message)


def version_of(content_hash: str) -> int:
    """The content hash as a number of 64 bits. Raises InvalidMessage."""
    try:
        packed = bytes.fromhex(content_hash)
    except ValueError:
        packed = b""
    # Spaces are skipped: then it is shorter.
    if len(packed) != _HASH_BYTES:
        raise InvalidMessage("wrong_type", f"content_hash: not hex: {content_hash!r}")
    return int.from_bytes(packed, "big")


def _unknown_schema(value: bytes, message: str) -> InvalidMessage:
    try:
        head = msgspec.json.decode(value, type=_Head)
    except msgspec.ValidationError:
        return InvalidMessage("wrong_type", message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The first decode stopped at the schema: what is behind it was not read then.
        return InvalidMessage("not_json", f"value: {error}")
    return InvalidMessage("unknown_schema", f"schema: {head.schema}")
