"""The simulator and our own services as parts of a stack."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.cluster import ROOT
from local.parts import Part
from local.ports import HOST, free_port
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


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Where the simulator and the services listen; the defaults are the published ports."""

    simulator: int = 8080
    collector: int = 8001
    hdfs_sink: int = 8003

    @classmethod
    def free(cls) -> "ServicePorts":
        """Ports on which nothing listens now, all different."""
        chosen: set[int] = set()
        while len(chosen) < len(cls.__slots__):
            chosen.add(free_port())
        return cls(*chosen)


def simulator(port: int, environment: Mapping[str, str]) -> Part:
    """The simulated sources; `environment` are its SIMULATOR_ settings."""
    return Part(
        "simulator",
        [_command("simulator"), "--port", str(port)],
        ready=http_ready(port, "/healthz"),
        environment=environment,
        port=port,
    )


def collector(stack: Stack, port: int, environment: Mapping[str, str]) -> Part:
    """The collector of a stack; without further settings it polls the real sources."""
    spool = stack.directory / "data" / "spool"
    return _service(stack, "collector", port, {"SPOOL_DIRECTORY": str(spool), **environment})


def hdfs_sink(
    stack: Stack, port: int, environment: Mapping[str, str], *, name: str = "hdfs-sink"
) -> Part:
    """An hdfs-sink of a stack; several share the partitions under different names."""
    return _service(
        stack, "hdfs-sink", port, {"HDFS_NAMENODE": stack.namenode_url, **environment}, name=name
    )


def simulated_sources(simulator_port: int, seconds: Mapping[str, float]) -> dict[str, str]:
    """The collector's settings that send every source to the simulator.

    `seconds` between polls are given by the collector's name of a source, for a simulated clock
    that runs faster than the real one.
    """
    settings = {"PERPLEXITY_API_KEY": _SIMULATED_KEY}
    for source, path in _SIMULATED.items():
        settings[f"{source}_BASE_URL"] = f"http://{HOST}:{simulator_port}/{path}"
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
