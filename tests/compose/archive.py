"""What is in HDFS and in Kafka, seen through the tools that the containers bring."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from cointicker.kafka.records import Partition, Record
from local.proof import Processing, add_up
from tests.compose.project import Project

_ALL_RECORDS = r"cointicker\.(raw\.(?!test).*|processed\..*|dead_letter)"
_QUIET_MS = 15_000


@dataclass(frozen=True, slots=True)
class Read:
    """A record as the console consumer prints it; only what the proof asks for."""

    offset: int
    value: bytes
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def audit(project: Project) -> dict[str, Any]:
    """The document of `cointicker audit --json`. Raises CommandFailed where it is not clean."""
    run = ("run", "--rm", "--no-deps", "--no-TTY", "cointicker")
    document: dict[str, Any] = json.loads(project.compose(*run, "audit", "--json"))
    return document


def total(document: dict[str, Any], figure: str) -> int:
    """A figure of all partitions together."""
    return sum(int(each[figure]) for each in document["partitions"])


def processing(project: Project) -> Processing:
    """What became of each raw record that Kafka keeps."""
    raw: list[tuple[Partition, Record]] = []
    processed: list[Record] = []
    letters: list[Record] = []
    for number, record in _records(project):
        value = orjson.loads(record.value)
        if "payload" in value:
            raw.append((Partition(f"cointicker.raw.{value['source']}", number), record))
        elif "reason" in value:
            letters.append(record)
        else:
            processed.append(record)
    return add_up(raw, processed, letters)


def _records(project: Project) -> Iterator[tuple[int, Read]]:
    shown = ("print.partition=true", "print.offset=true")
    text = project.execute(
        "kafka",
        *("kafka-console-consumer", "--bootstrap-server", "localhost:9092"),
        *("--include", _ALL_RECORDS, "--from-beginning", "--isolation-level", "read_committed"),
        *("--timeout-ms", str(_QUIET_MS), *(f"--property={each}" for each in shown)),
    )
    for line in text.splitlines():
        partition, offset, value = line.split("\t", 2)
        number = int(partition.removeprefix("Partition:"))
        yield number, Read(int(offset.removeprefix("Offset:")), value.encode())
