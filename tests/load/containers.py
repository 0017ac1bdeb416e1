"""The load test on the containers: a project of its own, with the load's source on its network."""

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from local.errors import StackError
from local.ports import free_port
from tests.load.settings import LoadSettings
from tests.load.site import ROTATIONS, SOURCE_URL, collector_environment

ROOT = Path(__file__).resolve().parents[2]
_PROJECT = "cointicker-load"
_FILES = ("compose.yaml", "tests/load/compose.yaml")
_SERVICES = ("hdfs-sink", "processor", "insights")
_STARTING_SECONDS = 300
# The images may have to be made from nothing, on a machine that is busy.
_BUILDING_SECONDS = 1_800
_LINES_TOLD = 3
# Of what a user has set for the containers, this holds here too; the rest would change the run.
_KEPT = re.compile(r"[A-Z]+_(IMAGE|HEAP)")
_ASSIGNED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


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


def kept_lines(env_file: str) -> str:
    """What holds in a run of a user's .env: images and heaps."""
    return "".join(
        f"{line}\n"
        for line in env_file.splitlines()
        if _KEPT.fullmatch(line.partition("=")[0].strip())
    )


def kept_variables(environment: Mapping[str, str], env_example: str) -> dict[str, str]:
    """The environment without what the containers would be told by it, but for images and heaps."""
    told = {name for name in _ASSIGNED.findall(env_example) if not _KEPT.fullmatch(name)}
    return {name: value for name, value in environment.items() if name not in told}


def run_in_containers(settings: LoadSettings, report: Callable[[str], None]) -> int:
    """Start the containers, measure from among them, and remove them with their data.

    The exit status is that of the measuring container. Raises StackError.
    """
    settings.out.absolute().parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **kept_variables(os.environ, (ROOT / ".env.example").read_text(encoding="utf-8")),
        **environment_of(settings),
        "INSIGHTS_PORT": str(free_port()),
    }
    own = ROOT / ".env"
    kept = kept_lines(own.read_text(encoding="utf-8")) if own.exists() else ""
    with NamedTemporaryFile("w", suffix=".env", encoding="utf-8") as env_file:
        env_file.write(kept)
        env_file.flush()
        return _measured(["docker", "compose", "--env-file", env_file.name], environment, report)


def _measured(
    compose: Sequence[str], environment: Mapping[str, str], report: Callable[[str], None]
) -> int:
    report(f"building the images, then starting the project {_PROJECT}")
    run = partial(_run, compose, environment)
    try:
        run("build", "--quiet", seconds=_BUILDING_SECONDS)
        run("up", "--detach", "--wait", "--quiet-pull", *_SERVICES)
        # Last: its clock runs.
        run("up", "--detach", "--wait", "collector")
        report("measuring from a container")
        measured = subprocess.run(
            [*compose, "run", "--rm", "--no-deps", "load"],
            cwd=ROOT,
            env=dict(environment),
            check=False,
        )
        return measured.returncode
    finally:
        run("down", "--volumes", "--remove-orphans")


def _run(
    compose: Sequence[str],
    environment: Mapping[str, str],
    *words: str,
    seconds: float = _STARTING_SECONDS,
) -> None:
    command = [*compose, *words]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise StackError("docker is not installed: docs/operations.md says how") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{' '.join(command)} took over {seconds:g} s") from error
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-_LINES_TOLD:])
        raise StackError(f"{' '.join(command)} failed:\n{said}")
