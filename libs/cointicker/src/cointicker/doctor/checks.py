"""The list of checks: what is asked at once, what needs Kafka first, and the order of the lines."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cointicker.concurrency import task_group
from cointicker.doctor import broker, clocks, lag, namenode, services, topics, versions, zookeeper
from cointicker.doctor.broker import Brokers
from cointicker.doctor.finding import ASK_LONGER, Finding, failed, not_looked_at, warn
from cointicker.doctor.http import open_http
from cointicker.doctor.namenode import Namenode
from cointicker.doctor.services import SINK, Instance
from cointicker.doctor.settings import DoctorSettings
from cointicker.doctor.zookeeper import Zookeeper
from cointicker.errors import CoinTickerError, ConfigError, TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.offsets import open_offsets
from cointicker.kafka.reader import open_reader
from cointicker.topics import load_topics

# A question that needs Kafka is several requests, each with the deadline of one.
_REQUESTS = 2


@dataclass(frozen=True, slots=True)
class _Seen:
    """What answered, and what did not."""

    brokers: Brokers
    zookeepers: Sequence[Zookeeper]
    namenodes: Sequence[Namenode]
    instances: dict[str, list[Instance]]

    def answers(self) -> list[clocks.Told]:
        """Of each process that told its time, also of several with one name."""
        processes: list[tuple[str, Namenode | Instance]] = [
            (namenode.NAME, each) for each in self.namenodes
        ]
        processes += [(name, each) for name, found in self.instances.items() for each in found]
        return [clocks.Told(name, each.url, each.answer) for name, each in processes if each.answer]


async def examine(
    settings: DoctorSettings, topics_file: Path | None, clock: Callable[[], float] = time.time
) -> list[Finding]:
    """Every check, in the order in which they are shown. None takes long, whatever hangs.

    Without a `topics_file` the topics are not looked at.
    """
    seen = await _look(settings)
    async with task_group() as tasks:
        on_topics = tasks.create_task(
            _through_kafka(topics.NAME, seen.brokers, settings, _topics(settings, topics_file))
        )
        on_lag = tasks.create_task(
            _through_kafka(lag.NAME, seen.brokers, settings, _lag(settings, clock))
        )
    ours = await asyncio.to_thread(versions.installed)
    return [
        broker.judge(seen.brokers),
        zookeeper.judge(seen.zookeepers),
        on_topics.result(),
        namenode.judge(seen.namenodes),
        on_lag.result(),
        services.judge_refused(seen.instances[SINK]),
        *(
            services.judge(name, url, seen.instances[name])
            for name, url in settings.services().items()
        ),
        clocks.judge(seen.answers()),
        versions.judge(ours, seen.brokers, seen.zookeepers, seen.namenodes),
    ]


async def _look(settings: DoctorSettings) -> _Seen:
    """Everything that can be asked without knowing anything yet, at once."""
    seconds = settings.deadline_seconds
    urls = settings.services()
    async with open_http(seconds) as http, task_group() as tasks:
        brokers = tasks.create_task(broker.look(settings.kafka_bootstrap_servers, seconds))
        zookeepers = tasks.create_task(zookeeper.look(settings.zookeeper_connect, seconds))
        namenodes = tasks.create_task(namenode.look(http, settings.namenodes()))
        instances = {
            name: tasks.create_task(services.look(http, url, seconds)) for name, url in urls.items()
        }
        return _Seen(
            await brokers,
            await zookeepers,
            await namenodes,
            {name: await task for name, task in instances.items()},
        )


async def _through_kafka(
    name: str, brokers: Brokers, settings: DoctorSettings, check: Coroutine[Any, Any, Finding]
) -> Finding:
    """The finding of a check that needs Kafka, which is away, too slow, or answers."""
    seconds = _REQUESTS * settings.deadline_seconds
    if not brokers.are_usable:
        check.close()
        return not_looked_at(name, "no broker")
    try:
        async with asyncio.timeout(seconds):
            return await check
    except TimeoutError:
        # It answers: whether this is well is not known.
        return warn(name, f"not told within {seconds:g} s", ASK_LONGER)
    except CoinTickerError as error:
        return _unanswered(name, error)


def _unanswered(name: str, error: CoinTickerError) -> Finding:
    if isinstance(error, ConfigError):
        return failed(name, "; ".join(error.problems), "correct that file")
    if isinstance(error.__cause__, TimeoutError):
        return warn(name, str(error), ASK_LONGER)
    again = "ask again, " if isinstance(error, TransientError) else ""
    return failed(name, str(error), f"{again}look at the log of Kafka")


async def _topics(settings: DoctorSettings, topics_file: Path | None) -> Finding:
    if topics_file is None:
        return not_looked_at(topics.NAME, "no kafka/topics.yaml here (--file)")
    declared = await asyncio.to_thread(load_topics, topics_file, settings.kafka_topic_prefix)
    async with open_admin(settings.kafka_bootstrap_servers, settings.deadline_seconds) as admin:
        return topics.judge(declared, await topics.look(admin, declared))


async def _lag(settings: DoctorSettings, clock: Callable[[], float]) -> Finding:
    servers, seconds = settings.kafka_bootstrap_servers, settings.deadline_seconds
    async with (
        open_admin(servers, seconds) as admin,
        open_offsets(servers, seconds) as offsets,
        open_reader(servers, seconds) as reader,
    ):
        cluster = lag.Cluster(admin, offsets, reader)
        group, topics_taken = settings.kafka_group_id, settings.kafka_topics
        seen = await lag.look(cluster, group, topics_taken, clock(), seconds)
        return lag.judge(seen, settings.sink_lag_seconds)
