"""Upbit's side of the contract: headers, errors, limits, and totals that add up."""

import re
from datetime import datetime, timedelta

import pytest

from simulator.config import Settings
from simulator.limits import RateLimit
from tests.unit.simulator.served import HOUR_MS, MINUTE_MS, START_MS, TICKERS, SetClock, served

DAY_MS = 24 * HOUR_MS


async def test_the_remaining_requests_count_down_and_start_anew_each_second() -> None:
    async with served() as client:
        seen = [(await client.get(TICKERS)).headers["Remaining-Req"] for _ in range(2)]
        client.clock.seconds += 1
        seen.append((await client.get(TICKERS)).headers["Remaining-Req"])
        other = (await client.get("/upbit/v1/market/all")).headers["Remaining-Req"]
    assert seen == [f"group=ticker; min=600; sec={left}" for left in (9, 8, 9)]
    assert other == "group=market; min=600; sec=9"


async def test_answers_carry_the_recorded_headers() -> None:
    async with served() as client:
        headers = (await client.get(TICKERS)).headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Cache-Control"] == "no-cache, no-store, max-age=0, must-revalidate"
    assert headers["Limit-By-Ip"] == "Yes"
    assert re.fullmatch(r'W/"[0-9a-f]+"', headers["ETag"])
    assert headers["Content-Encoding"] == "gzip"


async def test_more_than_ten_requests_a_second_get_a_429_that_is_not_json() -> None:
    async with served() as client:
        answers = [await client.get(TICKERS) for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["Content-Type"].startswith("text/plain")


async def test_who_keeps_on_is_blocked_and_told_for_how_long() -> None:
    async with served() as client:
        answers = [await client.get(TICKERS) for _ in range(15)]
        client.clock.seconds += 3
        later = await client.get(TICKERS)
    assert [answer.status for answer in answers[10:]] == [429] * 4 + [418]
    assert "2 seconds" in answers[-1].body
    assert later.status == 200


def test_each_block_is_twice_as_long_as_the_one_before() -> None:
    limit, now, waits = RateLimit(10), 1000.0, []
    for _ in range(4):
        verdicts = [limit.judge("127.0.0.1", "ticker", now) for _ in range(15)]
        waits.append(verdicts[-1].wait_seconds)
        now += waits[-1] + 20
    assert waits == [2, 4, 8, 16]


def test_addresses_and_groups_are_counted_apart() -> None:
    limit = RateLimit(1)
    assert limit.judge("10.0.0.1", "ticker", 5.0).is_served
    assert limit.judge("10.0.0.1", "market", 5.0).is_served
    assert limit.judge("10.0.0.2", "ticker", 5.0).is_served
    assert not limit.judge("10.0.0.1", "ticker", 5.5).is_served


def test_a_request_with_an_origin_is_served_once_in_ten_seconds() -> None:
    limit = RateLimit(10)
    served_at = [
        limit.judge("10.0.0.1", "ticker", now, has_origin=True).is_served
        for now in (0.0, 1.0, 9.0, 10.0)
    ]
    assert served_at == [True, False, False, True]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/ticker?markets=KRW-BTC,KRW-NONE", 404, "Code not found"),
        ("/ticker", 400, "Missing request parameter error. Check the required parameters!"),
        ("/ticker/all", 400, "Missing request parameter error. Check the required parameters!"),
        ("/ticker/all?quote_currencies=EUR", 400, "Invalid parameter. Check the given value!"),
        ("/candles/minutes/2?market=KRW-BTC", 400, "Invalid parameter. Check the given value!"),
        ("/candles/minutes/1?market=KRW-BTC&count=201", 400,
         "Invalid parameter. Check the given value!"),
        ("/candles/minutes/1?market=KRW-BTC&count=ten", 400,
         "Type mismatch error. Check the parameters type!"),
        ("/candles/minutes/1?market=KRW-BTC&to=2026-03-08T02:00:00 09:00", 400,
         "Invalid parameter. Check the given value!"),
    ],
)  # fmt: skip
async def test_errors_are_json_with_a_number_for_a_name(
    path: str, status: int, message: str
) -> None:
    async with served() as client:
        answer = await client.get(f"/upbit/v1{path}")
    assert answer.status == status
    assert answer.body == {"error": {"name": status, "message": message}}


async def test_a_market_without_a_trade_in_between_repeats_its_last_trade() -> None:
    async with served() as client:
        first = (await client.get(TICKERS)).body
        client.clock.moment_ms += 200
        second = (await client.get(TICKERS)).body
    pairs = list(zip(first, second, strict=True))
    rested = [(a, b) for a, b in pairs if a["trade_timestamp"] == b["trade_timestamp"]]
    assert 0 < len(rested) < len(pairs)
    for before, after in rested:
        assert {**before, "timestamp": 0}.items() >= {
            name: value
            for name, value in after.items()
            if name != "timestamp" and not name.endswith("_24h")
        }.items()
    assert all(item["trade_timestamp"] <= item["timestamp"] for item in second)


async def test_totals_grow_through_the_day_and_fall_to_nothing_at_midnight_utc() -> None:
    clock = SetClock(moment_ms=START_MS)
    midnight = START_MS // DAY_MS * DAY_MS + DAY_MS
    moments = [START_MS + 5 * HOUR_MS, midnight - 1, midnight + 3_000, midnight + 3 * HOUR_MS]
    totals = []
    async with served(clock=clock) as client:
        for clock.moment_ms in moments:
            totals.append((await client.get(TICKERS)).body[0])
    volumes = [each["acc_trade_volume"] for each in totals]
    assert 0 < volumes[0] < volumes[1]
    assert volumes[2] < volumes[3] < volumes[1]
    assert volumes[2] < volumes[1] / 1000
    rolling = [each["acc_trade_volume_24h"] for each in totals]
    assert max(rolling) < 1.3 * min(rolling)
    assert rolling[1] == pytest.approx(volumes[1], rel=1e-3)


async def test_dates_are_those_of_the_trade_in_utc_and_in_korea() -> None:
    async with served() as client:
        item = (await client.get(TICKERS)).body[0]
    traded = datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(
        milliseconds=item["trade_timestamp"]
    )
    korea = traded + timedelta(hours=9)
    assert item["trade_date"] + item["trade_time"] == traded.strftime("%Y%m%d%H%M%S")
    assert item["trade_date_kst"] + item["trade_time_kst"] == korea.strftime("%Y%m%d%H%M%S")


async def test_candles_agree_with_the_tickers_seen_in_their_minute() -> None:
    minute = START_MS + 30 * MINUTE_MS
    clock = SetClock(moment_ms=minute)
    async with served(clock=clock) as client:
        seen = []
        for clock.moment_ms in range(minute, minute + MINUTE_MS, 6_000):
            clock.seconds += 1
            seen.append((await client.get("/upbit/v1/ticker?markets=KRW-BTC")).body[0])
        clock.moment_ms = minute + 2 * MINUTE_MS
        path = "/upbit/v1/candles/minutes/1?market=KRW-BTC&to=2026-03-08T01:01:00Z"
        candle = (await client.get(path)).body[0]
    assert candle["candle_date_time_utc"] == "2026-03-08T01:00:00"
    assert candle["candle_date_time_kst"] == "2026-03-08T10:00:00"
    prices = [each["trade_price"] for each in seen if each["trade_timestamp"] >= minute]
    assert candle["low_price"] <= min(prices) <= max(prices) <= candle["high_price"]
    assert candle["candle_acc_trade_volume"] == pytest.approx(
        seen[-1]["acc_trade_volume"] - seen[0]["acc_trade_volume"], rel=0.35
    )


async def test_a_minute_without_a_trade_has_no_candle() -> None:
    async with served(Settings(speed=240, markets=20, rate=0.05)) as client:
        candles = (await client.get("/upbit/v1/candles/minutes/1?market=KRW-TRX&count=60")).body
    assert len(candles) < 60
    starts = [each["candle_date_time_utc"] for each in candles]
    assert starts == sorted(starts, reverse=True)
