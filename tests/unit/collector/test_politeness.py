"""The rate budget, and asking only for what changed."""

import pytest

from collector.budget import Budget
from collector.http import Reply, Trouble
from collector.politeness import PoliteHttp
from tests.fakes.jumping_clock import JumpingClock
from tests.fakes.scripted_http import ScriptedHttp, reply

URL = "http://x/list"


def polite(http: ScriptedHttp, clock: JumpingClock, *, burst: int = 100) -> PoliteHttp:
    budget = Budget(per_second=1, burst=burst, now=clock.monotonic())
    return PoliteHttp(http, budget, clock, "upbit_trends")


def test_a_full_bucket_allows_a_burst_and_then_its_rate() -> None:
    budget = Budget(per_second=2, burst=3, now=0)
    assert [budget.take(0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_a_bucket_fills_up_to_its_burst_and_no_more() -> None:
    budget = Budget(per_second=2, burst=3, now=0)
    assert [budget.take(1000) for _ in range(4)] == [0, 0, 0, 0.5]
    assert budget.left(1000) == 0


def test_nothing_is_asked_in_a_second_in_which_nothing_is_left() -> None:
    budget = Budget(per_second=10, burst=10, now=0)
    budget.told(0, 0)
    assert budget.take(0.5) == 0.5
    assert budget.take(1.5) == 0


def test_what_the_source_says_is_left_counts_more_than_what_we_think() -> None:
    budget = Budget(per_second=1, burst=10, now=0)
    budget.told(1, 0)
    assert budget.left(0) == 1


async def test_requests_wait_for_the_budget() -> None:
    clock = JumpingClock()
    client = polite(ScriptedHttp(reply(b"[]")), clock, burst=2)
    for _ in range(4):
        await client.get(URL, {})
    assert clock.slept == [1.0, 1.0]


async def test_the_header_of_the_source_is_obeyed() -> None:
    clock = JumpingClock()
    http = ScriptedHttp(reply(b"[]", remaining_req="group=ticker; min=600; sec=0"))
    client = polite(http, clock)
    await client.get(URL, {})
    await client.get(URL, {})
    assert clock.slept == [1.0]


async def test_a_refusal_counts_against_the_budget_too() -> None:
    clock = JumpingClock()
    client = polite(ScriptedHttp(reply(b"", 429)), clock, burst=1)
    for _ in range(2):
        with pytest.raises(Trouble):
            await client.post(URL, {}, b"")
    assert clock.slept == [1.0]


async def ask_twice(http: ScriptedHttp, *, accept: bool) -> tuple[Reply, dict[str, str]]:
    client = polite(http, JumpingClock())
    await client.get(URL, {"Accept": "application/json"})
    if accept:
        client.accepted()
    else:
        client.rejected()
        client.accepted()
    return await client.get(URL, {"Accept": "application/json"}), http.asked[-1][2]


@pytest.mark.parametrize("etag", ['"strong"', 'W/"weak"'])
async def test_an_accepted_reply_is_asked_for_only_if_it_changed(etag: str) -> None:
    http = ScriptedHttp(reply(b"[]", etag=etag), reply(b"", 304))
    answer, headers = await ask_twice(http, accept=True)
    assert answer.status == 304
    assert headers == {"Accept": "application/json", "If-None-Match": etag}


async def test_a_reply_that_was_not_kept_is_asked_for_again() -> None:
    _, headers = await ask_twice(ScriptedHttp(reply(b"[]", etag='"a"')), accept=False)
    assert "If-None-Match" not in headers


async def test_etags_are_bounded() -> None:
    client = polite(ScriptedHttp(reply(b"[]", etag='"a"')), JumpingClock())
    for number in range(100):
        await client.get(f"{URL}?page={number}", {})
        client.accepted()
    assert len(client._etags) == 16
