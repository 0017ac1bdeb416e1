"""What was not sent is on disk with its key and its time, and can be sent again."""

import asyncio
import logging
from pathlib import Path

import orjson
import pytest

from cointicker.errors import InvalidMessage, TransientError
from cointicker.kafka.producer import Message
from cointicker.scrapy.item import message_of, read_item
from cointicker.scrapy.resend import Resent, main, resend, settle
from cointicker.scrapy.unsent import UnsentFile, read_unsent
from tests.fakes.memory_producer import MemoryProducer
from tests.unit.cointicker.scrapy_items import NOW, fields


def message(name: str) -> Message:
    item = read_item(fields(id=name, key="KRW-비트"), NOW)
    return message_of(item, "upbit_trends", "cointicker.raw.upbit_trends")


async def test_what_is_kept_is_read_back_as_it_was(tmp_path: Path) -> None:
    unsent = UnsentFile(tmp_path / "a.ndjson")
    await unsent.keep([message("1"), message("2")], "away")
    await unsent.keep([message("3")], "away")
    assert list(read_unsent(unsent.path)) == [message("1"), message("2"), message("3")]


async def test_the_log_names_each_id_the_reason_and_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unsent = UnsentFile(tmp_path / "a.ndjson")
    await unsent.keep([message("1"), message("2")], "kafka: away")
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"kafka: away; kept 2 records in {unsent.path}: 1, 2"


async def test_what_cannot_be_kept_is_in_the_log_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await UnsentFile(tmp_path / "missing" / "a.ndjson").keep([message("1")], "kafka: away")
    [record] = caplog.records
    assert record.levelno == logging.CRITICAL
    line = orjson.loads(record.getMessage().splitlines()[1])
    assert orjson.dumps(line["value"]) == message("1").value


async def test_all_are_sent_again_in_order(tmp_path: Path) -> None:
    unsent, producer = UnsentFile(tmp_path / "a.ndjson"), MemoryProducer()
    messages = [message(str(number)) for number in range(1_001)]
    await unsent.keep(messages, "away")
    assert await resend(read_unsent(unsent.path), producer) == Resent(1_001)
    assert producer.messages == messages


async def test_what_is_not_acknowledged_then_is_said() -> None:
    with pytest.raises(TransientError, match="0 were sent, of the next 1 not all"):
        await resend([message("1")], MemoryProducer(is_away=True))


def test_what_kafka_refuses_then_holds_up_nothing_and_stays_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsent, producer = UnsentFile(tmp_path / "a.ndjson"), MemoryProducer()
    asyncio.run(unsent.keep([message(name) for name in "123"], "away"))
    producer.refuses = lambda each: "too large" if each == message("2") else None
    done = asyncio.run(resend(read_unsent(unsent.path), producer))
    assert producer.messages == [message("1"), message("3")]
    assert settle(unsent.path, done) == 1
    assert list(read_unsent(unsent.path)) == [message("2")]
    assert list(tmp_path.iterdir()) == [unsent.path]
    written = capsys.readouterr()
    assert "2 records are acknowledged" in written.out
    assert "refused: 2, key KRW-비트, cointicker.raw.upbit_trends: too large" in written.err


def test_once_all_are_acknowledged_the_file_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.touch()
    assert settle(file, Resent(1)) == 0
    assert not file.exists()


def test_a_line_that_is_none_of_ours_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text('{"topic":"t","key":"k","timestamp_ms":1,"value":{}}\n{"topic":"t"\n')
    with pytest.raises(InvalidMessage, match=r"a\.ndjson, line 2: "):
        list(read_unsent(file))


@pytest.mark.parametrize("line", ["", '{"topic":"t"}\n', "\udcff\n"])
def test_a_file_that_cannot_be_sent_is_left_as_it_is(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.ndjson"
    if line:
        file.write_bytes(line.encode(errors="surrogateescape"))
    assert main([str(file), "--bootstrap-servers", "127.0.0.1:1"]) == 1
    assert capsys.readouterr().err.startswith("resend: ")
    assert file.exists() == bool(line)
