"""One record, one line, and back."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.errors import InvalidMessage
from cointicker.lines import RESERVED, Line, line, parse_line

TICKER = (
    b'{"schema":1,"source":"upbit_trends","id":"KRW-BTC:1773240058930",'
    b'"payload":{"market":"KRW-BTC","trade_price":101234000.0}}'
)


def rest(value: bytes | None) -> bytes:
    """What stands on the line after the coordinates."""
    text = line(7, 1773240058930, None, value)
    front = b'{"_offset":7,"_timestamp":1773240058930,"_key":null'
    assert text.startswith(front)
    return text[len(front) :]


def test_an_object_has_its_coordinates_in_front() -> None:
    assert line(12345, 1773240058930, b"KRW-BTC", TICKER) == (
        b'{"_offset":12345,"_timestamp":1773240058930,"_key":"KRW-BTC",' + TICKER[1:] + b"\n"
    )


@pytest.mark.parametrize("value", [b"{}", b"{ }", b"{}  ", b"{\t} ", b"{ } "])
def test_an_empty_object_is_spliced_without_a_comma(value: bytes) -> None:
    assert rest(value) == value[1:] + b"\n"
    json.loads(line(7, 0, None, value))
    assert parse_line(line(7, 0, None, value)).value == value


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":1,"a":2}',
        b'{ "a":1}',
        b'{"a":1} \t',
        b'{"a":1e999}',
        b'{"a":123456789012345678901234567890}',
        b'{"a":{"_offset":1}}',
        '{"가":"격"}'.encode(),
        b'{"a":"\\ud83d\\ude00"}',
    ],
)
def test_a_clean_object_is_spliced(value: bytes) -> None:
    assert rest(value) == b"," + value[1:] + b"\n"


@pytest.mark.parametrize(
    "value",
    [
        *(b'{"a":1,"%b":2}' % name.encode() for name in RESERVED),
        b'{"\\u005foffset":1}',
        b'{"_value":null}',
        b' {"a":1}',
        b"[1,2]",
        b'"text"',
        b"12",
        b"true",
        b"[null]",
    ],
)
def test_other_json_is_kept_whole(value: bytes) -> None:
    assert rest(value) == b',"_value":' + value + b"}\n"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b" null ",
        b"plain text",
        b'{"a":1',
        b'{"a":1}x',
        b'{"a":1}{"b":2}',
        b'{"_offset":1,"a":}',
        b'{"a":NaN}',
        b'{"a":\n1}',
        b'{"a":1}\n',
        b'{"a":\r1}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"tab\there"}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 5000 + b"]" * 5000,
        b"\x00",
    ],
)
def test_all_else_is_kept_as_bytes(value: bytes) -> None:
    assert rest(value).startswith(b',"_bytes":"')
    assert parse_line(line(7, 0, None, value)).value == value


def test_a_tombstone_is_neither_an_empty_value_nor_a_literal_null() -> None:
    assert rest(None) == b',"_value":null}\n'
    assert parse_line(line(7, 0, None, None)).value is None
    assert parse_line(line(7, 0, None, b"")).value == b""
    assert parse_line(line(7, 0, None, b"null")).value == b"null"


def test_a_key_that_is_not_text_is_kept_as_bytes() -> None:
    assert line(7, 0, b"\xff", b"{}") == b'{"_offset":7,"_timestamp":0,"_key_bytes":"/w=="}\n'


def test_headers_are_kept_as_pairs() -> None:
    headers = (("trace", b"a]b"), ("trace", None), ("raw", b"\xff"), ('"', b'[["'))
    text = line(7, 0, b"k", TICKER, headers)
    assert json.loads(text)["_headers"] == [
        ["trace", "a]b"],
        ["trace", None],
        ["raw", None, "/w=="],
        ['"', '[["'],
    ]
    assert parse_line(text) == Line(7, 0, b"k", TICKER, headers)


@pytest.mark.parametrize("size", [900_000, 5_000_000])
def test_a_big_value_comes_back(size: int) -> None:
    for value in (b'{"a":"' + b"x" * size + b'"}', b"\xff" * size, b"\n" * size):
        key = b'"' * 1000
        assert parse_line(line(7, 0, key, value)) == Line(7, 0, key, value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"{}\n",
        b'{"_offset":7,"_timestamp":0,"_key":null,"a":1}',
        b'{"_timestamp":0,"_offset":7,"_key":null,"a":1}\n',
        b'{"_offset":7,"_timestamp":0,"_key":"\xff","a":1}\n',
        b'{"_offset":7,"_timestamp":0,"_key_bytes":"?","a":1}\n',
        b'{"_offset":7,"_timestamp":0,"_key":null,"_bytes":"?"}\n',
        b'{"_offset":7,"_timestamp":0,"_key":null,"_value":}\n',
        b'{"_offset":7,"_timestamp":0,"_key":null,"_headers":[[1]],"a":1}\n',
        b'{"_offset":7,"_timestamp":0,"_key":null,"_headers":[[]],"a":1}\n',
        b'{"_offset":7,"_timestamp":0,"_key":null,"a":\n1}\n',
    ],
)
def test_a_line_of_another_make_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidMessage):
        parse_line(text)


KEYS = st.none() | st.binary(max_size=20) | st.text(max_size=20).map(str.encode)
NAMES = st.sampled_from([*RESERVED, "a", "\\u005foffset"]) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
BLANKS = st.sampled_from(["", " ", "\t", "\n", "\r", "\ufeff"])
JSON_TEXTS = st.builds(
    lambda before, value, after, ascii_only: (
        before + json.dumps(value, ensure_ascii=ascii_only) + after
    ),
    BLANKS,
    JSON | st.dictionaries(NAMES, JSON, max_size=4),
    BLANKS,
    st.booleans(),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
TORN = st.builds(lambda text, cut: text[:cut], JSON_TEXTS, st.integers(0, 40))
VALUES = st.none() | st.binary(max_size=60) | JSON_TEXTS | TORN
HEADERS = st.lists(
    st.tuples(
        st.text(max_size=5),
        st.none() | st.binary(max_size=8) | st.text(max_size=8).map(str.encode),
    ),
    max_size=3,
).map(tuple)
INT64 = st.integers(-1, 2**63 - 1)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**63 - 1), INT64, KEYS, VALUES, HEADERS)
def test_every_record_comes_back_from_one_line_of_json(
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...],
) -> None:
    text = line(offset, timestamp_ms, key, value, headers)
    assert parse_line(text) == Line(offset, timestamp_ms, key, value, headers)
    assert text.index(b"\n") == len(text) - 1
    assert b"\r" not in text
    members = json.loads(text)
    assert (members["_offset"], members["_timestamp"]) == (offset, timestamp_ms)


def test_lines_in_a_gzip_file_are_split_at_newlines_alone() -> None:
    values = [b"{}", b'{"a":1}\n', '{"a":"\u2028\x85"}'.encode(), None]
    body = gzip.compress(b"".join(line(i, 0, None, v) for i, v in enumerate(values)))
    lines = gzip.decompress(body).splitlines(keepends=True)
    assert [parse_line(each).value for each in lines] == values
