"""The simulator and our own services as parts of a stack."""

import sys
from collections.abc import Mapping
from pathlib import Path

from local.cluster import ROOT
from local.errors import StackError
from local.parts import Part
from local.ports import HOST
from local.probes import http_ready
from local.stack import Stack

# The collector's name of each source, and where its own address stands on the simulator.
_SIMULATED = {
    "UPBIT_TRENDS": "upbit",
    "COINNESS": "coinness",
    "SAVETICKER": "saveticker",
    "PERPLEXITY": "perplexity",
    "CNN_FEAR_GREED": "cnn",
    "ALTERNATIVE_ME": "alternative",
}
# The simulator takes any key of the usual form.
_SIMULATED_KEY = "pplx-simulated"

SOURCES = ("simulated", "live")
SERVICES = ("simulator", "collector", "hdfs-sink", "processor", "insights")


def check_sources(sources: str) -> None:
    """Raise a StackError if there are no such sources."""
    if sources not in SOURCES:
        raise StackError(f"SOURCES: must be one of {', '.join(SOURCES)} (got {sources!r})")


def start_services(stack: Stack, sources: str) -> None:
    """Start the services of a stack and wait until they are ready.

    `sources` is `simulated` or `live`.
    """
    if sources == "simulated":
        stack.add(simulator(stack, {}))
        stack.add(collector(stack, simulated_sources(stack, {})))
    else:
        stack.add(collector(stack, {}))
    for part in (hdfs_sink, processor, insights):
        stack.add(part(stack, {}))
    for name in SERVICES:
        if name in stack.names():
            stack.wait_ready(name)


def simulator(stack: Stack, environment: Mapping[str, str], *, name: str = "simulator") -> Part:
    """The simulated sources; `environment` are its SIMULATOR_ settings."""
    port = stack.ports.simulator
    return Part(
        name,
        [_command("simulator"), "--port", str(port)],
        ready=http_ready(port, "/healthz"),
        environment=environment,
        port=port,
    )


def collector(stack: Stack, environment: Mapping[str, str], *, name: str = "collector") -> Part:
    """The collector of a stack; without further settings it polls the real sources."""
    spool = stack.directory / "data" / f"{name}-spool"
    settings = {"SPOOL_DIRECTORY": str(spool), **environment}
    return _service(stack, "collector", stack.ports.collector, settings, name=name)


def hdfs_sink(
    stack: Stack, environment: Mapping[str, str], *, name: str = "hdfs-sink", port: int = 0
) -> Part:
    """An hdfs-sink of a stack; a further one shares its partitions under its own name and port."""
    settings = {"HDFS_NAMENODE": stack.namenode_url, **environment}
    return _service(stack, "hdfs-sink", port or stack.ports.hdfs_sink, settings, name=name)


def processor(
    stack: Stack, environment: Mapping[str, str], *, name: str = "processor", port: int = 0
) -> Part:
    """A processor of a stack; a further one shares its partitions under its own name and port."""
    return _service(stack, "processor", port or stack.ports.processor, environment, name=name)


def insights(
    stack: Stack, environment: Mapping[str, str], *, name: str = "insights", port: int = 0
) -> Part:
    """An insights of a stack; a further one shares its partitions under its own name and port."""
    return _service(stack, "insights", port or stack.ports.insights, environment, name=name)


def simulated_sources(stack: Stack, seconds: Mapping[str, float]) -> dict[str, str]:
    """The collector's settings that send every source to the simulator.

    `seconds` between polls are given by the collector's name of a source, for a simulated clock
    that runs faster than the real one.
    """
    settings = {"PERPLEXITY_API_KEY": _SIMULATED_KEY}
    for source, path in _SIMULATED.items():
        settings[f"{source}_BASE_URL"] = f"http://{HOST}:{stack.ports.simulator}/{path}"
    for source, interval in seconds.items():
        settings[f"{source}_INTERVAL_SECONDS"] = str(interval)
        settings[f"{source}_REQUESTS_PER_SECOND"] = str(2 / interval)
    return settings


def _service(
    stack: Stack, command: str, port: int, environment: Mapping[str, str], *, name: str = ""
) -> Part:
    common = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "HTTP_PORT": str(port),
        "CONFIG_FILE": str(ROOT / "config" / "kafka_config.yaml"),
    }
    return Part(
        name or command,
        [_command(command)],
        ready=http_ready(port),
        environment={**common, **environment},
        port=port,
        stop_seconds=30,
    )


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
