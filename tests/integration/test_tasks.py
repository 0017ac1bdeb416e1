"""Tasks on the real stack: disturbed in every way they say what an undisturbed run says."""

import asyncio
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import orjson
import pytest

from cointicker.errors import TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.kafka.transactions import TransactionOptions, open_transactions
from cointicker.topics import Topic
from cointicker.work import Output
from local.cluster import ROOT
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack
from tests.fakes.counting_work import CountingWork

PARTITIONS = 4
SNAPSHOTS = {"cleanup.policy": "compact", "max.message.bytes": "9437184"}


@dataclass
class World:
    """Topics of its own on the stack, and the services that work on them."""

    stack: Stack
    prefix: str
    parts: dict[str, Part] = field(default_factory=dict)

    async def start(self, name: str, service: str, **settings: str) -> None:
        """Start a process, or start it again."""
        if name not in self.parts:
            port = free_port()
            self.parts[name] = Part(
                f"{self.prefix}-{name}",
                [sys.executable, "-m", "tests.integration.counting_service"],
                ready=http_ready(port),
                environment={
                    "PYTHONPATH": str(ROOT),
                    "NAME": service,
                    "STATE": service,
                    "KAFKA_BOOTSTRAP_SERVERS": self.stack.bootstrap_servers,
                    "KAFKA_TOPIC_PREFIX": self.prefix,
                    "KAFKA_SESSION_SECONDS": "3",
                    "SNAPSHOT_SECONDS": "1",
                    "IDLE_SECONDS": "600",
                    "HTTP_PORT": str(port),
                    **settings,
                },
                port=port,
            )
            await asyncio.to_thread(self.stack.add, self.parts[name])
        else:
            await asyncio.to_thread(self.stack.start, self.parts[name].name)

    async def ready(self, name: str) -> None:
        await asyncio.to_thread(self.stack.wait_ready, self.parts[name].name)

    async def kill(self, name: str) -> None:
        await asyncio.to_thread(self.stack.kill, self.parts[name].name)

    async def stop(self, name: str) -> None:
        await asyncio.to_thread(self.stack.stop, self.parts[name].name)

    async def readiness(self, name: str) -> dict[str, str]:
        """What /readyz says of each dependency."""
        port = self.parts[name].port

        def ask() -> bytes:
            try:
                with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as reply:
                    return bytes(reply.read())
            except urllib.error.HTTPError as error:
                with error:
                    return error.read()
            except urllib.error.URLError:  # not there yet
                return b'{"dependencies":{}}'

        return dict(orjson.loads(await asyncio.to_thread(ask))["dependencies"])

    async def records(self, topic: str, number: int) -> list[Record]:
        """What a reader of committed records finds, once it is answered."""
        where = Partition(f"{self.prefix}.{topic}", number)
        while True:
            try:
                async with open_reader([self.stack.bootstrap_servers], 10) as reader:
                    return [each async for batch in reader.records(where, 0) for each in batch]
            except TransientError:
                await asyncio.sleep(0.2)

    async def count(self, topic: str) -> int:
        return sum([len(await self.records(topic, number)) for number in range(PARTITIONS)])

    async def until(self, reached: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for what is looked at from outside."""
        async with asyncio.timeout(60):
            while not await reached():
                assert what
                await asyncio.sleep(0.1)


@asynccontextmanager
async def world_of(stack: Stack, services: Sequence[str]) -> AsyncIterator[World]:
    world = World(stack, f"tasks{uuid.uuid4().hex[:8]}")
    topics = [Topic(f"{world.prefix}.in", PARTITIONS, {})]
    for name in services:
        topics += [
            Topic(f"{world.prefix}.out.{name}", PARTITIONS, {}),
            Topic(f"{world.prefix}.state.{name}", PARTITIONS, SNAPSHOTS),
        ]
    topics += [Topic(f"{world.prefix}.{each}", 1, {}) for each in ("gaps", "consumer.status")]
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create(topics, 1)
    try:
        yield world
    finally:
        for name, part in world.parts.items():
            if stack.alive(part.name):
                await world.stop(name)


async def feed(world: World, stop: asyncio.Event, chance: random.Random) -> None:
    """Publish input in transactions, about 500 records/s, until `stop`; whatever happens."""
    options = TransactionOptions(
        servers=[world.stack.bootstrap_servers],
        group="none",
        transactional_id=f"{world.prefix}.feed",
        request_seconds=5,
    )
    for _ in count():
        try:
            async with open_transactions(options) as publisher:
                while not stop.is_set():
                    await publisher.commit(some_input(world, chance))
                    await asyncio.sleep(0.05)
                return
        except TransientError:
            await asyncio.sleep(0.2)


def some_input(world: World, chance: random.Random) -> list[Output]:
    return [
        Output(
            f"{world.prefix}.in",
            chance.randrange(PARTITIONS),
            b"key",
            chance.choice([b"a", b"b", b"c", b"d"]),
            int(time.time() * 1000),
        )
        for _ in range(25)
    ]


async def disturb(world: World, chance: random.Random) -> Counter[str]:
    """Everything that may happen to a process and its broker, while it works."""
    done: Counter[str] = Counter()

    async def grown(more: int) -> None:
        before = await world.count("out.one")

        async def is_more() -> bool:
            return await world.count("out.one") > before + more

        await world.until(is_more, "output grows")

    async def kill() -> None:
        await grown(chance.randrange(50, 400))
        await world.kill("first")
        await world.start("first", "one")
        await world.ready("first")
        done["kill -9"] += 1

    await world.start("first", "one")
    await world.ready("first")
    await kill()

    await grown(100)
    await asyncio.to_thread(world.stack.pause, world.parts["first"].name)
    await world.start("second", "one")
    await world.ready("second")
    await grown(100)
    await asyncio.to_thread(world.stack.resume, world.parts["first"].name)
    await grown(300)
    done["frozen past its session, woken"] += 1
    done["second instance joined"] += 1

    await world.kill("second")
    await grown(100)
    await world.start("second", "one")
    await grown(300)
    await world.stop("second")
    done["second instance left in order"] += 1
    await grown(100)

    await asyncio.to_thread(world.stack.kill, "kafka")
    await asyncio.to_thread(world.stack.start, "kafka")
    await asyncio.to_thread(world.stack.wait_ready, "kafka")
    await grown(100)
    done["broker killed"] += 1
    await kill()
    return done


async def undisturbed(world: World) -> dict[int, list[bytes]]:
    """What the work makes of each partition in one go."""
    said = {}
    for number in range(PARTITIONS):
        work = CountingWork(Partition("in", number), None, "out")
        said[number] = [each.value for each in work.take(await world.records("in", number))]
    return said


async def output(world: World, service: str) -> dict[int, list[bytes]]:
    return {
        number: [each.value or b"" for each in await world.records(f"out.{service}", number)]
        for number in range(PARTITIONS)
    }


@pytest.mark.timeout(240)
async def test_a_disturbed_run_says_exactly_what_an_undisturbed_one_says(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20260311)
    fed = asyncio.Event()
    async with world_of(stack, ["one", "calm"]) as world:
        feeding = asyncio.ensure_future(feed(world, fed, chance))
        try:
            done = await disturb(world, chance)
        finally:
            fed.set()
            await feeding
        total = await world.count("in")
        await world.start("calm", "calm")

        async def is_complete() -> bool:
            counts = [await world.count(f"out.{name}") for name in ("one", "calm")]
            return min(counts) >= total

        await world.until(is_complete, "all is worked on")
        await world.stop("first")
        await world.stop("calm")
        expected, said = await undisturbed(world), await output(world, "one")
        assert said == await output(world, "calm")
        assert said == expected
    with capsys.disabled():
        sys.stdout.write(
            f"\n{total} records, {dict(done)}: {sum(map(len, said.values()))} outputs\n"
        )


async def test_without_its_state_a_task_is_refused_and_rebuilt_when_asked(stack: Stack) -> None:
    async with world_of(stack, ["one", "lost"]) as world:
        chance = random.Random(4)
        for _ in range(3):
            await publish(world, some_input(world, chance))
        await world.start("first", "one", IDLE_SECONDS="0.5")

        async def says(what: bytes, times: int) -> bool:
            values = [each for said in (await output(world, "one")).values() for each in said]
            return sum(each.startswith(what) for each in values) >= times

        # Behind the last record the end of a transaction is in the log: read, and no record.
        await world.until(lambda: says(b"idle", PARTITIONS), "all tasks say that they are idle")
        await world.stop("first")

        await world.start("refused", "one", STATE="lost")

        async def is_refused() -> bool:
            return str(await world.readiness("refused")).count("refused, ") == PARTITIONS

        await world.until(is_refused, "the lost state is told")
        why = await world.readiness("refused")
        assert sorted(each for each, text in why.items() if "refused" in text) == [
            f"{world.prefix}.in-{number}" for number in range(PARTITIONS)
        ]
        assert why["kafka"] == "ok"
        await world.stop("refused")

        await world.start("rebuilt", "one", STATE="lost", REBUILD="true")
        await world.ready("rebuilt")
        await publish(world, some_input(world, chance))

        async def goes_on() -> bool:
            return await world.count("out.one") == 100 + PARTITIONS

        await world.until(goes_on, "the rest is worked on")
        await world.stop("rebuilt")
        assert len(await world.records("gaps", 0)) == PARTITIONS
        said = {
            number: [each for each in values if not each.startswith(b"idle")]
            for number, values in (await output(world, "one")).items()
        }
        assert said == await undisturbed(world)


async def publish(world: World, outputs: Sequence[Output]) -> None:
    options = TransactionOptions(
        servers=[world.stack.bootstrap_servers],
        group="none",
        transactional_id=f"{world.prefix}.publish",
    )
    async with open_transactions(options) as publisher:
        await publisher.commit(outputs)
