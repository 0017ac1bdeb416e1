"""The load test on the containers: a project of its own, with the load's source on its network."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.errors import StackError
from local.ports import free_port
from tests.load.settings import LoadSettings
from tests.load.site import ROTATIONS, SOURCE_URL, collector_environment

ROOT = Path(__file__).resolve().parents[2]
_PROJECT = "cointicker-load"
_FILES = ("compose.yaml", "tests/load/compose.yaml")
_SERVICES = ("hdfs-sink", "processor", "insights")
_STARTING_SECONDS = 300
_LINES_TOLD = 3


def environment_of(settings: LoadSettings) -> dict[str, str]:
    """What the compose files are filled with for a run."""
    out = settings.out.absolute()
    return {
        **collector_environment(settings, SOURCE_URL),
        "COMPOSE_PROJECT_NAME": _PROJECT,
        "COMPOSE_PROFILES": "",
        "COMPOSE_FILE": os.pathsep.join(_FILES),
        "COMPOSE_PATH_SEPARATOR": os.pathsep,
        **ROTATIONS[settings.rotation],
        "LOAD_MARKETS": str(settings.markets),
        "LOAD_RATE": str(settings.rate),
        "LOAD_SECONDS": str(settings.duration_seconds),
        "LOAD_RAMP": str(settings.ramp_seconds),
        "LOAD_RECORD_BYTES": str(settings.record_bytes),
        "LOAD_RESULTS": str(out.parent),
        "LOAD_USER": f"{os.getuid()}:{os.getgid()}",
        "OUT": str(Path("load-results") / out.name),
    }


def run_in_containers(settings: LoadSettings, report: Callable[[str], None]) -> int:
    """Start the containers, measure from among them, and remove them with their data.

    The exit status is that of the measuring container. Raises StackError.
    """
    settings.out.absolute().parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        **environment_of(settings),
        "INSIGHTS_PORT": str(free_port()),
    }
    report(f"building the images, then starting the project {_PROJECT}")
    try:
        _compose(environment, "build", "--quiet")
        _compose(environment, "up", "--detach", "--wait", "--quiet-pull", *_SERVICES)
        # Last: its clock runs.
        _compose(environment, "up", "--detach", "--wait", "collector")
        report("measuring from a container")
        measured = subprocess.run(
            ["docker", "compose", "run", "--rm", "--no-deps", "load"],
            cwd=ROOT,
            env=environment,
            check=False,
        )
        return measured.returncode
    finally:
        _compose(environment, "down", "--volumes", "--remove-orphans")


def _compose(environment: Mapping[str, str], *words: str) -> None:
    command: Sequence[str] = ["docker", "compose", *words]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=_STARTING_SECONDS,
        )
    except FileNotFoundError as error:
        raise StackError("docker is not installed: docs/operations.md says how") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{' '.join(command)} took over {_STARTING_SECONDS} s") from error
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-_LINES_TOLD:])
        raise StackError(f"{' '.join(command)} failed:\n{said}")
