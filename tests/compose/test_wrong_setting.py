"""A setting that cannot work: the service says what is wrong, and the start fails."""

from collections.abc import Iterator

import pytest

from tests.compose.project import NAME, SETTINGS, CommandFailed, Project, run, until

WRONG = {"ROTATE_BYTES": "plenty", "ROTATE_AGE_SECONDS": "-1"}
ENDED_SECONDS = 60


@pytest.fixture
def wrong() -> Iterator[Project]:
    project = Project({**SETTINGS, **WRONG, "COMPOSE_PROJECT_NAME": f"{NAME}-wrong"})
    yield project
    project.compose("down", "--volumes", "--timeout", "1")


def statuses(project: Project) -> set[str]:
    """What the sink ended with lately, each time that it was started."""
    (container,) = project.containers("hdfs-sink")
    died = ("--filter", f"container={container.id}", "--filter", "event=die")
    shown = ("--format", "{{.Actor.Attributes.exitCode}}")
    until_now = ("--since", "1h", "--until", "0s")
    return set(run("docker", "events", *until_now, *died, *shown).split())


def test_all_wrong_settings_are_named_and_the_start_fails(wrong: Project) -> None:
    with pytest.raises(CommandFailed):
        wrong.compose("up", "--detach", "--wait", "--no-build", "--no-deps", "hdfs-sink")
    # It is started again and again, and ends again and again.
    until(lambda: statuses(wrong) == {"2"}, ENDED_SECONDS, "status 2 and no other")
    said = wrong.compose("logs", "--no-color")
    for name, value in WRONG.items():
        assert name.lower() in said.lower()
        assert value in said
