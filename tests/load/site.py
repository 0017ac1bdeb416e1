"""Where the stack under load is, whatever it runs on, and what its collector is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.ports import Ports
from tests.load.settings import LoadSettings

PREFIX = "cointicker"
# Where the source answers among the containers.
SOURCE_URL = "http://load-source:8090"
# When hdfs-sink closes a file: by default after minutes, short so that its latency can be seen.
ROTATIONS = {
    "short": {
        "ROTATE_BYTES": "33554432",
        "ROTATE_AGE_SECONDS": "5",
        "ROTATE_IDLE_SECONDS": "2",
    },
    "default": {
        "ROTATE_BYTES": "33554432",
        "ROTATE_AGE_SECONDS": "300",
        "ROTATE_IDLE_SECONDS": "60",
    },
}
_OTHER_SOURCES = ("COINNESS", "SAVETICKER", "PERPLEXITY", "CNN_FEAR_GREED", "ALTERNATIVE_ME")
_MOST_BODY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Site:
    """Addresses of a running stack: `pages` are those of the services' metrics, by name.

    `pids` are processes of this machine whose CPU time and memory are taken from the system.
    """

    servers: list[str]
    namenode_url: str
    insights_url: str
    pages: dict[str, str] = field(default_factory=dict)
    pids: Callable[[], Mapping[str, int]] = dict


def pages(ports: Ports, host: Callable[[str], str]) -> dict[str, str]:
    """Where each service tells its metrics; `host` is where a service of this name answers."""
    known = {
        "collector": ports.collector,
        "processor": ports.processor,
        "insights": ports.insights,
        "hdfs-sink": ports.hdfs_sink,
    }
    return {name: f"http://{host(name)}:{port}/metrics" for name, port in known.items()}


def rotation_told(rotation: Mapping[str, str]) -> str:
    """How hdfs-sink closes files in a run, for its report."""
    mib = int(rotation["ROTATE_BYTES"]) / 1024 / 1024
    return (
        f"hdfs-sink closes a file at {mib:g} MiB, after {rotation['ROTATE_AGE_SECONDS']} s, "
        f"or {rotation['ROTATE_IDLE_SECONDS']} s without a record."
    )


def collector_environment(settings: LoadSettings, source_url: str) -> dict[str, str]:
    """The collector's settings for a run: one source, polled often enough."""
    return {
        **{f"{name}_ENABLED": "false" for name in _OTHER_SOURCES},
        "UPBIT_TRENDS_BASE_URL": source_url,
        "UPBIT_TRENDS_INTERVAL_SECONDS": str(settings.poll_seconds),
        "UPBIT_TRENDS_REQUESTS_PER_SECOND": str(2 / settings.poll_seconds),
        "UPBIT_TRENDS_MAX_BODY_BYTES": str(_MOST_BODY_BYTES),
    }
