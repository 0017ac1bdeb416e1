"""Two sinks and two processors share the partitions, and what they make is as if there were one.

They are started as docs/operations.md says.
"""

from collections.abc import Iterator

import pytest

from tests.compose.archive import audit, processing, total
from tests.compose.project import CommandFailed, Project, until
from tests.compose.typed import below, type_in

SHARING_SECONDS = 180
SETTLING_SECONDS = 180
SCALED = ("hdfs-sink", "processor")


def shares(project: Project, group: str) -> list[int]:
    """How many partitions each member of a group has."""
    command = ("kafka-consumer-groups", "--bootstrap-server", "localhost:9092", "--describe")
    text = project.execute("kafka", *command, "--members", "--group", group)
    rows = [line.split() for line in text.splitlines() if line.startswith(group)]
    return sorted(int(row[4]) for row in rows)


@pytest.fixture(scope="module")
def scaled(project: Project) -> Iterator[Project]:
    for block in below("Scale"):
        type_in(project, block)
    yield project
    project.compose("start", "collector")


def test_two_of_each_share_the_partitions(scaled: Project) -> None:
    for group in SCALED:
        until(
            lambda group=group: len(found := shares(scaled, group)) == 2 and min(found) > 0,  # type: ignore[misc]
            SHARING_SECONDS,
            f"two members of {group} with partitions",
        )


def test_nothing_is_lost_and_nothing_double(scaled: Project) -> None:
    scaled.compose("stop", "collector")

    def settled() -> bool:
        try:
            return total(audit(scaled), "waiting") == 0
        except CommandFailed:
            return False

    until(settled, SETTLING_SECONDS, "every raw record in HDFS, exactly once")
    found = processing(scaled)
    assert found.problems[:10] == []
    assert found.processed > 0
