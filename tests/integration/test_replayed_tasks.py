"""What `cointicker replay` says of processor is what processor then does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import orjson
import pytest

from local.parts import Part
from local.ports import free_port
from local.probes import http_ready
from local.stack import Stack
from tests.integration.operating import Said, cointicker
from tests.integration.processors import Run, open_run
from tests.unit.processor.raw import FETCHED_MS, flash

COMMAND = Path(sys.executable).with_name("processor")
ITEMS = 20
SECONDS = 30


@pytest.fixture
async def run(stack: Stack) -> AsyncIterator[Run]:
    async with open_run(stack) as run:
        yield run


async def test_a_replayed_processor_refuses_until_it_is_started_with_rebuild(run: Run) -> None:
    await _start(run, "first")
    await run.until_ready_is(200)
    await run.send([("coinness", 0, flash(each)) for each in range(1, ITEMS + 1)], FETCHED_MS)
    await run.until_level()
    await run.stop()
    said = await _replay(run)
    assert said.status == 0, said.error
    assert "REBUILD=true" in said.out

    await _start(run, "refused")
    await _until_said(run, 'reason="foreign_commit"} 1.0')
    await run.until_ready_is(503)
    await run.stop()

    await _start(run, "rebuilt", REBUILD="true")
    await run.until_out("processed.news", 2 * ITEMS)
    await run.until_ready_is(200)
    await run.until_level()
    gaps = [orjson.loads(each.value or b"") for each in (await run.read("gaps"))[0]]
    assert {each["reason"] for each in gaps} == {"rebuilt: foreign_commit"}


async def _replay(run: Run) -> Said:
    topics = f"--topic={run.prefix}.raw.*"
    servers = f"--bootstrap-server={run.stack.bootstrap_servers}"
    return await cointicker("replay", "processor", "--to-earliest", "--execute", topics, servers)


async def _start(run: Run, name: str, **settings: str) -> None:
    """A processor under a name of its own, and wait until it answers."""
    port = free_port()
    run.name = f"{run.prefix}-{name}"
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": run.stack.bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": run.prefix,
        "SNAPSHOT_SECONDS": "1",
        "HTTP_PORT": str(port),
        **settings,
    }
    part = Part(
        run.name,
        [str(COMMAND)],
        ready=http_ready(port),
        environment=environment,
        port=port,
        stop_seconds=30,
    )
    await asyncio.to_thread(run.stack.add, part)
    await _until_said(run, "cointicker_processor_ready")


async def _until_said(run: Run, text: str) -> None:
    """Wait until it tells this of itself."""
    deadline = monotonic() + SECONDS
    while text not in await asyncio.to_thread(_metrics, run):
        assert monotonic() < deadline, f"no {text} within {SECONDS} s"
        await asyncio.sleep(0.1)


def _metrics(run: Run) -> str:
    try:
        return run.metrics()
    except OSError:  # it does not listen yet
        return ""
