"""The `docker` command, as a few questions and orders."""

import subprocess
from collections.abc import Sequence
from typing import IO

from images.errors import HostError


def ask(*arguments: str) -> str | None:
    """What docker answers, None if it cannot."""
    try:
        answer = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def order(arguments: Sequence[str], *, given: IO[bytes] | None = None) -> None:
    """Have docker do something, showing what it says. Raises HostError."""
    done = subprocess.run(["docker", *arguments], stdin=given, check=False)
    if done.returncode:
        raise HostError(f"docker {arguments[0]} ended with status {done.returncode}: see above")


def label(image: str, name: str) -> str | None:
    """A label of an image that is there, None if there is no such image."""
    return ask("image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image)
