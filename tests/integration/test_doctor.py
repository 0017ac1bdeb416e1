"""`cointicker doctor` on real parts: well, with the broker down, in safe mode, hanging."""

import asyncio
import json
from time import monotonic

from cointicker.doctor.checks import examine
from cointicker.doctor.finding import Finding
from cointicker.doctor.settings import DoctorSettings
from local.cluster import ROOT
from local.stack import Stack
from tests.integration.commands import cointicker

TOPICS = ROOT / "kafka" / "topics.yaml"
SERVERS = ["broker", "zookeeper", "topics", "namenode"]


async def findings(stack: Stack, deadline_seconds: float = 5) -> dict[str, Finding]:
    """What the doctor finds, by name; no service runs."""
    settings = DoctorSettings.read(
        kafka_bootstrap_servers=stack.bootstrap_servers,
        zookeeper_connect=stack.zookeeper,
        hdfs_namenode=stack.namenode_url,
        deadline_seconds=deadline_seconds,
        **{f"{name}_url": "http://127.0.0.1:1" for name in ("collector", "processor")},
        **{f"{name}_url": "http://127.0.0.1:1" for name in ("hdfs_sink", "insights")},
    )
    return {each.name: each for each in await examine(settings, TOPICS)}


async def test_servers_that_are_well_and_services_that_are_not_there(stack: Stack) -> None:
    flags = [
        f"--{name}-url=http://127.0.0.1:1"
        for name in ("collector", "processor", "hdfs-sink", "insights")
    ]
    ended = await cointicker(stack, "doctor", "--json", "--file", str(TOPICS), *flags)
    answer = json.loads(ended.out)
    assert (ended.status, answer["well"]) == (1, False)
    found = {each["name"]: each for each in answer["findings"]}
    assert {found[name]["outcome"] for name in SERVERS} == {"ok"}, found
    assert "Kafka 3.9, ZooKeeper 3.8.4" in found["versions"]["found"]
    assert found["collector"]["found"] == "http://127.0.0.1:1: nothing listens there"
    assert found["collector"]["remedy"].startswith("start it: make up")


async def test_a_broker_that_is_down_and_a_namenode_in_safe_mode(stack: Stack) -> None:
    await asyncio.to_thread(stack.kill, "kafka")
    await asyncio.to_thread(stack.kill, "namenode")
    # Without a DataNode's report it stays in safe mode.
    await asyncio.to_thread(stack.pause, "datanode")
    try:
        await asyncio.to_thread(stack.start, "namenode")
        found = await _until_namenode_answers(stack)
    finally:
        await asyncio.to_thread(stack.resume, "datanode")
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "namenode")
        await asyncio.to_thread(stack.wait_ready, "kafka")
    assert found["broker"].outcome == "failed"
    assert found["topics"].found == found["sink lag"].found == "not looked at: no broker"
    assert found["zookeeper"].outcome == "ok"
    assert (found["namenode"].outcome, "safe mode" in found["namenode"].found) == ("failed", True)


async def test_what_hangs_costs_its_deadline_and_no_more(stack: Stack) -> None:
    await asyncio.to_thread(stack.pause, "namenode")
    began = monotonic()
    try:
        found = await findings(stack, deadline_seconds=2)
    finally:
        await asyncio.to_thread(stack.resume, "namenode")
    assert "no answer within 2 s" in found["namenode"].found
    assert monotonic() - began < 10


async def _until_namenode_answers(stack: Stack) -> dict[str, Finding]:
    """The findings once the NameNode's web server is up."""
    deadline = monotonic() + 60
    while True:
        found = await findings(stack)
        if "safe mode" in found["namenode"].found:
            return found
        assert monotonic() < deadline, found
        await asyncio.sleep(0.2)
