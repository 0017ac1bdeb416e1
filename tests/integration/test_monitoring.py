"""What an operator sees of a healthy system: every target, every panel, and no alert.

One run of the services with topics of their own, watched by a real Prometheus.
"""

import asyncio
import json
import math
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from cointicker.kafka.admin import open_admin
from cointicker.topics import load_topics
from local.cluster import ROOT
from local.parts import Part
from local.services import collector, hdfs_sink, insights, processor, simulated_sources, simulator
from local.stack import Stack
from tests.integration.local_prometheus import jobs, prometheus
from tests.unit.monitoring.binaries import needed
from tests.unit.monitoring.selectors import selected

PREFIX = "watched"
COMMON = {"KAFKA_TOPIC_PREFIX": PREFIX, "SNAPSHOT_SECONDS": "5"}
SIMULATOR = {"SIMULATOR_SPEED": "240", "SIMULATOR_LEAD_SECONDS": "28800", "SIMULATOR_MARKETS": "30"}
SINK = {
    "HDFS_ROOT": f"/{PREFIX}",
    "KAFKA_GROUP_ID": f"{PREFIX}-sink",
    "ROTATE_AGE_SECONDS": "4",
    "ROTATE_IDLE_SECONDS": "1",
}
INTERVALS = {
    "UPBIT_TRENDS": 0.25,
    "COINNESS": 1,
    "SAVETICKER": 1,
    "PERPLEXITY": 5,
    "CNN_FEAR_GREED": 5,
}
OF_OUR_NAMING = ("collector", "processor", "hdfs-sink", "insights", "kafka", "zookeeper")
DASHBOARDS = sorted((ROOT / "monitoring" / "grafana" / "dashboards").glob("*.json"))
# Four scrapes, which is what Grafana takes.
RATE_INTERVAL = "20s"


@pytest.fixture(scope="module")
def watched(stack: Stack) -> Iterator[Stack]:
    """Everything is ready, and Prometheus looks at it."""
    needed("prometheus")
    asyncio.run(make_topics(stack))
    parts: list[Part] = [
        prometheus(stack),
        simulator(stack, SIMULATOR, name=f"{PREFIX}-simulator"),
        hdfs_sink(stack, {**COMMON, **SINK}, name=f"{PREFIX}-sink"),
        processor(stack, COMMON, name=f"{PREFIX}-processor"),
        insights(stack, COMMON, name=f"{PREFIX}-insights"),
    ]
    sources = simulated_sources(stack, INTERVALS)
    parts.append(collector(stack, {**COMMON, **sources}, name=f"{PREFIX}-collector"))
    for part in parts:
        stack.add(part)
    for part in parts:
        stack.wait_ready(part.name)
    yield stack
    for part in reversed(parts):
        stack.stop(part.name)


async def make_topics(stack: Stack) -> None:
    topics = await asyncio.to_thread(load_topics, ROOT / "kafka" / "topics.yaml", PREFIX)
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create(topics, 1)


def ask(stack: Stack, path: str, **parameters: str) -> Any:
    """What Prometheus answers."""
    query = urllib.parse.urlencode(parameters)
    url = f"http://127.0.0.1:{stack.ports.prometheus}/api/v1/{path}?{query}"
    with urllib.request.urlopen(url, timeout=5) as reply:
        return json.loads(reply.read())["data"]


def has_data(stack: Stack, expr: str) -> bool:
    """Whether a query of a panel gives a number now."""
    found = ask(stack, "query", query=expr.replace("$__rate_interval", RATE_INTERVAL))
    return any(not math.isnan(float(each["value"][1])) for each in found["result"])


def queries(dashboard: Path) -> dict[str, str]:
    """Every query of a dashboard, by its panel and letter."""
    board = json.loads(dashboard.read_text())
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in board["panels"]
        for target in panel.get("targets", [])
    }


async def test_every_target_is_up(watched: Stack) -> None:
    deadline = monotonic() + 60
    wanted = dict.fromkeys(jobs(watched.ports), "up")
    while True:
        targets = (await asyncio.to_thread(ask, watched, "targets"))["activeTargets"]
        found = {each["labels"]["job"]: each["health"] for each in targets}
        if found == wanted:
            return
        assert monotonic() < deadline, targets
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
async def test_every_panel_shows_data(watched: Stack, dashboard: Path) -> None:
    deadline = monotonic() + 60
    empty = queries(dashboard)
    assert len(empty) > 10
    while empty:
        for name, expr in list(empty.items()):
            if await asyncio.to_thread(has_data, watched, expr):
                del empty[name]
        assert monotonic() < deadline, empty
        await asyncio.sleep(1)


async def test_every_series_that_a_rule_asks_for_is_there(watched: Stack) -> None:
    groups = (await asyncio.to_thread(ask, watched, "rules"))["groups"]
    asked = {
        name for group in groups for rule in group["rules"] for name in selected(rule["query"])
    }
    assert len(asked) > 40
    deadline = monotonic() + 60
    while True:
        found = await asyncio.to_thread(ask, watched, "label/__name__/values")
        absent = {name for name in asked if not any(re.fullmatch(name, each) for each in found)}
        if not absent:
            return
        assert monotonic() < deadline, absent
        await asyncio.sleep(1)


async def test_every_rule_is_evaluated(watched: Stack) -> None:
    deadline = monotonic() + 60
    while True:
        groups = (await asyncio.to_thread(ask, watched, "rules"))["groups"]
        health = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
        if set(health.values()) == {"ok"}:
            return
        assert monotonic() < deadline, health
        await asyncio.sleep(1)


async def test_no_alert_fires_or_is_about_to(watched: Stack) -> None:
    deadline = monotonic() + 90
    while alerts := (await asyncio.to_thread(ask, watched, "alerts"))["alerts"]:
        assert [each for each in alerts if each["state"] == "firing"] == []
        assert monotonic() < deadline, alerts
        await asyncio.sleep(1)


@pytest.mark.parametrize("job", OF_OUR_NAMING)
def test_the_metrics_are_named_as_prometheus_asks(watched: Stack, job: str) -> None:
    port = jobs(watched.ports)[job]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        metrics = reply.read()
    checked = subprocess.run(
        [needed("promtool"), "check", "metrics"], input=metrics, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr.decode()
    assert checked.stderr == b""


def test_the_series_stay_few(watched: Stack) -> None:
    [found] = ask(watched, "query", query="count({__name__=~'.+'})")["result"]
    assert int(found["value"][1]) < 10_000
