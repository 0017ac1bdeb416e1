"""tail, produce and gaps, as an operator types them, on a real broker."""

import re
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from cointicker.kafka.producer import MAX_MESSAGE_BYTES
from cointicker.messages import Gap
from local.ports import free_port
from local.stack import Stack
from tests.integration.desk import AT, Desk, make_desk


@pytest.fixture
def desk(stack: Stack, tmp_path: Path) -> Desk:
    return make_desk(stack, tmp_path)


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
