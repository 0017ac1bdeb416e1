"""Records as people and scripts read them."""

import orjson
import pytest
from rich.cells import cell_len

from cointicker.cli.record_text import json_line, pretty, safe_text, time_text
from cointicker.kafka.records import Partition
from tests.fakes.memory_kafka import Kept

WHERE = Partition("cointicker.raw.test", 2)
AT = 1_773_240_058_930


def kept(value: bytes | None, key: bytes | None = b"k", **more: object) -> Kept:
    return Kept(7, AT, key, value, **more)  # type: ignore[arg-type]


def test_a_record_is_one_line() -> None:
    headers = (("cointicker-replayed", b"3"), ("empty", None))
    assert pretty(WHERE, kept(b'{"a":1}', headers=headers)) == (
        '2026-03-11T14:40:58.930Z cointicker.raw.test-2@7 k [cointicker-replayed=3] [empty] {"a":1}'
    )
    assert pretty(WHERE, kept(None, None)).endswith("@7 - (no value)")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"\x1b[2J\x07", "\\x1b[2J\\x07"),
        (b"a\nb\tc\x7f", "a\\nb\\tc\\x7f"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\u009b31m\u202e\u2028".encode(), "\\x9b31m\\u202e\\u2028"),
        ("비트코인 ₿\u3000".encode(), "비트코인 ₿\u3000"),
    ],
)
def test_nothing_in_a_record_can_steer_the_terminal(value: bytes, shown: str) -> None:
    assert safe_text(value) == shown
    line = pretty(WHERE, kept(value, value, headers=((value.decode("latin-1"), value),)))
    assert all(each.isprintable() or each == "\u3000" for each in line)


@pytest.mark.parametrize("width", [80, 121, 200])
@pytest.mark.parametrize("value", [b"x" * 500, ("비트" * 300).encode(), b"\xff" * 200])
def test_a_long_value_is_cut_to_the_terminal(width: int, value: bytes) -> None:
    line = pretty(WHERE, kept(value), width=width)
    assert width - 2 <= cell_len(line) <= width
    assert line.endswith("…")


def test_what_fits_is_whole_and_a_narrow_terminal_still_shows_something() -> None:
    assert pretty(WHERE, kept(b"short"), width=80) == pretty(WHERE, kept(b"short"))
    assert pretty(WHERE, kept(b"0123456789" * 9), width=10).endswith(" 0123456789012345678…")


def test_colours_change_nothing_but_colours() -> None:
    plain = pretty(WHERE, kept(b"short"), width=80)
    coloured = pretty(WHERE, kept(b"short"), width=80, colours=True)
    for code in ("\x1b[2m", "\x1b[1m", "\x1b[0m"):
        assert code in coloured
        coloured = coloured.replace(code, "")
    assert coloured == plain


@pytest.mark.parametrize(
    ("value", "member"),
    [
        (b'{"a":123456789012345678901234567890}', b'"value":{"a":123456789012345678901234567890}'),
        (b' {"a": 1} ', b'"value":{"a": 1}'),
        (b'{\n"a":1}', b'"value":{"a":1}'),
        (b"NaN", b'"value":"NaN"'),
        (b"two\nlines", b'"value":"two\\nlines"'),
        (b"\xff", b'"value_base64":"/w=="'),
        (b"", b'"value":""'),
        (None, b'"value":null'),
    ],
)
def test_a_value_is_json_else_text_else_base64(value: bytes | None, member: bytes) -> None:
    line = json_line(WHERE, kept(value))
    assert line.endswith(member + b"}")
    assert b"\n" not in line
    orjson.loads(line)


def test_a_json_line_has_the_coordinates() -> None:
    line = json_line(WHERE, kept(b"1", b"\xff", headers=(("h", b"v"), ("n", None))))
    assert orjson.loads(line) == {
        "topic": "cointicker.raw.test",
        "partition": 2,
        "offset": 7,
        "timestamp": "2026-03-11T14:40:58.930Z",
        "key_base64": "/w==",
        "headers": [["h", "v"], ["n", None]],
        "value": 1,
    }


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (AT, "2026-03-11T14:40:58.930Z"), (2**62, f"{2**62}ms")],
)
def test_a_time_that_is_no_date_is_a_number(milliseconds: int, text: str) -> None:
    assert time_text(milliseconds) == text
