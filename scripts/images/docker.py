"""The `docker` command, as a few questions and orders."""

import json
import subprocess
from collections.abc import Sequence

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


def pull(image: str) -> bool:
    """Fetch an image; whether a registry had it."""
    return ask("pull", "--quiet", image, seconds=_PULL_SECONDS) is not None


def label(image: str, name: str) -> str | None:
    """A label of an image that is there, None if there is no such image."""
    return ask("image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image)


def megabytes(image: str) -> int:
    """The size of an image that is there."""
    return round(int(ask("image", "inspect", "--format", "{{.Size}}", image) or "0") / 1e6)


def build_arguments(configured: str) -> set[str]:
    """The values of all build arguments in what `docker compose config --format json` says."""
    services = json.loads(configured)["services"].values()
    return {value for each in services for value in each.get("build", {}).get("args", {}).values()}
