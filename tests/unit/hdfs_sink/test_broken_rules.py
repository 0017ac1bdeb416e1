"""Each rule of the protocol: what goes wrong without it, in events that do no harm with it."""

from collections.abc import Callable

import pytest

from tests.unit.hdfs_sink.breaks import (
    NamedByFirstAndLast,
    Replacing,
    WithoutBarrier,
    WithoutFence,
    compact_in_place,
    recover_with_staging_made_late,
    recover_without_a_second_reading,
)
from tests.unit.hdfs_sink.world import Rules, World, record

Events = Callable[[World], None]


def a_rename_is_shown_and_lost(world: World) -> None:
    world.assign("A")
    world.run("A", "rename")
    world.step("A", "unanswered")
    world.run("A", "commit")
    world.crash_namenode()
    world.run("A", "choose")


def the_log_starts_later_for_the_second(world: World) -> None:
    world.assign("A")
    world.run("A", "rename", records=2)
    world.retain_from(1)
    world.assign("B")
    world.run("B", "commit")
    world.step("A")


def two_have_read_the_same_record(world: World) -> None:
    world.assign("A")
    world.run("A", "rename")
    world.run("A", "create")
    world.run("A", "rename")
    world.assign("B")
    world.run("B", "rename", records=2)
    world.run("B", "commit")
    world.step("B")
    world.step("A")


def the_second_of_two_files_is_merged_away(world: World) -> None:
    world.assign("A")
    world.run("A", "create")
    world.run("A", "create")
    world.run("A", "rename")
    world.assign("B")
    world.run("B", "rename")
    world.run("B", "commit")
    world.step("B")
    world.rules.compact(world)
    world.step("A")


def the_first_publishes_before_it_is_fenced(world: World) -> None:
    world.assign("A")
    world.run("A", "rename", records=2)
    world.retain_from(1)
    world.assign("B")
    world.run("B", "delete")
    world.step("A")
    world.run("B", "commit")


def the_first_makes_its_directory_after_the_fence(world: World) -> None:
    world.assign("A")
    world.run("A", "make_directory")
    world.assign("B")
    world.run("B", "bounds")
    world.run("B", "bounds")
    world.run("A", "rename", records=2)
    world.retain_from(1)
    world.run("B", "commit")
    world.step("A")


CASES = [
    ("no barrier", a_rename_is_shown_and_lost, Rules(files=WithoutBarrier)),
    ("no fence", the_log_starts_later_for_the_second, Rules(files=WithoutFence)),
    ("a rename replaces", two_have_read_the_same_record, Rules(files=Replacing)),
    (
        "first and last offset in the name",
        two_have_read_the_same_record,
        Rules(files=NamedByFirstAndLast),
    ),
    (
        "compaction in place",
        the_second_of_two_files_is_merged_away,
        Rules(compact=compact_in_place),
    ),
    (
        "no second reading",
        the_first_publishes_before_it_is_fenced,
        Rules(recover=recover_without_a_second_reading),
    ),
    (
        "staging made late",
        the_first_makes_its_directory_after_the_fence,
        Rules(recover=recover_with_staging_made_late),
    ),
]
each_rule = pytest.mark.parametrize(
    ("events", "broken"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


def world_of(rules: Rules) -> World:
    world = World(rules)
    world.produce(record(0), record(1), record(2))
    return world


@each_rule
def test_a_broken_rule_is_caught(events: Events, broken: Rules) -> None:
    world = world_of(broken)
    events(world)
    assert world.fault() is not None


@each_rule
def test_the_same_events_do_no_harm_with_the_rule(events: Events, broken: Rules) -> None:  # noqa: ARG001
    world = world_of(Rules())
    events(world)
    assert world.fault() is None
