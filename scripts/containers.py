"""The containers' images: `containers.py base`, `build` or `check`; the make targets call it.

base   makes the base images from Debian's packages, and names them in `.env`
build  builds all images; where a registry does not give what they are built on, on images made
       like that, unless `.env` names others
check  says what this host lacks for the containers
"""

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
    found = docker.images(docker.configured(ROOT, "*"))
    missing = {name: image for name, image in found.items() if not docker.is_there(image)}
    refused = {name: why for name, image in missing.items() if (why := docker.pull(image))}
    if refused:
        given = offline.given_by_the_user((ROOT / "compose.yaml").read_text("utf-8"), found)
        _refuse([why for name, why in refused.items() if name in given])
        _say(f"{next(iter(refused.values()))}\nSo the base images are made from packages:")
        offline.make(ROOT / ".env", _say, given)
    docker.order(["compose", "--project-directory", str(ROOT), "--profile", "*", "build"])


def check() -> None:
    """Before `docker compose up`: everything at once, where docker is there to be asked."""
    problems = preflight.problems_of_docker()
    if not problems:
        problems = preflight.problems_of_host(ROOT)
        problems += preflight.problems_of_ports(ROOT)
    _refuse(problems)


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
