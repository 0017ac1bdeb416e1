"""`cointicker groups`, `replay` and `topics` on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from cointicker.kafka.admin import Admin, open_admin
from cointicker.kafka.groups import HasMembers
from cointicker.kafka.records import Partition
from cointicker.times import from_ms, to_ms, to_text, utc_now
from cointicker.topics import Topic
from local.stack import Stack
from tests.integration.operating import Said, cointicker

OLD_MS = to_ms(utc_now()) - 100_000
STEP_MS = 10_000
COUNT = 6


@dataclass
class Read:
    """A topic whose first partition has records, and a group that committed for it."""

    stack: Stack
    admin: Admin
    topic: str
    group: str

    @property
    def partition(self) -> Partition:
        return Partition(self.topic, 0)

    async def say(self, *arguments: str) -> Said:
        return await cointicker(*arguments, f"--bootstrap-server={self.stack.bootstrap_servers}")

    async def replay(self, *arguments: str) -> Said:
        return await self.say("replay", self.group, *arguments)

    async def committed(self) -> int | None:
        return (await self.admin.committed(self.group)).get(self.partition)

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        """Somebody is in the group."""
        client = AIOKafkaConsumer(
            self.topic,
            bootstrap_servers=self.stack.bootstrap_servers,
            group_id=self.group,
            client_id="somebody",
            enable_auto_commit=False,
        )
        await client.start()
        try:
            yield
        finally:
            await client.stop()


@pytest.fixture
async def read(stack: Stack) -> AsyncIterator[Read]:
    name = f"t{uuid4().hex[:10]}"
    servers = stack.bootstrap_servers
    async with open_admin([servers], 10) as admin:
        read = Read(stack, admin, f"{name}.raw.test", name)
        await admin.create([Topic(read.topic, 2, {"retention.ms": "3600000"})], 1)
        async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
            for number in range(COUNT):
                await producer.send_and_wait(
                    read.topic, b"{}", partition=0, timestamp_ms=OLD_MS + number * STEP_MS
                )
        await admin.commit(read.group, {read.partition: 4})
        yield read


async def test_a_group_is_described_with_its_member_and_the_age_of_what_waits(read: Read) -> None:
    async with read.member():
        said = (await read.say("groups", "describe", read.group, "--json")).json()
        table = await read.say("groups", "describe", read.group)
        listed = (await read.say("groups", "list", "--json")).json()
    first, second = said["partitions"]
    assert (first["committed"], first["end"], first["lag"]) == (4, COUNT, 2)
    age = (to_ms(utc_now()) - OLD_MS - 4 * STEP_MS) / 1000
    assert age - 20 < first["lag_seconds"] <= age
    assert (second["committed"], second["lag"], second["lag_seconds"]) == (None, 0, 0)
    [member] = said["members"]
    assert (member["client_id"], member["host"]) == ("somebody", "127.0.0.1")
    assert member["partitions"] == [f"{read.topic}-0", f"{read.topic}-1"]
    assert {"group": read.group, "state": "Stable", "members": 1, "lag": 2} in listed
    assert f"no commit yet, counted from the first record: {read.topic}-1" in table.out


async def test_a_group_that_is_not_there_is_answered_with_those_that_are(read: Read) -> None:
    said = await read.say("groups", "describe", "nobodys")
    assert said.status == 1
    assert said.error.startswith("cointicker: no group nobodys: there are ")
    assert read.group in said.error


async def test_a_replay_is_shown_and_only_then_done(read: Read) -> None:
    for options in ([], ["--dry-run"]):
        said = await read.replay("--to-earliest", *options)
        assert said.status == 0
        assert "dry run: nothing was moved; --execute moves 1 partition(s)" in said.out
        assert await read.committed() == 4
    document = (await read.replay("--to-earliest", "--execute", "--json")).json()
    assert document["executed"] is True
    assert document["moves"] == [
        {"topic": read.topic, "partition": 0, "from": 4, "to": 0, "difference": -4}
    ]
    assert await read.committed() == 0


@pytest.mark.parametrize(
    ("target", "moved_to"),
    [
        (["--to-latest"], COUNT),
        (["--to-offset", "1"], 1),
        (["--to-datetime", to_text(from_ms(OLD_MS + 2 * STEP_MS))], 2),
        (["--to-datetime", to_text(from_ms(OLD_MS + 2 * STEP_MS + 1))], 3),
        (["--to-datetime", "0s"], COUNT),
    ],
)
async def test_a_target_is_resolved_in_the_log(
    read: Read, target: list[str], moved_to: int
) -> None:
    said = await read.replay(*target, "--execute")
    assert said.status == 0, said.error
    assert await read.committed() == moved_to


async def test_an_offset_beyond_the_log_moves_nothing(read: Read) -> None:
    said = await read.replay("--to-offset", "7", "--execute")
    assert said.status == 1
    assert said.error == (
        f"cointicker: offset 7 is not in {read.topic}-0: its log is from 0 to {COUNT}\n"
    )
    assert await read.committed() == 4


async def test_a_replay_of_a_group_with_members_names_them_and_moves_nothing(read: Read) -> None:
    async with read.member():
        shown = await read.replay("--to-earliest")
        said = await read.replay("--to-earliest", "--execute")
        assert await read.committed() == 4
    assert shown.status == 0
    assert "--execute would be refused now" in shown.out
    assert said.status == 1
    assert f"group {read.group} has 1 active member(s): somebody at 127.0.0.1" in said.error
    assert (await read.replay("--to-earliest", "--execute")).status == 0


async def test_the_broker_itself_refuses_a_commit_from_outside_of_a_group_with_members(
    read: Read,
) -> None:
    # As if the member had joined after the look at the group.
    async with read.member():
        with pytest.raises(HasMembers):
            await read.admin.commit(read.group, {read.partition: 0})
        assert await read.committed() == 4


async def test_one_partition_without_a_commit_can_be_meant(read: Read) -> None:
    said = await read.replay("--to-earliest", "--topic", f"{read.topic}:1", "--execute")
    assert said.status == 0
    assert await read.admin.committed(read.group) == {
        read.partition: 4,
        Partition(read.topic, 1): 0,
    }


async def test_what_ends_a_transaction_is_no_record_that_waits(read: Read) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=read.stack.bootstrap_servers, transactional_id=read.group
    )
    async with producer, producer.transaction():
        await producer.send_and_wait(read.topic, b"{}", partition=1)
    await read.admin.commit(read.group, {read.partition: COUNT, Partition(read.topic, 1): 1})
    said = (await read.say("groups", "describe", read.group, "--json")).json()
    listed = (await read.say("groups", "list", "--json")).json()
    assert {"group": read.group, "state": "Empty", "members": 0, "lag": 1} in listed
    assert [(each["end"], each["lag"], each["lag_seconds"]) for each in said["partitions"]] == [
        (COUNT, 0, 0),
        (2, 0, 0),
    ]


async def test_a_topic_is_described_with_its_offsets_and_what_was_set(read: Read) -> None:
    [said] = (await read.say("topics", "describe", read.topic, "--json")).json()
    assert said["config"] == {"retention.ms": "3600000"}
    assert (said["as_declared"], said["differences"]) == (False, ["not declared"])
    first, second = said["partitions"]
    assert first == {
        "partition": 0,
        "leader": 0,
        "replicas": [0],
        "isr": [0],
        "first_offset": 0,
        "end_offset": COUNT,
    }
    assert second["end_offset"] == 0


async def test_declared_topics_are_created_by_name_and_are_then_as_declared(stack: Stack) -> None:
    prefix = f"t{uuid4().hex[:10]}"
    given = [f"--bootstrap-server={stack.bootstrap_servers}", f"--prefix={prefix}", "--json"]
    made = await cointicker("topics", "create", f"{prefix}.state.insights.*", *given)
    again = await cointicker("topics", "create", f"{prefix}.state.insights.*", *given)
    described = (await cointicker("topics", "describe", f"{prefix}.*", *given)).json()
    assert len(made.json()["created"]) == 5
    assert again.json() == {"created": []}
    assert [each["as_declared"] for each in described] == [True] * 5


async def test_an_unknown_topic_is_told_with_what_may_be_meant(read: Read) -> None:
    said = await read.say("topics", "describe", f"{read.topic}s")
    assert said.status == 1
    assert said.error.count("\n") == 1
    assert read.topic in said.error


async def test_a_broker_that_is_away_is_one_clear_line() -> None:
    for command in (["groups", "list"], ["replay", "g", "--to-latest"], ["topics", "list"]):
        said = await asyncio.wait_for(
            cointicker(*command, "--bootstrap-server=127.0.0.1:1"), timeout=30
        )
        assert said.status == 1
        assert said.error.startswith("cointicker: cannot reach a broker at 127.0.0.1:1")
        assert said.error.count("\n") == 1
