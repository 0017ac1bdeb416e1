"""What a host lacks for the containers: a line for each problem, with its remedy."""

import re
import socket
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from images import docker, dotenv

_ENGINE, _COMPOSE = (20, 10), (2, 24)
# A machine of 4 GiB has less than that for its processes.
_MEMORY_GIB, _ENOUGH_BYTES = 4, int(3.5 * 2**30)
_CPUS = 2
# Settings of the commands themselves, which they read from `.env` too.
_OF_COMMANDS = ("COMPOSE_", "DOCKER_")
# Mounted into containers or copied with its mode, for another user than the owner of the checkout.
_SHARED = (
    *("config", "hdfs", "kafka", "monitoring"),
    *("scripts/images/ready.py", "services/collector/start.py"),
)


def problems_of_docker() -> list[str]:
    """Whether there is an engine, and new enough tools for it."""
    client = docker.ask("--version")
    if client is None:
        return ["docker is missing: install Docker Engine 20.10 or later with its Compose plugin"]
    engine = docker.ask("version", "--format", "{{.Server.Version}}")
    if engine is None:
        return ["the Docker engine does not answer: start it, or join the group docker"]
    compose = docker.ask("compose", "version", "--short")
    buildx = docker.ask("buildx", "version")
    return tool_problems(engine, compose, buildx)


def tool_problems(engine: str, compose: str | None, buildx: str | None) -> list[str]:
    """What these versions are too old for."""
    problems = []
    if version(engine) < _ENGINE:
        problems.append(f"Docker Engine {engine} is too old: install 20.10 or later")
    if compose is None or version(compose) < _COMPOSE:
        problems.append(
            f"Docker Compose {compose or 'v2'} is {'too old' if compose else 'missing'}: "
            "install its plugin (docker-compose-plugin), 2.24 or later"
        )
    if buildx is None:
        problems.append("Docker Buildx is missing: install its plugin (docker-buildx-plugin)")
    return problems


def problems_of_host(root: Path) -> list[str]:
    """Too little memory, files that containers cannot read, lines of `.env` that nothing reads."""
    size = docker.ask("info", "--format", "{{.MemTotal}} {{.NCPU}}")
    problems = size_problems(*map(int, size.split())) if size is not None else []
    example = (root / ".env.example").read_text(encoding="utf-8")
    problems += unreadable(root, _SHARED)
    return problems + unknown_settings(_dotenv(root), example)


def unreadable(root: Path, names: Iterable[str]) -> list[str]:
    """Files, or folders with something in them, that not everybody can read."""
    return [
        f"{name} cannot be read by the containers' user: chmod -R a+rX {name}"
        for name in names
        if not all(_is_shared(each) for each in (root / name, *(root / name).rglob("*")))
    ]


def _is_shared(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH) or "__pycache__" in path.parts


def problems_of_ports(root: Path) -> list[str]:
    """Ports that something else than this checkout's containers listens on. Raises HostError."""
    ours = f"label=com.docker.compose.project.working_dir={root}"
    if docker.ask("ps", "--quiet", "--filter", ours):
        return []
    return port_problems(docker.ports(docker.configured(root)), _is_free)


def port_problems(ports: Mapping[str, int], is_free: Callable[[int], bool]) -> list[str]:
    """Which of the services' ports are taken."""
    return [
        f"port {port} of 127.0.0.1 is taken: stop what listens there (ss -ltnp shows it), "
        f"or set {service.upper()}_PORT in .env"
        for service, port in ports.items()
        if not is_free(port)
    ]


def size_problems(memory: int, cpus: int) -> list[str]:
    """What this many bytes and processors are too few for."""
    problems = []
    if memory < _ENOUGH_BYTES:
        problems.append(
            f"Docker has {memory / 2**30:.1f} GiB of memory: give it {_MEMORY_GIB} GiB or more"
        )
    if cpus < _CPUS:
        problems.append(f"Docker has {cpus} CPU: give it {_CPUS} or more")
    return problems


def unknown_settings(text: str, example: str) -> list[str]:
    """Names in `.env` that are not in `.env.example`: nothing reads them."""
    known = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE))
    return [
        f".env sets {name}, which nothing reads: see .env.example for the names"
        for name in dotenv.values(text)
        if name not in known and not name.startswith(_OF_COMMANDS)
    ]


def version(text: str) -> tuple[int, int]:
    """Major and minor of a version; 0.0 if it is none."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _dotenv(root: Path) -> str:
    path = root / ".env"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
