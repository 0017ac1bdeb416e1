"""The `docker` command, as a few questions and orders."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from images.errors import HostError

_PULL_SECONDS = 300


def ask(*arguments: str, seconds: float = 30) -> str | None:
    """What docker answers, None if it cannot."""
    try:
        answer = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=seconds, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def order(arguments: Sequence[str]) -> None:
    """Have docker do something, showing what it says. Raises HostError."""
    done = subprocess.run(["docker", *arguments], check=False)
    if done.returncode:
        raise HostError(f"docker {arguments[0]} ended with status {done.returncode}: see above")


def is_there(image: str) -> bool:
    """Whether an image is on this host."""
    return ask("image", "inspect", image) is not None


def pull(image: str) -> str | None:
    """Fetch an image; why that failed, None if it did not."""
    try:
        _carried_out("pull", "--quiet", image, seconds=_PULL_SECONDS)
    except HostError as error:
        return str(error)
    return None


def configured(root: Path, *profiles: str) -> dict[str, dict[str, Any]]:
    """The services as compose.yaml and `.env` have them. Raises HostError with what is wrong."""
    chosen = [f"--profile={each}" for each in profiles]
    place = ("compose", "--project-directory", str(root))
    text = _carried_out(*place, *chosen, "config", "--format", "json", seconds=30)
    services: dict[str, dict[str, Any]] = json.loads(text)["services"]
    return services


def label(image: str, name: str) -> str | None:
    """A label of an image that is there, None if there is no such image."""
    return ask("image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image)


def megabytes(image: str) -> int:
    """The size of an image that is there."""
    return round(int(ask("image", "inspect", "--format", "{{.Size}}", image) or "0") / 1e6)


def images(services: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What the images are built on, by the variable that says so, and that of Prometheus."""
    built = [each.get("build", {}).get("args", {}) for each in services.values()]
    found = {name: value for each in built for name, value in each.items()}
    return {**found, "PROMETHEUS_IMAGE": services["prometheus"]["image"]}


def ports(services: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The port of this host that each service publishes."""
    return {
        name: int(port["published"])
        for name, service in services.items()
        for port in service.get("ports", [])
    }


def _carried_out(*arguments: str, seconds: float) -> str:
    """What docker answers. Raises HostError with what it says instead."""
    try:
        answer = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostError(f"docker {arguments[0]}: {error}") from error
    if answer.returncode:
        raise HostError(answer.stderr.strip() or f"docker {arguments[0]}: no word why it failed")
    return answer.stdout
