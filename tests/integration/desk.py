"""An operator at a prefix of his own on the real broker: what he types, and what is there."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.kafka.admin import open_admin
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.messages import DeadLetter
from cointicker.times import to_ms
from cointicker.topics import Topic
from local.stack import Stack

COMMAND = Path(sys.executable).with_name("cointicker")
SMALL_BYTES = 1_000
AT = datetime(2026, 3, 11, 14, 40, 59, tzinfo=UTC)
HEADERS = [("h", b"v"), ("none", None)]


@dataclass
class Desk:
    """Topics of one prefix, and the command that is typed at them."""

    stack: Stack
    prefix: str
    environment: dict[str, str] = field(default_factory=dict)

    def name(self, topic: str) -> str:
        return f"{self.prefix}.{topic}"

    def type(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Exit status, stdout, stderr."""
        result = CliRunner(env=self.environment).invoke(app, list(arguments), input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return result.exit_code, result.stdout, result.stderr

    def documents(self, *arguments: str) -> list[dict[str, Any]]:
        status, out, err = self.type(*arguments)
        assert (status, err) == (0, "")
        documents: list[dict[str, Any]] = orjson.loads(out)
        return documents

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [COMMAND, *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def send(self, topic: str, *values: bytes | None, at: datetime = AT, number: int = 0) -> int:
        """Produce in order; the offset of the first."""
        return asyncio.run(self._send(self.name(topic), values, to_ms(at), number))

    def records(self, topic: str, number: int = 0) -> list[Record]:
        return asyncio.run(self._records(Partition(self.name(topic), number)))

    def letter(
        self,
        value: bytes | None,
        offset: int | None = None,
        reason: str = "bad",
        on: str = "raw.test",
    ) -> int:
        """Write the letter of a record that is sent first, unless it has an offset."""
        if offset is None:
            offset = self.send(on, value, number=1)
        topic = self.name(on)
        origin: dict[str, str | int] = {
            "topic": topic,
            "partition": 1,
            "offset": offset,
            "size": len(value or b""),
        }
        letter = DeadLetter("processor", reason, "why", topic, origin, value or b"", AT)
        return self.send("dead_letter", letter.encode())

    def delete(self, topic: str, number: int, before: int) -> None:
        asyncio.run(self._delete(TopicPartition(self.name(topic), number), before))

    async def _send(
        self, topic: str, values: Sequence[bytes | None], at_ms: int, number: int
    ) -> int:
        async with AIOKafkaProducer(bootstrap_servers=self.stack.bootstrap_servers) as producer:
            sent = [
                await producer.send_and_wait(
                    topic, each, b"k", partition=number, timestamp_ms=at_ms, headers=HEADERS
                )
                for each in values
            ]
        return int(sent[0].offset)

    async def _records(self, partition: Partition) -> list[Record]:
        async with open_reader([self.stack.bootstrap_servers], 10) as reader:
            start, _ = await reader.bounds(partition)
            return [each async for batch in reader.records(partition, start) for each in batch]

    async def _delete(self, partition: TopicPartition, before: int) -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=self.stack.bootstrap_servers)
        await client.start()
        try:
            await client.delete_records({partition: RecordsToDelete(before)})
        finally:
            await client.close()


def make_desk(stack: Stack, tmp_path: Path) -> Desk:
    """A desk with topics of its own; `tmp_path` takes its settings file."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": prefix,
        "CONFIG_FILE": str(_settings_file(tmp_path)),
    }

    async def create() -> None:
        topics = [
            Topic(f"{prefix}.raw.test", 2, {}),
            Topic(f"{prefix}.raw.small", 2, {"max.message.bytes": str(SMALL_BYTES)}),
            Topic(f"{prefix}.dead_letter", 1, {}),
            Topic(f"{prefix}.gaps", 1, {}),
        ]
        async with open_admin([stack.bootstrap_servers], 10) as admin:
            await admin.create(topics, 1)

    asyncio.run(create())
    return Desk(stack, prefix, environment)


def _settings_file(directory: Path) -> Path:
    path = directory / "none.yaml"
    path.write_text("kafka: {}\n")
    return path
