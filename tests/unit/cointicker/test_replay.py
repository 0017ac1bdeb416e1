"""What `cointicker replay` comes to, before anything is moved."""

import pytest
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.cli.replay import Replay, hints, members_problem
from cointicker.errors import ConfigError
from cointicker.kafka.groups import Group, Member
from cointicker.kafka.offsets import Bounds
from cointicker.kafka.records import Partition
from cointicker.replay import (
    Move,
    Target,
    ToEarliest,
    ToLatest,
    ToMoment,
    ToOffset,
    choose,
    plan,
)
from cointicker.settings import ArchiveSettings

A0, A1, B0 = Partition("a", 0), Partition("a", 1), Partition("b", 0)
TOPICS = {"a": 2, "b": 1}
BOUNDS = {A0: Bounds(10, 20), A1: Bounds(0, 5)}
SETTINGS = ArchiveSettings.read()


@pytest.mark.parametrize(
    ("target", "at", "after"),
    [
        (ToEarliest(), {}, [10, 0]),
        (ToLatest(), {}, [20, 5]),
        (ToMoment(1), {A0: 12, A1: 3}, [12, 3]),
        (ToMoment(1), {A0: 12}, [12, 5]),
        # The broker knows of records that a reader may not see yet.
        (ToMoment(1), {A0: 25}, [20, 5]),
    ],
)
def test_each_partition_moves_to_where_its_own_log_has_the_target(
    target: Target, at: dict[Partition, int], after: list[int]
) -> None:
    moves = plan(target, BOUNDS, {A0: 15}, at)
    assert [each.after for each in moves] == after
    assert [each.before for each in moves] == [15, None]


def test_the_difference_is_what_is_read_again_or_skipped() -> None:
    assert [Move(A0, before, 10).difference for before in (15, 7, 10, None)] == [-5, 3, 0, None]


@pytest.mark.parametrize("offset", [10, 15, 20])
def test_an_offset_from_the_first_to_the_end_is_taken(offset: int) -> None:
    assert plan(ToOffset(offset), {A0: BOUNDS[A0]}, {}, {}) == [Move(A0, None, offset)]


def test_an_offset_outside_of_a_log_is_refused_with_its_bounds() -> None:
    with pytest.raises(ConfigError) as error:
        plan(ToOffset(7), BOUNDS, {}, {})
    assert error.value.problems == [
        "offset 7 is not in a-0: its log is from 10 to 20",
        "offset 7 is not in a-1: its log is from 0 to 5",
    ]


def test_without_a_topic_the_partitions_with_a_commit_are_meant() -> None:
    gone = Partition("gone", 0)
    assert choose([], {A1, gone}, TOPICS) == [A1]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [(["a"], [A0, A1]), (["a:1", "b"], [A1, B0]), (["*:0"], [A0, B0]), (["a", "a:0"], [A0, A1])],
)
def test_topics_globs_and_single_partitions_are_meant_once(
    wanted: list[str], meant: list[Partition]
) -> None:
    assert choose(wanted, {}, TOPICS) == meant


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError) as error:
        choose(["a:2", "c"], {}, TOPICS)
    assert error.value.problems == [
        "a has no partition 2: they are 0 to 1",
        "no such topic: c; cointicker topics list shows what there is",
    ]


def group(name: str, *members: Member) -> Group:
    return Group(name, "Stable" if members else "Empty", list(members))


def test_a_commit_that_stays_is_not_made_again() -> None:
    assert Replay(group("g"), [Move(A0, 3, 3), Move(A1, None, 0)]).due() == [Move(A1, None, 0)]


def test_for_the_sink_it_says_that_files_win() -> None:
    [told] = hints(Replay(group("hdfs-sink"), [Move(A0, 5, 0)]), SETTINGS)
    assert "files that are in HDFS already win, and nothing is doubled" in told


def test_the_sink_may_be_in_a_group_of_another_name() -> None:
    settings = ArchiveSettings.read(kafka_group_id="cointicker-consumer")
    assert hints(Replay(group("cointicker-consumer"), [Move(A0, 5, 0)]), settings)
    assert not hints(Replay(group("hdfs-sink"), [Move(A0, 5, 0)]), settings)


def test_for_the_sink_it_says_what_skipping_costs() -> None:
    [told] = hints(Replay(group("hdfs-sink"), [Move(A0, 5, 9)]), SETTINGS)
    assert "cointicker.gaps" in told


@pytest.mark.parametrize("name", ["processor", "insights"])
def test_for_tasks_it_says_that_they_need_a_rebuild(name: str) -> None:
    [told] = hints(Replay(group(name), [Move(A0, 5, 0)]), SETTINGS)
    assert "REBUILD=true" in told
    assert "--rebuild true" in told


def insights_hints(*moves: Move) -> str:
    return "\n".join(hints(Replay(group("insights"), list(moves)), SETTINGS))


def test_insights_is_told_when_its_second_stage_would_see_the_first_one_twice() -> None:
    market = Move(Partition("cointicker.processed.market", 0), 5, 0)
    relay = Partition("cointicker.state.market", 0)
    told = insights_hints(market, Move(relay, 5, 0))
    assert "--topic 'cointicker.processed.*'" in told
    assert "--topic cointicker.state.market --to-latest" in told
    for right in ([market], [market, Move(relay, 5, 9)], [Move(relay, 5, 0)]):
        assert "twice" not in insights_hints(*right)


def test_where_nothing_moves_there_is_nothing_to_say() -> None:
    assert not hints(Replay(group("processor"), [Move(A0, 5, 5)]), SETTINGS)


def test_a_group_without_commits_is_told_what_to_say() -> None:
    [told] = hints(Replay(group("g"), []), SETTINGS)
    assert told == "g: has committed for no topic that is there; --topic names what else is meant"


def test_members_are_named_and_how_they_are_stopped() -> None:
    member = Member("c-1", "c", "10.0.0.7", [A0])
    assert members_problem(group("hdfs-sink", member), SETTINGS).splitlines() == [
        "group hdfs-sink has 1 active member(s): c at 10.0.0.7",
        "stop them first, then say it again: docker compose stop hdfs-sink, "
        "or python scripts/stack.py stop hdfs-sink",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "say one of --to-earliest, --to-latest, --to-offset, --to-datetime (got 0)"),
        (["--to-earliest", "--to-latest"], "(got 2)"),
        (["--to-offset", "0", "--to-earliest"], "(got 2)"),
        (["--to-datetime", "yesterday"], "--to-datetime: 'yesterday' is no time"),
        (["--to-offset", "much"], "--to-offset"),
    ],
)
def test_wrong_usage_is_refused_before_a_broker_is_asked(options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["replay", "hdfs-sink", *options])
    assert result.exit_code == 2
    assert said in result.output
