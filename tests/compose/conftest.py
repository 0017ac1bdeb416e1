"""One running project for all tests on containers, and the time that each may take."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.dotenv import values, with_values
from tests.compose.project import NAME, ROOT, CommandFailed, Project, run

# Each waits for containers that start, on a busy machine for longer; none may hang.
_SECONDS = 480
_LOG_LINES = "40"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.timeout(_SECONDS))


@pytest.fixture(scope="session")
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The whole stack in containers with the simulated sources, healthy; removed at the end."""
    project = Project()
    project.settings["COMPOSE_ENV_FILES"] = str(_images(tmp_path_factory.mktemp("settings")))
    _refuse_another()
    project.compose("down", "--volumes", "--remove-orphans")
    try:
        seconds = project.up()
        _say(request, f"\n  healthy {seconds:.0f} s after docker compose up\n")
        yield project
        if request.session.testsfailed:
            _say(request, _logs(project))
    except CommandFailed as failure:
        pytest.fail(f"{failure}\n{_logs(project)}", pytrace=False)
    finally:
        project.compose("down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session")
def real_time(project: Project) -> None:
    """From here on the simulated market is at the real time, where it also begins again."""
    project.settings["SIMULATOR_SPEED"] = "1"
    project.up()


def _images(folder: Path) -> Path:
    """A file of settings that names the images as `.env` does: no other setting is the tests'."""
    own = ROOT / ".env"
    named = values(own.read_text(encoding="utf-8")) if own.exists() else {}
    images = {name: value for name, value in named.items() if name.endswith("_IMAGE")}
    path = folder / "images.env"
    path.write_text(with_values("", images), encoding="utf-8")
    return path


def _say(request: pytest.FixtureRequest, text: str) -> None:
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(text)


def _logs(project: Project) -> str:
    return project.compose("logs", "--no-color", "--tail", _LOG_LINES)


def _refuse_another() -> None:
    """Names and ports are taken once on a machine: end early, with a clear line."""
    label = "com.docker.compose.project"
    running = run("docker", "ps", "--all", "--format", f'{{{{.Names}}}}\t{{{{.Label "{label}"}}}}')
    for line in running.splitlines():
        name, _, of = line.partition("\t")
        if of.startswith("cointicker") and not of.startswith(NAME):
            pytest.exit(f"{name} of the project {of} is there: docker compose -p {of} down", 1)
