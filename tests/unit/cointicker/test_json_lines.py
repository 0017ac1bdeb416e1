"""Lines of JSON as messages, and the lines that are refused."""

from collections.abc import Iterable

import pytest

from cointicker.json_lines import Keying, Lines, read_line


def cut(portions: Iterable[bytes], most: int = 100) -> tuple[list[tuple[int, bytes]], list[int]]:
    lines = Lines(most)
    found = [line for each in portions for line in lines.feed(each)]
    return [*found, *lines.close()], lines.too_long


TEXT = b'{"a":1}\n\n  \r\n[2]\r\n\xea\xb0\x80\n"last"'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_are_numbered_however_they_arrive(size: int) -> None:
    portions = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    assert cut(portions)[0] == [
        (1, b'{"a":1}'),
        (4, b"[2]\r"),
        (5, b"\xea\xb0\x80"),
        (6, b'"last"'),
    ]


@pytest.mark.parametrize("size", [1, 5, 100])
def test_of_a_line_that_is_too_long_nothing_is_kept(size: int) -> None:
    text = b"12345\n" + b"x" * 11 + b"\n1234567890\n" + b"y" * 50
    portions = [text[at : at + size] for at in range(0, len(text), size)]
    assert cut(portions, most=10) == ([(1, b"12345"), (3, b"1234567890")], [2, 4])


@pytest.mark.parametrize(
    "line", [b'{"a": 1}', b"[1, 2]", b"null", b'"text"', '{"가":1}'.encode(), b"1e400000"[:3]]
)
def test_any_json_is_sent_as_it_is(line: bytes) -> None:
    assert read_line(b" " + line + b"\r", Keying(b"k")) == (b"k", line)


@pytest.mark.parametrize("line", [b"nope", b"{'a':1}", b'{"a":1} {"b":2}', b"NaN", b'"\xff"', b"{"])
def test_what_is_no_json_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not JSON: "):
        read_line(line, Keying())


@pytest.mark.parametrize(
    ("line", "key"), [(b'{"m":"KRW-BTC"}', b"KRW-BTC"), (b'{"m":7}', b"7"), (b'{"m":""}', b"")]
)
def test_a_field_of_the_line_is_its_key(line: bytes, key: bytes) -> None:
    assert read_line(line, Keying(member="m")) == (key, line)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{}", "no field m"),
        (b"[1]", "no field m: not a JSON object"),
        (b'{"m":null}', "field m: neither text nor a whole number"),
        (b'{"m":true}', "field m: neither text nor a whole number"),
        (b'{"m":1.5}', "field m: neither text nor a whole number"),
    ],
)
def test_a_line_without_its_key_is_refused(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        read_line(line, Keying(member="m"))
