"""The stack in containers, as the tests drive it: by `docker compose`, as an operator would."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.errors import StackError

ROOT = Path(__file__).parents[2]
NAME = "cointicker-test"
ONE_SHOT = "kafka-topics"
# A simulated market that makes two hours in two minutes, and files that are closed soon.
SETTINGS = {
    "COMPOSE_PROJECT_NAME": NAME,
    "COMPOSE_PROFILES": "simulator",
    # Where the tests look, whatever the shell has set.
    "INSIGHTS_PORT": "8000",
    "PROMETHEUS_PORT": "9090",
    "KAFKA_TOPIC_PREFIX": "cointicker",
    "SIMULATOR_SPEED": "60",
    "SIMULATOR_LEAD_SECONDS": "7200",
    "ROTATE_AGE_SECONDS": "10",
    "ROTATE_IDLE_SECONDS": "5",
}
_LABEL = "com.docker.compose"
_LOOK_SECONDS = 0.5
_LONGEST_SECONDS = 300


class CommandFailed(AssertionError):
    """A command ended with another status than 0, or not in time; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container, as `docker inspect` shows it."""

    service: str
    seen: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its identity, for other commands."""
        return str(self.seen["Id"])

    @property
    def process(self) -> int:
        """Its first process, as the host counts."""
        return int(self.seen["State"]["Pid"])

    @property
    def user(self) -> str:
        """Who that runs as, as the kernel says."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))

    @property
    def started(self) -> str:
        """When its process was started."""
        return str(self.seen["State"]["StartedAt"])

    @property
    def health(self) -> str:
        """`healthy`, another word of the health check, or the state where there is no check."""
        state = self.seen["State"]
        return str(state["Health"]["Status"] if state.get("Health") else state["Status"])


@dataclass(slots=True)
class Project:
    """One compose project; its settings are environment variables, as in `.env`."""

    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))

    def compose(self, *arguments: str, seconds: float = _LONGEST_SECONDS) -> str:
        """What `docker compose …` writes to stdout. Raises CommandFailed."""
        return run("docker", "compose", *arguments, seconds=seconds, environment=self.settings)

    def up(self, *arguments: str) -> float:
        """Start all of it, wait until it is healthy, and say how many seconds that took."""
        began = time.monotonic()
        self.compose("up", "--detach", "--wait", "--no-build", *arguments)
        return time.monotonic() - began

    def containers(self, service: str = "") -> list[Container]:
        """The containers of a service, or of all but the one-shot job."""
        labels = {"project": self.settings["COMPOSE_PROJECT_NAME"], "oneoff": "False"}
        if service:
            labels["service"] = service
        filters = [f"--filter=label={_LABEL}.{name}={value}" for name, value in labels.items()]
        ids = run("docker", "ps", "--all", "--quiet", *filters).split()
        found = [
            Container(str(seen["Config"]["Labels"][f"{_LABEL}.service"]), seen)
            for seen in json.loads(run("docker", "inspect", *ids) if ids else "[]")
        ]
        return [each for each in found if each.service != ONE_SHOT]

    def healthy(self) -> bool:
        """Whether every container is."""
        return all(each.health in ("healthy", "running") for each in self.containers())

    def execute(self, service: str, *command: str, given: str = "") -> str:
        """What a command in a running container writes to stdout. Raises CommandFailed."""
        (container,) = self.containers(service)
        return run("docker", "exec", "--interactive", container.id, *command, given=given)

    def kill(self, container: Container) -> None:
        """End its first process as a crash would; to `docker kill` no restart policy answers."""
        image = self.containers("kafka")[0].seen["Image"]
        # From among the host's processes, and as the same user, which takes no privilege.
        host = ("docker", "run", "--rm", "--pid", "host", "--user", container.user)
        shell = ("--network", "none", "--entrypoint", "bash", image, "-c")
        run(*host, *shell, f"kill -KILL {container.process}")


def run(
    *command: str,
    given: str = "",
    seconds: float = _LONGEST_SECONDS,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a command writes to stdout. Raises CommandFailed."""
    try:
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as late:
        raise CommandFailed(f"{' '.join(command)}: not within {seconds:g} s") from late
    if ended.returncode:
        said = f"{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        raise CommandFailed(f"{' '.join(command)}: status {ended.returncode}\n{said}")
    return ended.stdout


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Look again and again until it holds. Raises AssertionError with `what` after so long.

    That a part of the stack does not answer means: not yet.
    """
    deadline = time.monotonic() + seconds
    while not _holds(condition):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(_LOOK_SECONDS)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except StackError:
        return False
