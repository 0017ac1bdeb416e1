"""dead-letter, as an operator types it, on a real broker."""

import asyncio
import os
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from cointicker.letterbox import open_letterbox
from cointicker.settings import ClientSettings
from cointicker.times import to_ms
from local.stack import Stack
from tests.integration.desk import AT, HEADERS, SMALL_BYTES, Desk, make_desk
from tests.integration.processors import open_run

# A replay may wait 25 s for what is open on the topic of the letters.
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def desk(stack: Stack, tmp_path: Path) -> Desk:
    return make_desk(stack, tmp_path)


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
