"""What flows through a stack now: records in Kafka by topic, files and bytes in HDFS."""

import asyncio
import http.client
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cointicker.errors import TransientError
from cointicker.kafka.group_log import GroupLog
from cointicker.kafka.reader import Reader
from cointicker.kafka.records import Partition, Record
from local.errors import StackError
from local.ports import HOST

_SECONDS = 5.0
_LEVEL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class TopicFlow:
    """One topic: its records so far, records/s since the look before, and what came last."""

    topic: str
    records: int
    rate: float
    newest: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What is below a directory of HDFS."""

    files: int
    bytes: int


class Flow:
    """Looks at the raw topics again and again."""

    def __init__(
        self,
        reader: Reader,
        partitions: Sequence[Partition],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._partitions = partitions
        self._clock = clock
        self._before: dict[str, tuple[int, float]] = {}

    async def look(self) -> list[TopicFlow]:
        """Each topic as it is now. Raises TransientError."""
        counts: dict[str, int] = {}
        newest: dict[str, tuple[int, str]] = {}
        for partition in self._partitions:
            start, end = await self._reader.bounds(partition)
            counts[partition.topic] = counts.get(partition.topic, 0) + end - start
            if end > start and (record := await self._reader.first_from(partition, end - 1)):
                found = (record.timestamp, _brief(record.value))
                newest[partition.topic] = max(found, newest.get(partition.topic, found))
        now = self._clock()
        flows = [
            TopicFlow(topic, count, self._rate(topic, count, now), newest.get(topic, (0, ""))[1])
            for topic, count in sorted(counts.items())
        ]
        self._before = {flow.topic: (flow.records, now) for flow in flows}
        return flows

    def _rate(self, topic: str, count: int, now: float) -> float:
        records, since = self._before.get(topic, (count, now))
        return (count - records) / (now - since) if now > since else 0.0


def stored(namenode_port: int, path: str) -> Stored:
    """What is below a directory of HDFS; nothing while it does not exist."""
    answer = fetch_json(namenode_port, f"/webhdfs/v1{path}?op=GETCONTENTSUMMARY")
    summary = answer.get("ContentSummary", {"fileCount": 0, "length": 0})
    return Stored(summary["fileCount"], summary["length"])


def fetch_json(port: int, path: str) -> dict[str, Any]:
    """The JSON object that a part of the stack answers with, whatever its status."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StackError(f"port {port} does not answer {path}: {error}") from error
    finally:
        connection.close()
    return answer


async def until_level(log: GroupLog, topics: Iterable[str], timeout_seconds: float) -> None:
    """Wait until the group has committed every record there is. Raises TransientError."""
    deadline = time.monotonic() + timeout_seconds
    for topic in topics:
        while not await _is_level(log, topic):
            if time.monotonic() > deadline:
                raise TransientError(f"{topic} is not read to its end after {timeout_seconds:g} s")
            await asyncio.sleep(_LEVEL_SECONDS)


async def _is_level(log: GroupLog, topic: str) -> bool:
    committed = await log.committed(topic)
    for number in range(await log.partitions(topic)):
        partition = Partition(topic, number)
        start, end = await log.bounds(partition)
        # A transaction's end takes an offset too: it is not a record that anybody could read.
        async for _ in log.records(partition, committed.get(number, start), end):
            return False
    return True


async def read_topics(log: GroupLog, topics: Iterable[str]) -> list[tuple[Partition, Record]]:
    """Every record of these topics, each partition in its order."""
    found: list[tuple[Partition, Record]] = []
    for topic in topics:
        for number in range(await log.partitions(topic)):
            partition = Partition(topic, number)
            start, end = await log.bounds(partition)
            async for records in log.records(partition, start, end):
                found += [(partition, record) for record in records]
    return found


def seen_of(records: Iterable[Record]) -> tuple[datetime, datetime]:
    """The first and the last moment that raw records speak of."""
    moments = [
        datetime.fromisoformat(json.loads(each.value or b"")["event_at"]) for each in records
    ]
    return min(moments), max(moments)


def _brief(value: bytes | None) -> str:
    """What a person recognizes a record by."""
    record: dict[str, Any] = json.loads(value or b"{}")
    payload = record.get("payload", {})
    if "market" in payload:
        return f"{payload['market']} {payload['trade_price']:,}"
    return str(payload.get("title") or record.get("id", ""))
