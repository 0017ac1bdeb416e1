"""What a host lacks for the containers, one line each."""

from pathlib import Path
from typing import Any

import pytest

from images import docker
from images.preflight import (
    port_problems,
    size_problems,
    tool_problems,
    unknown_settings,
    unreadable,
    version,
)

EXAMPLE = (Path(__file__).parents[3] / ".env.example").read_text()


def test_a_host_that_has_all_of_it_has_no_problem() -> None:
    assert tool_problems("20.10.24+dfsg1", "2.26.1-4", "buildx 0.13.1") == []
    assert size_problems(8 << 30, 2) == []
    assert unknown_settings("LOG_LEVEL=DEBUG\nSIMULATOR_SPEED=60\n", EXAMPLE) == []


@pytest.mark.parametrize(
    ("engine", "compose", "buildx", "problem"),
    [
        ("19.3.1", "2.30.0", "b", "Docker Engine 19.3.1 is too old: install 20.10 or later"),
        ("28.0.1", None, "b", "Docker Compose v2 is missing: install its plugin"),
        ("28.0.1", "1.29.2", "b", "Docker Compose 1.29.2 is too old: install its plugin"),
        ("28.0.1", "v2.30.0", None, "Docker Buildx is missing: install its plugin"),
    ],
)
def test_a_tool_that_is_missing_or_too_old_is_one_line_with_the_remedy(
    engine: str, compose: str | None, buildx: str | None, problem: str
) -> None:
    [line] = tool_problems(engine, compose, buildx)
    assert line.startswith(problem)
    assert "\n" not in line


def test_too_little_memory_and_too_few_processors_are_named() -> None:
    assert size_problems(1 << 30, 1) == [
        "Docker has 1.0 GiB of memory: give it 4 GiB or more",
        "Docker has 1 CPU: give it 2 or more",
    ]


def test_a_setting_that_nothing_reads_is_named() -> None:
    [line] = unknown_settings("LOG_LEVEL=DEBUG\nROTATE_BYTE=1\n", EXAMPLE)
    assert line.startswith(".env sets ROTATE_BYTE, which nothing reads")


def test_settings_of_docker_itself_are_no_mistake() -> None:
    assert unknown_settings("COMPOSE_PROJECT_NAME=mine\nDOCKER_HOST=x\n", EXAMPLE) == []


def test_a_machine_of_four_gib_has_enough_memory() -> None:
    assert size_problems(3900 << 20, 2) == []


def test_a_folder_that_containers_cannot_read_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    for name, mode in (("hdfs", 0o644), ("kafka", 0o600)):
        folder = tmp_path / name
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "file").touch()
        (folder / "file").chmod(mode)
    [line] = unreadable(tmp_path, ["hdfs", "kafka"])
    assert line == "kafka cannot be read by the containers' user: chmod -R a+rX kafka"


def test_ports_are_those_that_compose_publishes() -> None:
    services: dict[str, dict[str, Any]] = {
        "insights": {"ports": [{"target": 8000, "published": "8100"}]},
        "kafka": {"image": "x"},
    }
    assert docker.ports(services) == {"insights": 8100}


def test_a_port_that_is_taken_is_one_line_with_the_remedy() -> None:
    [line] = port_problems({"insights": 8000, "prometheus": 9090}, lambda port: port != 8000)
    assert line.startswith("port 8000 of 127.0.0.1 is taken: stop what listens there")
    assert line.endswith("or set INSIGHTS_PORT in .env")


def test_a_version_is_found_among_other_words() -> None:
    assert [version(text) for text in ("v2.26.1-4", "Docker 20.10", "none")] == [
        (2, 26),
        (20, 10),
        (0, 0),
    ]
