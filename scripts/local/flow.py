"""What flows through a stack now: records in Kafka by topic, files and bytes in HDFS."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cointicker.kafka.reader import Reader
from cointicker.kafka.records import Partition
from local.errors import StackError
from local.ports import HOST

_SECONDS = 5.0


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
    connection = http.client.HTTPConnection(HOST, namenode_port, timeout=_SECONDS)
    try:
        connection.request("GET", f"/webhdfs/v1{path}?op=GETCONTENTSUMMARY")
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise StackError(f"the NameNode does not answer: {error}") from error
    finally:
        connection.close()
    if response.status == http.HTTPStatus.NOT_FOUND:
        return Stored(0, 0)
    summary = json.loads(content)["ContentSummary"]
    return Stored(summary["fileCount"], summary["length"])


def _brief(value: bytes | None) -> str:
    """What a person recognizes a record by."""
    record: dict[str, Any] = json.loads(value or b"{}")
    payload = record.get("payload", {})
    if "market" in payload:
        return f"{payload['market']} {payload['trade_price']:,}"
    return str(payload.get("title") or record.get("id", ""))
