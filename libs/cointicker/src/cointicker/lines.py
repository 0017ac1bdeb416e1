"""One Kafka record as one line of JSON in the archive, and back, byte for byte.

    {"_offset":7,"_timestamp":1773240058930,"_key":"KRW-BTC", … the value's own members … }

The coordinates come first, always in this order and without blanks: `_offset`, `_timestamp` (ms),
`_key` (a string or null; `_key_bytes` in base64 in its place if the key is not UTF-8), and
`_headers` where there are any: a list of `[name, text]`, `[name, null]` for a header without a
value, and `[name, null, base64]` for one that is not UTF-8. What follows is

- the value's own bytes after its `{`, if the value is UTF-8, one JSON object on one line, and has
  none of the seven names at its top level (*spliced*);
- `"_value":` and the value's own bytes, if it is any other JSON on one line but a literal null;
- `"_value":null` for a tombstone;
- `"_bytes":` and base64 for all else.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, NamedTuple, Protocol

import msgspec
import orjson

from cointicker.errors import InvalidMessage

Headers = Sequence[tuple[str, bytes | None]]

RESERVED = ("_offset", "_timestamp", "_key", "_key_bytes", "_headers", "_value", "_bytes")

# No value satisfies it: an object with one of the reserved names is refused, all else is skipped.
_NoValue = Annotated[int, msgspec.Meta(gt=1, lt=0)]
_Spliceable = msgspec.defstruct(
    "_Spliceable",
    [(f"member{number}", _NoValue, 0) for number in range(len(RESERVED))],
    rename={f"member{number}": name for number, name in enumerate(RESERVED)},
    gc=False,
)
_object = msgspec.json.Decoder(_Spliceable).decode
_any = msgspec.json.Decoder(msgspec.Raw).decode
_headers = msgspec.json.Decoder(
    list[Annotated[list[str | None], msgspec.Meta(min_length=2, max_length=3)]]
).decode

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_LINE = re.compile(
    rb'\{"_offset":(?P<offset>\d+),"_timestamp":(?P<timestamp>-?\d+),'
    rb'(?:"_key":(?P<key>null|' + _STRING + rb')|"_key_bytes":"(?P<key_bytes>[^"]*+)")'
    rb'(?:,"_headers":(?P<headers>\[(?:\[(?:[^"\]]++|' + _STRING + rb")*+\],?)++\]))?"
    rb"(?P<end>,|(?=[ \t]*\}[ \t]*\n))"
)
_VALUE = b'"_value":'
_BYTES = b'"_bytes":"'


class Line(NamedTuple):
    """A record as Kafka had it: its value is None for a tombstone."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def line(
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    value: bytes | None,
    headers: Headers = (),
) -> bytes:
    """The record as one line, its newline included; `parse_line` gives the same record back."""
    front = b'{"_offset":%d,"_timestamp":%d,%b' % (offset, timestamp_ms, _key(key))
    if headers:
        front += b',"_headers":' + orjson.dumps([_header(*header) for header in headers])
    if value is None:
        return front + b',"_value":null}\n'
    # The decoder does not look at the UTF-8 of what it skips. Some readers end a line at a carriage
    # return, which in JSON can only be a blank.
    is_text = value.isascii() or _is_utf8(value)
    if not is_text or value.find(b"\n") >= 0 or value.find(b"\r") >= 0:
        return front + _wrapped(value)
    try:
        _object(value)
    except msgspec.ValidationError:
        return front + _kept_whole(value)
    # The depth that is still read depends on the stack: deeper values are kept as bytes.
    except (msgspec.DecodeError, RecursionError):
        return front + _wrapped(value)
    if not value.startswith(b"{"):
        return front + _kept_whole(value)
    return b"%b%b%b\n" % (front, b"" if _is_empty(value) else b",", value[1:])


class Record(Protocol):
    """What of a record is in its line; `timestamp` in ms."""

    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102


def join_lines(records: Iterable[Record]) -> bytes:
    """The `line` of each record, one behind the other: the same bytes in two thirds of the time."""
    lines: list[bytes] = []
    for record in records:
        value = record.value
        if value is None or record.headers or not _is_plain(value):
            spliced = line(record.offset, record.timestamp, record.key, value, record.headers)
        else:
            spliced = b'{"_offset":%d,"_timestamp":%d,%b,%b\n' % (
                record.offset,
                record.timestamp,
                _remembered_key(record.key),
                value[1:],
            )
        lines.append(spliced)
    return b"".join(lines)


def parse_line(text: bytes) -> Line:
    """The record that `line` made `text` of. Raises InvalidMessage."""
    front = _LINE.match(text)
    if front is None or text.find(b"\n") != len(text) - 1:
        raise InvalidMessage("not_a_line", repr(text[:80]))
    try:
        _check_json(text)
        return Line(
            int(front["offset"]),
            int(front["timestamp"]),
            _parse_key(front),
            _parse_value(text, front),
            _parse_headers(front["headers"]),
        )
    except ValueError as error:
        raise InvalidMessage("not_a_line", repr(text[:80])) from error


def _check_json(text: bytes) -> None:
    # A value as deep as the stack allowed when it was spliced may be too deep here: it is intact.
    with suppress(RecursionError):
        _any(text)


def _is_plain(value: bytes) -> bool:
    """Whether it is what nearly all values are: an object in ASCII, on one line, to be spliced."""
    if not value.startswith(b'{"') or not value.isascii():
        return False
    if value.find(b"\n") >= 0 or value.find(b"\r") >= 0:
        return False
    try:
        _object(value)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_empty(json_object: bytes) -> bool:
    return json_object[1:2] != b'"' and json_object[1:].lstrip(b" \t").startswith(b"}")


def _kept_whole(value: bytes) -> bytes:
    """The rest of the line for a value that is JSON at its start, but no object to be spliced."""
    try:
        _any(value)
    except (msgspec.DecodeError, RecursionError):
        return _wrapped(value)
    if value.strip(b" \t") == b"null":
        return _wrapped(value)
    return b"," + _VALUE + value + b"}\n"


def _wrapped(value: bytes) -> bytes:
    return b"," + _BYTES + b64encode(value) + b'"}\n'


def _key(key: bytes | None) -> bytes:
    if key is None:
        return b'"_key":null'
    try:
        return b'"_key":' + orjson.dumps(key.decode())
    except UnicodeDecodeError:
        return b'"_key_bytes":"' + b64encode(key) + b'"'


# Keys come again and again; as many as there are markets in all.
_remembered_key = lru_cache(maxsize=4_096)(_key)


def _header(name: str, value: bytes | None) -> list[str | None]:
    if value is None:
        return [name, None]
    try:
        return [name, value.decode()]
    except UnicodeDecodeError:
        return [name, None, b64encode(value).decode()]


def _parse_key(front: re.Match[bytes]) -> bytes | None:
    if front["key_bytes"] is not None:
        return b64decode(front["key_bytes"], validate=True)
    key: str | None = orjson.loads(front["key"])
    return None if key is None else key.encode()


def _parse_value(text: bytes, front: re.Match[bytes]) -> bytes | None:
    start = front.end()
    if not front["end"]:
        return b"{" + text[start:-1]
    if text.startswith(_BYTES, start):
        return b64decode(text[start + len(_BYTES) : -len(b'"}\n')], validate=True)
    if text.startswith(_VALUE, start):
        value = text[start + len(_VALUE) : -len(b"}\n")]
        return None if value == b"null" else value
    return b"{" + text[start:-1]


def _parse_headers(headers: bytes | None) -> tuple[tuple[str, bytes | None], ...]:
    if headers is None:
        return ()
    return tuple(_parse_header(header) for header in _headers(headers))


def _parse_header(header: list[str | None]) -> tuple[str, bytes | None]:
    name, text, *base64 = header
    if name is None:
        raise ValueError("a header without a name")
    if base64:
        return name, b64decode(base64[0] or "", validate=True)
    return name, None if text is None else text.encode()
