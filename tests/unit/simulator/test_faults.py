"""Every fault over real HTTP, one source at a time, and what the admin endpoint refuses."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.unit.simulator.served import PATHS, Client, served

SOURCES = list(PATHS)


async def switch_on(client: Client, source: str, **fault: Any) -> None:
    answer = await client.request("POST", f"/admin/faults/{source}", json=fault)
    assert answer.status == 200


@pytest.mark.parametrize("kind", ["429", "418", "500"])
async def test_a_refusal_has_its_status_and_is_json_only_at_perplexity(kind: str) -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind=kind)
            answer = await client.source(source)
            assert answer.status == int(kind)
            is_json = answer.headers["Content-Type"].startswith("application/json")
            assert is_json == (source == "perplexity")


async def test_a_challenge_is_a_page_of_html() -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind="403")
            answer = await client.source(source)
            assert answer.status == 403
            assert answer.headers["Content-Type"].startswith("text/html")
            assert "Just a moment" in answer.body
            assert "__cf_chl" in answer.body


async def test_a_source_that_hangs_never_answers() -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind="hang")
            with pytest.raises(TimeoutError):
                await client.source(source, timeout=aiohttp.ClientTimeout(total=0.03))


async def test_a_reset_ends_the_connection_without_an_answer() -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind="reset")
            with pytest.raises((ConnectionResetError, aiohttp.ClientOSError)):
                await client.source(source)


async def test_a_truncated_body_is_shorter_than_it_says() -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind="truncated")
            with pytest.raises(aiohttp.ClientPayloadError):
                await client.source(source)


WRONG = {
    "upbit": lambda body: body[0]["trade_price"],
    "coinness": lambda body: body[0]["title"],
    "saveticker": lambda body: body["news_list"][0]["title"],
    "perplexity": lambda body: body["output"],
    "cnn": lambda body: body["fear_and_greed"]["score"],
    "alternative": lambda body: body["data"][0]["value"],
}
EMPTY = {
    "upbit": lambda body: body,
    "coinness": lambda body: body,
    "saveticker": lambda body: body["news_list"],
    "perplexity": lambda body: body["output"],
    "cnn": lambda body: body["fear_and_greed_historical"]["data"],
    "alternative": lambda body: body["data"],
}


async def test_one_field_has_another_type() -> None:
    async with served() as client:
        for source in SOURCES:
            good = (await client.source(source)).body
            await switch_on(client, source, kind="wrong_type")
            bad = (await client.source(source)).body
            assert type(WRONG[source](bad)) is not type(WRONG[source](good))


async def test_a_list_is_empty() -> None:
    async with served() as client:
        for source in SOURCES:
            await switch_on(client, source, kind="empty")
            answer = await client.source(source)
            assert answer.status == 200
            assert EMPTY[source](answer.body) == []


async def test_a_failed_run_is_an_http_200() -> None:
    async with served() as client:
        await switch_on(client, "perplexity", kind="failed")
        answer = await client.source("perplexity")
    assert answer.status == 200
    assert answer.body["status"] == "failed"
    assert answer.body["error"]["message"]


async def test_a_slow_answer_comes_whole_but_late() -> None:
    async with served() as client:
        await switch_on(client, "coinness", kind="slow", seconds=0.1)
        began = asyncio.get_running_loop().time()
        answer = await client.source("coinness")
        took = asyncio.get_running_loop().time() - began
    assert len(answer.body) == 5
    assert took >= 0.1


async def test_a_fault_of_one_source_leaves_the_others_alone() -> None:
    async with served() as client:
        await switch_on(client, "upbit", kind="500")
        statuses = {source: (await client.source(source)).status for source in SOURCES}
    assert statuses.pop("upbit") == 500
    assert set(statuses.values()) == {200}


async def test_a_counted_fault_ends_by_itself_and_another_when_it_is_taken_back() -> None:
    async with served() as client:
        await switch_on(client, "cnn", kind="500", count=2)
        counted = [(await client.source("cnn")).status for _ in range(3)]
        await switch_on(client, "cnn", kind="429", count=None)
        lasting = [(await client.source("cnn")).status for _ in range(2)]
        await client.request("DELETE", "/admin/faults/cnn")
        after = (await client.source("cnn")).status
    assert counted == [500, 500, 200]
    assert lasting == [429, 429]
    assert after == 200


async def test_the_state_counts_requests_and_shows_clock_and_faults() -> None:
    async with served() as client:
        await client.source("alternative")
        await switch_on(client, "alternative", kind="500", count=5)
        await client.source("alternative")
        state = (await client.get("/admin/state")).body
    counts = {"total": 2, "fault 500": 1, "status 200": 1, "status 500": 1}
    assert state["requests"]["alternative"] == counts
    assert state["faults"] == {"alternative": {"kind": "500", "count": 4}}
    assert state["clock"]["now"] == "2026-03-08T03:30:00Z"


@pytest.mark.parametrize(
    ("source", "body", "field", "allowed"),
    [
        ("upbitt", {"kind": "500"}, "source: got 'upbitt'", "one of upbit, coinness"),
        ("upbit", {"kind": "501"}, "kind: got '501'", "one of 429, 418"),
        ("upbit", {"kind": 500}, "kind: got 500", "one of 429, 418"),
        ("upbit", {"kind": "failed"}, "kind: got 'failed'", "one of 429, 418"),
        ("upbit", {"kind": ["500"]}, "kind: got ['500']", "one of 429, 418"),
        ("upbit", {"kind": "500", "count": 0}, "count: got 0", "null or a whole number from 1"),
        ("upbit", {"kind": "500", "count": True}, "count: got True", "null or a whole number"),
        ("upbit", {"kind": "slow", "seconds": -1}, "seconds: got -1", "above 0, at most 600"),
        ("upbit", {"kind": "500", "times": 3}, "times: got 3", "fields kind, count, seconds"),
        ("upbit", ["500"], "body: got ['500']", "a JSON object"),
    ],
)
async def test_a_bad_fault_is_refused_with_field_value_and_what_is_allowed(
    source: str, body: Any, field: str, allowed: str
) -> None:
    async with served() as client:
        answer = await client.request("POST", f"/admin/faults/{source}", json=body)
        state = (await client.get("/admin/faults")).body
    assert answer.status == 400
    assert answer.body["error"].startswith(field)
    assert allowed in answer.body["error"]
    assert state == {}


async def test_a_body_that_is_not_json_is_refused() -> None:
    async with served() as client:
        answer = await client.request("POST", "/admin/faults/upbit", data=b"kind=500")
    assert answer.status == 400
    assert "not JSON" in json.loads(answer.content)["error"]


async def test_the_simulator_says_that_it_is_ready() -> None:
    async with served() as client:
        assert (await client.get("/healthz")).body == {"status": "ok"}
