"""All sources at once against the simulator: each of its faults, and the others undisturbed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from cointicker.health import Health
from collector.__main__ import open_pollers
from collector.clock import SystemClock
from collector.collector import Collector
from collector.config import CollectorSettings
from collector.outbox import Outbox
from collector.poller import Poller
from collector.progress import Progress
from collector.spool import open_spool
from simulator.app import create_app, serving
from simulator.clock import RunningClock
from simulator.config import Settings
from tests.fakes.memory_producer import MemoryProducer

PATHS = {
    "upbit_trends": "upbit",
    "coinness": "coinness",
    "saveticker": "saveticker",
    "perplexity": "perplexity",
    "cnn_fear_greed": "cnn",
    "alternative_me": "alternative",
}
RAW = ("upbit_trends", "coinness", "saveticker", "perplexity", "cnn_fear_greed")
FAULTS = {
    "429": ("backing_off", "rate_limited"),
    "418": ("blocked", "banned"),
    "403": ("blocked", "blocked"),
    "500": ("backing_off", "http_5xx"),
    "hang": ("backing_off", "timeout"),
    "slow": ("backing_off", "timeout"),
    "reset": ("backing_off", "no_answer"),
    "truncated": ("backing_off", "no_answer"),
    "empty": ("backing_off", "empty"),
    "wrong_type": ("ok", ""),
}
# What a fault comes to where a reply is one item.
BY_SOURCE = {
    ("perplexity", "empty"): ("backing_off", "out_of_range"),
    ("perplexity", "wrong_type"): ("backing_off", "wrong_type"),
    ("cnn_fear_greed", "empty"): ("ok", ""),
    ("cnn_fear_greed", "wrong_type"): ("backing_off", "wrong_type"),
}


def make_settings(
    url: str, tmp_path: Path, changes: Mapping[str, Mapping[str, Any]]
) -> CollectorSettings:
    sources = {
        name: {
            "base_url": f"{url}/{path}",
            "interval_seconds": 0.05,
            "requests_per_second": 1000,
            "burst": 1000,
            "deadline_seconds": 0.5,
            **changes.get(name, {}),
        }
        for name, path in PATHS.items()
    }
    sources["perplexity"]["api_key"] = "pplx-simulated"
    values: dict[str, Any] = {"spool_directory": tmp_path, **sources}
    return CollectorSettings(**values)


class Running:
    """Every source's poller, what they publish, and the simulator's switches."""

    def __init__(
        self, url: str, pollers: list[Poller], outbox: Outbox, producer: MemoryProducer
    ) -> None:
        self._url = url
        self.pollers = {poller.source.name: poller for poller in pollers}
        self.outbox = outbox
        self.producer = producer
        self.stored: dict[str, Progress] = {}
        self.health = Health()

    def collector(self) -> Collector:
        return Collector(list(self.pollers.values()), self.outbox, self.health, self.stored.update)

    async def fault(self, source: str, kind: str) -> None:
        await self._switch("POST", source, orjson.dumps({"kind": kind, "seconds": 5}))

    async def no_fault(self, source: str) -> None:
        await self._switch("DELETE", source, b"")

    async def _switch(self, method: str, source: str, body: bytes) -> None:
        url = f"{self._url}/admin/faults/{PATHS[source]}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body) as response,
        ):
            assert response.status == 200, await response.text()

    def has_all_raw(self) -> bool:
        return all(self.producer.on(f"raw.{source}") for source in RAW)

    def letters(self) -> list[dict[str, Any]]:
        return [orjson.loads(each.value or b"") for each in self.producer.on("dead_letter")]


@asynccontextmanager
async def simulated(tmp_path: Path, **changes: Mapping[str, Any]) -> AsyncIterator[Running]:
    """The simulator at work, and pollers for all of its sources; nothing is polled yet."""
    settings = Settings(
        markets=20,
        speed=3600,
        perplexity_latency_seconds=0,
        upbit_requests_per_second=1000,
    )
    async with AsyncExitStack() as opened:
        app = await asyncio.to_thread(create_app, settings, RunningClock(settings))
        url = await opened.enter_async_context(serving(app))
        spool = await asyncio.to_thread(open_spool, tmp_path, 10_000_000, SystemClock().utc())
        opened.push_async_callback(spool.close)
        producer = MemoryProducer()
        outbox = Outbox(
            producer,
            spool,
            dead_letter_topic="cointicker.dead_letter",
            patience_seconds=60,
            clock=SystemClock(),
        )
        chosen = await asyncio.to_thread(make_settings, url, tmp_path, changes)
        pollers = await open_pollers(chosen, outbox, opened)
        yield Running(url, pollers, outbox, producer)


@asynccontextmanager
async def at_work(running: Running) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(running.collector().run(stop))
        yield
        stop.set()


@pytest.mark.parametrize("faulty", [list(PATHS)[::2], list(PATHS)[1::2]], ids="+".join)
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_is_the_trouble_of_its_source_alone(
    tmp_path: Path, kind: str, faulty: list[str]
) -> None:
    async with simulated(tmp_path) as running:
        pollers, stop = running.pollers, asyncio.Event()
        pollers["alternative_me"]._is_needed = lambda: True
        for name in faulty:
            await running.fault(name, kind)
        stuck = [asyncio.ensure_future(pollers[name].turn(stop)) for name in faulty]
        for name in PATHS.keys() - {*faulty}:
            await pollers[name].turn(stop)
            assert pollers[name].state.now == "ok"
        waits = await asyncio.gather(*stuck)
        assert min(waits) >= 1 or kind != "429"
        for name in faulty:
            state = pollers[name].state
            assert (state.now, state.why) == BY_SOURCE.get((name, kind), FAULTS[kind])
            await running.no_fault(name)
            await pollers[name].turn(stop)
            assert pollers[name].state.now == "ok"


async def test_a_wrong_item_is_told_by_its_field_and_its_siblings_go_on(tmp_path: Path) -> None:
    async with simulated(tmp_path) as running:
        for source in RAW:
            await running.fault(source, "wrong_type")
            await running.pollers[source].turn(asyncio.Event())
    found = {each["origin"]["source"]: each["detail"].split(":")[0] for each in running.letters()}
    assert found == {
        "upbit_trends": "trade_price",
        "coinness": "title",
        "saveticker": "title",
        "perplexity": "output",
        "cnn_fear_greed": "fear_and_greed.score",
    }
    assert len(running.producer.on("raw.upbit_trends")) == 19


async def test_an_answer_that_failed_is_a_dead_letter(tmp_path: Path) -> None:
    async with simulated(tmp_path) as running:
        await running.fault("perplexity", "failed")
        await running.pollers["perplexity"].turn(asyncio.Event())
    assert [each["reason"] for each in running.letters()] == ["out_of_range"]


async def test_every_item_of_the_simulator_is_as_documented(tmp_path: Path) -> None:
    async with simulated(tmp_path) as running:
        async with at_work(running):
            await running.producer.until(lambda _: running.has_all_raw())
        assert running.letters() == []
        assert running.stored.keys() == {*RAW}
        assert not any(each.errors for each in running.pollers.values())


async def test_while_one_hangs_the_others_are_collected(tmp_path: Path) -> None:
    hanging = {"deadline_seconds": 60}
    async with simulated(tmp_path, upbit_trends=hanging, cnn_fear_greed=hanging) as running:
        await running.fault("upbit_trends", "hang")
        await running.fault("cnn_fear_greed", "hang")
        async with at_work(running):
            others = ("coinness", "saveticker", "perplexity")
            await running.producer.until(
                lambda _: all(running.producer.on(f"raw.{name}") for name in others)
            )
        assert running.pollers["upbit_trends"].state.now == "starting"


async def test_the_declared_fallback_is_collected_while_its_source_is_in_trouble(
    tmp_path: Path,
) -> None:
    async with simulated(tmp_path) as running:
        await running.fault("cnn_fear_greed", "418")
        async with at_work(running):
            await running.producer.until(lambda _: running.has_all_raw())
        assert running.pollers["cnn_fear_greed"].state.now == "blocked"
        records = running.producer.on("raw.cnn_fear_greed")
        assert {(each.key or b"").split(b":")[0] for each in records} == {b"alternative_me"}


async def test_the_fallback_is_not_asked_while_its_source_is_well(tmp_path: Path) -> None:
    async with simulated(tmp_path) as running:
        async with at_work(running):
            await running.producer.until(lambda _: running.has_all_raw())
        assert running.pollers["alternative_me"].state.now == "standby"


async def test_it_stops_while_kafka_is_away_and_keeps_what_it_has(tmp_path: Path) -> None:
    async with simulated(tmp_path) as running:
        running.producer.is_away = True
        async with at_work(running):
            await running.producer.was_called.wait()
        assert not running.producer.messages
        assert running.outbox._spool.records > 0
        assert running.health.is_alive()
