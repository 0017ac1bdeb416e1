"""What `cointicker groups` makes of a group's offsets and members."""

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupLoadInProgressError, TopicAuthorizationFailedError
from aiokafka.protocol.admin import DescribeGroupsResponse_v2
from aiokafka.protocol.commit import OffsetFetchResponse_v3
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.cli.groups import remarks
from cointicker.kafka.group_lag import GroupOffsets, Lag
from cointicker.kafka.groups import Group, Member, decode_commits, decode_group
from cointicker.kafka.offsets import Bounds
from cointicker.kafka.records import Commit, Partition

A0, A1, GONE = Partition("a", 0), Partition("a", 1), Partition("gone", 0)
MEMBER = Member("c-1", "c", "10.0.0.7", [A0, A1])


def answer(*members: tuple[str, str, str, bytes, bytes], kind: str = "consumer") -> object:
    return DescribeGroupsResponse_v2(0, [(0, "g", "Stable", kind, "roundrobin", list(members))])


def test_members_are_told_with_host_and_partitions() -> None:
    owned = ConsumerProtocolMemberAssignment(0, [("a", [1, 0])], b"").encode()
    found = decode_group(answer(("c-1", "c", "/10.0.0.7", b"", owned)))
    assert found == Group("g", "Stable", [MEMBER])
    assert found.owner(A1) == MEMBER
    assert found.owner(GONE) is None


def test_a_member_owns_nothing_while_the_group_decides() -> None:
    assert decode_group(answer(("c-1", "c", "/h", b"", b""))).members[0].partitions == []


def test_an_assignment_of_another_kind_of_group_is_not_read() -> None:
    found = decode_group(answer(("c-1", "c", "/h", b"", b"\xff"), kind="connect"))
    assert found.members[0].partitions == []


def test_a_group_that_the_broker_calls_dead_does_not_exist() -> None:
    assert not Group("g", "Dead", []).exists
    assert Group("g", "Empty", []).exists


def test_records_wait_from_the_commit_or_where_retention_is_past_it_from_the_first() -> None:
    found = GroupOffsets(
        Group("g", "Stable", [MEMBER]), {A0: 3, GONE: 5}, {A0: Bounds(7, 10), A1: Bounds(0, 4)}
    )
    assert found.partitions() == [A0, A1, GONE]
    assert [found.offsets_behind(each) for each in found.partitions()] == [3, 4, None]


def test_a_commit_beyond_the_end_is_no_negative_lag() -> None:
    found = GroupOffsets(Group("g", "Empty", []), {A0: 30}, {A0: Bounds(7, 10)})
    assert found.offsets_behind(A0) == 0


def test_a_missing_commit_and_a_missing_topic_are_explained() -> None:
    behind = [Lag(A0, None, 4, 4, 1.0, MEMBER), Lag(GONE, 5, None, None, None, None)]
    assert remarks(behind) == [
        "no commit yet, counted from the first record: a-0",
        "committed, and the topic is gone: gone-0",
    ]


def commits_answer(*partitions: tuple[int, int, str, int], code: int = 0) -> object:
    return OffsetFetchResponse_v3(0, [("a", list(partitions))] if partitions else [], code)


def test_commits_are_told_where_there_is_one() -> None:
    found = decode_commits(commits_answer((0, 7, "said", 0), (1, -1, "", 0)))
    assert found == {A0: Commit(7, "said")}


def test_a_coordinator_that_still_loads_has_not_said_that_there_are_no_commits() -> None:
    with pytest.raises(GroupLoadInProgressError):
        decode_commits(commits_answer(code=GroupLoadInProgressError.errno))


def test_a_partition_that_cannot_be_told_is_an_error_of_its_own_code() -> None:
    with pytest.raises(TopicAuthorizationFailedError, match="a-1"):
        decode_commits(
            commits_answer((0, 7, "", 0), (1, -1, "", TopicAuthorizationFailedError.errno))
        )


def test_describe_needs_a_name() -> None:
    assert CliRunner().invoke(app, ["groups", "describe"]).exit_code == 2
