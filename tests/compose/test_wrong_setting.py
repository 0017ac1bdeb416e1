"""A setting that cannot work: the service says what is wrong, and the start fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.compose.project import NAME, SETTINGS, CommandFailed, Project, until

WRONG = {"ROTATE_BYTES": "plenty", "ROTATE_AGE_SECONDS": "-1"}
ENDED_SECONDS = 30


@pytest.fixture
def wrong() -> Iterator[Project]:
    project = Project({**SETTINGS, **WRONG, "COMPOSE_PROJECT_NAME": f"{NAME}-wrong"})
    yield project
    project.compose("down", "--volumes", "--timeout", "1")


def ended(project: Project) -> dict[str, Any]:
    (container,) = project.containers("hdfs-sink")
    return dict(container.seen["State"])


def test_all_wrong_settings_are_named_and_the_start_fails(wrong: Project) -> None:
    with pytest.raises(CommandFailed):
        wrong.compose("up", "--detach", "--wait", "--no-build", "--no-deps", "hdfs-sink")
    # It is started again and again; between two starts its status can be seen.
    until(lambda: ended(wrong)["ExitCode"] == 2, ENDED_SECONDS, "status 2")
    said = wrong.compose("logs", "--no-color")
    for name, value in WRONG.items():
        assert name.lower() in said.lower()
        assert value in said
