"""Whatever dies under the sink or kills it itself: nothing is lost, nothing is double."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from local.stack import Stack
from tests.integration.sinks import SESSION_SECONDS, Scene, open_scene


@pytest.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    async with open_scene(stack, partitions=3) as scene:
        yield scene


class Load:
    """Produces until it is told to stop."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stop = asyncio.Event()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._produce())

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task

    async def _produce(self) -> None:
        while not self._stop.is_set():
            await self._scene.send_some(200)
            await asyncio.sleep(0.05)


async def test_killed_at_random_moments(scene: Scene) -> None:
    sink = await scene.start_sink()
    chance = random.Random(5)
    async with Load(scene):
        for _ in range(4):
            await asyncio.sleep(chance.uniform(0.5, 5))
            await asyncio.to_thread(scene.stack.kill, sink)
            await asyncio.to_thread(scene.stack.start, sink)
            await asyncio.to_thread(scene.stack.wait_ready, sink)
    await scene.until_level()
    await scene.assert_exactly_once()


async def test_two_share_and_one_is_stopped_for_longer_than_its_session(scene: Scene) -> None:
    sleeper = await scene.start_sink()
    await scene.start_sink()
    async with Load(scene):
        await asyncio.sleep(2)
        await asyncio.to_thread(scene.stack.pause, sleeper)
        await asyncio.sleep(SESSION_SECONDS + 4)
        await asyncio.to_thread(scene.stack.resume, sleeper)
    await scene.until_level()
    await scene.assert_exactly_once()


async def test_the_broker_is_killed_and_comes_back(scene: Scene) -> None:
    sink = await scene.start_sink()
    await scene.send_some(2_000)
    await asyncio.to_thread(scene.stack.kill, "kafka")
    await scene.until(lambda: _is_unready_for(scene, sink, "kafka"))
    await asyncio.to_thread(scene.stack.start, "kafka")
    await asyncio.to_thread(scene.stack.wait_ready, "kafka")
    await scene.send_some(2_000)
    await scene.until_level()
    await scene.until(lambda: _is_ready(scene, sink))
    await scene.assert_exactly_once()


async def test_the_namenode_is_killed_and_comes_back_in_safe_mode(scene: Scene) -> None:
    sink = await scene.start_sink()
    async with Load(scene):
        await asyncio.sleep(2)
        await asyncio.to_thread(scene.stack.kill, "namenode")
        await scene.until(lambda: _is_unready_for(scene, sink, "hdfs"))
        # Without a DataNode's report it stays in safe mode.
        await asyncio.to_thread(scene.stack.pause, "datanode")
        await asyncio.to_thread(scene.stack.start, "namenode")
        await scene.until(lambda: _is_unready_for(scene, sink, "safe mode"))
        assert (await scene.ask(sink, "/healthz"))[0] == 200
        await asyncio.to_thread(scene.stack.resume, "datanode")
        await asyncio.to_thread(scene.stack.wait_ready, "namenode")
    await scene.until_level()
    await scene.until(lambda: _is_ready(scene, sink))
    await scene.assert_exactly_once()


async def test_consumption_pauses_at_the_budget_while_hdfs_is_away(scene: Scene) -> None:
    sink = await scene.start_sink(BUFFER_BYTES="1048576", ROTATE_BYTES="262144")
    await asyncio.to_thread(scene.stack.pause, "datanode")
    try:
        values = [b"%x" % random.getrandbits(8_000) for _ in range(4_000)]
        await scene.send(values)
        await scene.until(lambda: _are_paused(scene, sink))
        assert (await scene.ask(sink, "/healthz"))[0] == 200
    finally:
        await asyncio.to_thread(scene.stack.resume, "datanode")
    await scene.until_level()
    await scene.assert_exactly_once()


async def _is_ready(scene: Scene, sink: str) -> bool:
    return (await scene.ask(sink, "/readyz"))[0] == 200


async def _is_unready_for(scene: Scene, sink: str, why: str) -> bool:
    status, body = await scene.ask(sink, "/readyz")
    dependencies = body["dependencies"]
    assert isinstance(dependencies, dict)
    down = [f"{name}: {text}" for name, text in dependencies.items() if text != "ok"]
    return status == 503 and any(why in each for each in down)


async def _are_paused(scene: Scene, sink: str) -> bool:
    lines = (await scene.metrics(sink)).splitlines()
    [paused] = [each for each in lines if each.startswith("cointicker_hdfs_sink_paused_partitions")]
    return paused.endswith(" 3.0")
