"""tail, produce, dead-letter and gaps, as an operator types them, on a real broker."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.kafka.admin import open_admin
from cointicker.kafka.producer import MAX_MESSAGE_BYTES
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.letterbox import open_letterbox
from cointicker.messages import DeadLetter, Gap
from cointicker.settings import ClientSettings
from cointicker.times import to_ms
from cointicker.topics import Topic
from local.ports import free_port
from local.stack import Stack
from tests.integration.processors import open_run

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


@pytest.fixture
def desk(stack: Stack, tmp_path: Path) -> Desk:
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


def test_tail_shows_what_is_there_and_ends(desk: Desk) -> None:
    topic = desk.name("raw.test")
    desk.send("raw.test", b'{"a":1}', b"\x1b[2J")
    desk.send("raw.test", None, number=1)
    status, out, err = desk.type("tail", topic, "--from-beginning", "--exit")
    assert (status, err) == (0, "")
    assert sorted(out.splitlines()) == [
        f'2026-03-11T14:40:59.000Z {topic}-0@0 k [h=v] [none] {{"a":1}}',
        f"2026-03-11T14:40:59.000Z {topic}-0@1 k [h=v] [none] \\x1b[2J",
        f"2026-03-11T14:40:59.000Z {topic}-1@0 k [h=v] [none] (no value)",
    ]
    status, out, _ = desk.type("tail", f"{desk.prefix}.*", "--from-beginning", "-e", "--json")
    assert {orjson.loads(each)["partition"] for each in out.splitlines()} == {0, 1}
    begin = ("tail", topic, "--from-beginning", "--exit")
    assert desk.type(*begin, "--key", "kk") == (0, "", "")
    assert desk.type(*begin, "--key", "k", "-n", "1", "--raw")[1] in {'{"a":1}\n', "\n"}


def test_tail_since_a_time_begins_with_the_first_record_since_then(desk: Desk) -> None:
    desk.send("raw.test", b"1", at=AT)
    desk.send("raw.test", b"2", at=AT + timedelta(hours=1))
    begin = ("tail", desk.name("raw.test"), "--exit", "--raw", "--since")
    assert desk.type(*begin, "2026-03-11T15:00Z") == (0, "2\n", "")
    assert desk.type(*begin, "10s") == (0, "", "")
    status, _, err = desk.type(*begin, "soon")
    assert (status, err.count("\n")) == (2, 1)


def test_tail_follows_until_its_reader_has_enough(desk: Desk) -> None:
    with desk.start("tail", desk.name("raw.test"), "--from-beginning", "--raw") as tailing:
        assert tailing.stdout is not None
        assert tailing.stderr is not None
        desk.send("raw.test", b"1")
        assert tailing.stdout.readline() == b"1\n"
        desk.send("raw.test", b"2")
        assert tailing.stdout.readline() == b"2\n"
        tailing.stdout.close()  # nothing more comes, and it ends all the same
        assert (tailing.wait(60), tailing.stderr.read()) == (0, b"")


def test_ctrl_c_ends_tail_without_a_word(desk: Desk) -> None:
    desk.send("raw.test", b"1")
    with desk.start("tail", desk.name("raw.test"), "--from-beginning", "--raw") as tailing:
        assert tailing.stdout is not None
        assert tailing.stderr is not None
        assert tailing.stdout.readline() == b"1\n"
        tailing.send_signal(2)
        assert (tailing.wait(60), tailing.stderr.read()) == (130, b"")


def test_ctrl_c_at_stdin_says_where_produce_goes_on(desk: Desk) -> None:
    topic = desk.name("raw.test")
    with desk.start("produce", topic, "--key", "k") as producing:
        assert producing.stdin is not None
        assert producing.stderr is not None
        producing.stdin.write(b"1\n2\n")
        producing.stdin.flush()
        tailed = desk.type("tail", topic, "--from-beginning", "--raw", "-n", "2")[1]
        assert sorted(tailed.split()) == ["1", "2"]
        producing.send_signal(2)
        told = producing.stderr.read().decode()
        assert producing.wait(60) == 130
    # Of records that are there the acknowledgement may still be under way.
    assert re.search(r"interrupted: go on from line 3$|go on from line 1 .*: interrupted$", told)


@pytest.mark.parametrize("command", ["tail", "produce"])
def test_an_unknown_topic_is_one_line(desk: Desk, command: str) -> None:
    status, out, err = desk.type(command, desk.name("raw.tset"), stdin=b"1\n")
    wrong, right = desk.name("raw.tset"), desk.name("raw.test")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"cointicker: no such topic: {wrong}; near it: {right}")


@pytest.mark.parametrize(
    "command",
    [
        ["tail", "a"],
        ["produce", "a"],
        ["dead-letter", "list"],
        ["dead-letter", "replay", "1"],
        ["gaps"],
    ],
)
def test_a_broker_that_is_away_is_one_line(desk: Desk, command: list[str]) -> None:
    desk.environment["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{free_port()}"
    status, out, err = desk.type(*command)
    assert (status, out) == (1, "")
    assert err.startswith("cointicker: cannot reach a broker at 127.0.0.1:")
    assert err.count("\n") == 1


def test_produce_sends_what_is_json_and_names_the_rest(desk: Desk) -> None:
    lines = b'{"m":"x"}\n\nnope\n{"n":1}\n"' + b"y" * MAX_MESSAGE_BYTES + b'"\n{"m":7}'
    arguments = ("produce", desk.name("raw.test"), "--key-field", "m", "--json")
    status, out, err = desk.type(*arguments, stdin=lines)
    assert status == 1
    assert [each.partition(":")[2].strip()[:17] for each in err.splitlines()] == [
        "line 3: not JSON:",
        "line 4: no field ",
        "line 5: longer th",
        "2 acknowledged, 3",
    ]
    assert orjson.loads(out)["acknowledged"] == 2
    found = [*desk.records("raw.test", 0), *desk.records("raw.test", 1)]
    assert {(each.key, each.value) for each in found} == {(b"x", b'{"m":"x"}'), (b"7", b'{"m":7}')}


def test_a_letter_is_replayed_once_as_its_record_was(desk: Desk) -> None:
    first, second = desk.letter(b'{"a":1}'), desk.letter(None)
    status, out, err = desk.type("dead-letter", "replay", str(first), str(second))
    topic = desk.name("raw.test")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"letter {first}: replayed, now {topic}-1@2"
    record, tombstone = desk.records("raw.test", 1)[2:]
    assert (record.key, record.value, record.timestamp) == (b"k", b'{"a":1}', to_ms(AT))
    assert list(record.headers) == [*HEADERS, ("cointicker-replayed", b"0")]
    assert tombstone.value is None
    status, out, err = desk.type("dead-letter", "replay", str(first))
    line = f"cointicker: letter {first}: not replayed: was replayed before, to offset 2\n"
    assert (status, out, err) == (1, "", line)
    assert desk.type("dead-letter", "replay", "--all") == (0, "nothing to replay\n", "")
    listed = desk.documents("dead-letter", "list", "--json")
    assert [each["replayed"] and each["replayed"]["offset"] for each in listed] == [2, 4]
    shown = orjson.loads(desk.type("dead-letter", "show", str(first), "--json")[1])
    assert shown["value"] == shown["record"]["value"] == {"a": 1}


def test_what_fails_again_does_not_go_back_again(desk: Desk) -> None:
    letter = desk.letter(b"x")
    assert desk.type("dead-letter", "replay", str(letter))[0] == 0
    again = desk.letter(b"x", offset=desk.records("raw.test", 1)[-1].offset)
    desk.delete("raw.test", 1, before=2)
    status, _, err = desk.type("dead-letter", "replay", "--all")
    assert status == 1
    assert f"letter {again}: not replayed: was replayed before, as letter {letter}, and" in err
    assert len(desk.records("raw.test", 1)) <= 1


async def test_the_processor_refuses_it_again_and_that_is_the_end_of_it(stack: Stack) -> None:
    async with open_run(stack) as run:
        await run.start()
        await run.send([("coinness", 0, b'{"no":"record"}')], to_ms(AT))
        await run.until_out("dead_letter", 1)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
            "KAFKA_TOPIC_PREFIX": run.prefix,
        }
        desk = Desk(stack, run.prefix, environment)
        assert (await asyncio.to_thread(desk.type, "dead-letter", "replay", "--all"))[0] == 0
        await run.until_out("dead_letter", 3)
        found = await asyncio.to_thread(desk.documents, "dead-letter", "list", "--json")
        assert [each["origin"]["offset"] for each in found] == [0, 1]
        status, out, err = await asyncio.to_thread(desk.type, "dead-letter", "replay", "--all")
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "was replayed before, as letter 0, and failed" in err
        assert [each.offset for each in (await run.read("raw.coinness"))[0]] == [0, 1]


def test_of_a_record_that_is_gone_goes_what_the_letter_kept(desk: Desk) -> None:
    whole, cut = desk.letter(b"x"), desk.letter(b"y" * 70_000)
    desk.delete("raw.test", 1, before=2)
    status, out, err = desk.type("dead-letter", "replay", str(whole), str(cut))
    assert status == 1
    assert out.startswith(f"letter {whole}: replayed from what the letter kept: without a key")
    assert "Kafka no longer has the record, and the letter only 65536 of 70000" in err
    [record] = desk.records("raw.test", 1)
    assert (record.key, record.value, record.timestamp) == (None, b"x", to_ms(AT))


def test_a_letter_that_cannot_be_sent_does_not_keep_the_others(desk: Desk) -> None:
    # With its mark it is too large for its topic, and cannot be compressed.
    too_large = desk.letter(os.urandom(SMALL_BYTES - 90), on="raw.small")
    gone = desk.letter(b"x", offset=0, on="raw.gone")
    sent = [desk.letter(b"1"), desk.letter(b"2", on="raw.small")]
    status, out, err = desk.type("dead-letter", "replay", "--all")
    assert status == 1
    assert [each.split(",")[0] for each in out.splitlines()] == [
        f"letter {each}: replayed" for each in sent
    ]
    first, second = err.splitlines()
    assert first.startswith(f"cointicker: letter {too_large}: not replayed: cannot commit")
    assert "larger than the topic takes" in first
    assert second.endswith(
        f"letter {gone}: not replayed: there is no {desk.name('raw.gone')}-1 any more"
    )
    assert [each.value for each in desk.records("raw.small", 1)[1:]] == [b"2", b"2"]


def test_two_replays_at_once_send_it_once(desk: Desk) -> None:
    letters = [desk.letter(b"%d" % number) for number in range(3)]
    settings = ClientSettings.read(
        kafka_bootstrap_servers=[desk.stack.bootstrap_servers], kafka_topic_prefix=desk.prefix
    )

    async def replay() -> list[str | None]:
        async with open_letterbox(settings) as letterbox:
            return [each.refused async for each in letterbox.replay(letters, None)]

    async def all_at_once() -> list[list[str | None] | BaseException]:
        return await asyncio.gather(*(replay() for _ in range(4)), return_exceptions=True)

    told = asyncio.run(all_at_once())
    copies = [each.value or b"" for each in desk.records("raw.test", 1)[3:]]
    assert sorted(copies) == [b"0", b"1", b"2"]
    ended = [each for each in told if isinstance(each, BaseException)]
    assert all("another replay began" in str(each) for each in ended), told


def test_a_mark_may_be_behind_an_open_transaction_so_that_one_is_waited_for(desk: Desk) -> None:
    letter = desk.letter(b"x")
    settings = ClientSettings.read(
        kafka_bootstrap_servers=[desk.stack.bootstrap_servers], kafka_topic_prefix=desk.prefix
    )

    async def replay() -> list[str | None]:
        async with open_letterbox(settings) as letterbox:
            return [each.refused async for each in letterbox.replay([letter], None)]

    async def behind_another() -> tuple[bool, list[str | None]]:
        servers = desk.stack.bootstrap_servers
        async with AIOKafkaProducer(bootstrap_servers=servers, transactional_id="x") as another:
            await another.begin_transaction()
            await another.send_and_wait(desk.name("dead_letter"), b"{}", partition=0)
            replaying = asyncio.create_task(replay())
            await asyncio.wait([replaying], timeout=2)
            was_done = replaying.done()
            await another.abort_transaction()
            return was_done, await replaying

    assert asyncio.run(behind_another()) == (False, [None])


def test_gaps_are_listed(desk: Desk) -> None:
    times = Gap("collector", "coinness", AT, AT + timedelta(minutes=3), "blocked", AT)
    offsets = Gap("hdfs-sink", "x.raw.test", 3, 7, "retention", AT + timedelta(hours=1), 0)
    desk.send("gaps", times.encode(), offsets.encode(), b"nonsense")
    status, out, err = desk.type("gaps")
    assert (status, err) == (0, "cointicker: 1 records are no gaps\n")
    first, second = out.splitlines()[1:]
    begin, end = "2026-03-11T14:40:59Z", "2026-03-11T14:43:59Z"
    assert first.split() == [begin, "collector", "coinness", begin, end, "3m", "blocked"]
    assert second.split()[1:] == [
        "hdfs-sink",
        "x.raw.test-0",
        *["3", "7", "4", "offsets", "retention"],
    ]
    for arguments in (("--subject", "x.*"), ("--since", "2026-03-11T15:00Z")):
        _, out, _ = desk.type("gaps", "--json", *arguments)
        assert [each["subject"] for each in orjson.loads(out)] == ["x.raw.test"]
