"""What a status and the headers of a reply mean."""

from datetime import UTC, datetime

import pytest

from collector.http import Trouble
from collector.replies import check, remaining, wait_seconds
from tests.fakes.scripted_http import reply

NOW = datetime(2026, 3, 11, 14, 40, tzinfo=UTC)
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title>"


@pytest.mark.parametrize(
    ("status", "reason", "is_blocked"),
    [
        (429, "rate_limited", False),
        (418, "banned", True),
        (403, "blocked", True),
        (401, "unauthorized", True),
        (402, "unpaid", True),
        (404, "http_4xx", False),
        (500, "http_5xx", False),
        (302, "http_3xx", False),
        (101, "http_1xx", False),
    ],
)
def test_a_refusal_has_a_name(status: int, reason: str, is_blocked: bool) -> None:
    with pytest.raises(Trouble) as raised:
        check(reply(b"Too many API requests.", status), NOW)
    assert (raised.value.reason, raised.value.is_blocked) == (reason, is_blocked)


@pytest.mark.parametrize("status", [200, 304])
def test_a_good_reply_is_no_trouble(status: int) -> None:
    check(reply(b"[]", status), NOW)


@pytest.mark.parametrize(
    "given", [reply(CHALLENGE), reply(b"[]", content_type="text/html; charset=UTF-8")]
)
def test_a_challenge_with_status_200_is_a_block(given: object) -> None:
    with pytest.raises(Trouble) as raised:
        check(given, NOW)  # type: ignore[arg-type]
    assert raised.value.is_blocked


def test_after_a_429_at_least_a_second_passes() -> None:
    with pytest.raises(Trouble) as raised:
        check(reply(b"", 429), NOW)
    assert raised.value.wait_seconds >= 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("999999999", 3600),
        ("Wed, 11 Mar 2026 14:41:00 GMT", 60),
        ("Wed, 11 Mar 2026 14:39:00 GMT", 0),
        ("Wed, 11 Mar 9999 14:41:00 GMT", 3600),
        ("soon", 0),
        ("", 0),
        ("-5", 0),
        ("1.5e400", 0),
    ],
)
def test_a_wait_is_obeyed_as_number_and_as_date(header: str, seconds: float) -> None:
    assert wait_seconds({"retry-after": header}, NOW) == seconds


@pytest.mark.parametrize(
    ("header", "left"),
    [
        ("group=ticker; min=600; sec=9", 9),
        ("group=crix-trades; min=600; sec=0", 0),
        ("group=ticker", None),
        ("", None),
    ],
)
def test_what_is_left_of_the_second_is_read(header: str, left: int | None) -> None:
    assert remaining({"remaining-req": header}) == left
