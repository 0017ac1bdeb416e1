"""The containers' images: `containers.py base`, `build` or `check`; the make targets call it.

base   makes the base images from Debian's packages, and names them in `.env`
build  builds all images; where no registry answers, on base images made like that
check  says what this host lacks for the containers
"""

import os
import sys
from pathlib import Path

from images import docker, offline, preflight
from images.errors import HostError

ROOT = Path(__file__).resolve().parent.parent


def base() -> None:
    """`make offline-images`."""
    _refuse(preflight.problems_of_docker())
    offline.make(ROOT / ".env", _say)


def build() -> None:
    """`make images`."""
    _refuse(preflight.problems_of_docker())
    _refuse(preflight.problems_of_host(ROOT))
    missing = [image for image in _base_images() if not docker.is_there(image)]
    if any(not docker.pull(image) for image in missing):
        _say("no registry answers: making the base images from packages, as make offline-images")
        base()
    docker.order(["compose", "--project-directory", str(ROOT), "--profile", "*", "build"])


def check() -> None:
    """Before `docker compose up`: everything at once, where docker is there to be asked."""
    problems = preflight.problems_of_docker()
    if not problems:
        problems = preflight.problems_of_host(ROOT)
        problems += preflight.problems_of_ports(ROOT, os.environ)
    _refuse(problems)


def _base_images() -> set[str]:
    """What the images are built on, as compose.yaml and `.env` have it."""
    configured = docker.ask(
        "compose", "--project-directory", str(ROOT), "--profile", "*", "config", "--format", "json"
    )
    if configured is None:
        raise HostError("compose.yaml or .env cannot be read: docker compose config says why")
    return docker.build_arguments(configured)


def _refuse(problems: list[str]) -> None:
    if problems:
        raise HostError("\n".join(problems))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Carry out one of them; a problem is one line, and status 1."""
    commands = {"base": base, "build": build, "check": check}
    if len(argv) != 1 or argv[0] not in commands:
        sys.stderr.write(f"containers: give one of {', '.join(commands)}\n")
        return 2
    try:
        commands[argv[0]]()
    except HostError as error:
        sys.stderr.writelines(f"containers: {line}\n" for line in str(error).splitlines())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
