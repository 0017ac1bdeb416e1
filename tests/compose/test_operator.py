"""The operators' command in a container among the services."""

import json

from tests.compose.project import Project

RUN = ("run", "--rm", "--no-TTY", "cointicker")
SOURCES = {"upbit_trends", "coinness", "saveticker", "perplexity", "cnn_fear_greed"}


def test_the_doctor_finds_a_healthy_stack_well(project: Project) -> None:
    """A status other than 0 would raise."""
    answer = json.loads(project.compose(*RUN, "doctor", "--json"))
    failed = [each for each in answer["findings"] if each["outcome"] == "failed"]
    assert (answer["well"], failed) == (True, [])
    assert not [each for each in answer["findings"] if each["outcome"] == "not_looked_at"]


def test_every_source_is_told(project: Project) -> None:
    told = json.loads(project.compose(*RUN, "sources", "--json"))["sources"]
    assert {each["name"] for each in told} >= SOURCES


def test_nothing_is_refused(project: Project) -> None:
    assert json.loads(project.compose(*RUN, "sink", "list", "--json")) == []
