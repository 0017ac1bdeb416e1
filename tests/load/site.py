"""Where the stack under load is; a local one is started by the runner of the demo."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local import services
from local.cluster import ROOT
from local.errors import StackError
from local.ownership import owner
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack
from tests.load.settings import LoadSettings

DIRECTORY = ROOT / ".stack" / "load"
PREFIX = "cointicker"
# A file closes after so long: what decides how late a record is in HDFS.
SINK_AGE_SECONDS = 5
SOURCE = "source"
_OTHER_SOURCES = ("COINNESS", "SAVETICKER", "PERPLEXITY", "CNN_FEAR_GREED", "ALTERNATIVE_ME")
_MOST_BODY_BYTES = 256 * 1024 * 1024
_GIB = 1024**3


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


class LocalStack:
    """A stack of this machine, with the services that a run asks for."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._source_port = free_port()

    @property
    def source_url(self) -> str:
        """Where the load's source answers."""
        return f"http://{HOST}:{self._source_port}"

    def site(self) -> Site:
        """Its addresses, with the services that were started."""
        stack, ports = self.stack, self.stack.ports
        known = {
            "collector": ports.collector,
            "processor": ports.processor,
            "insights": ports.insights,
            "hdfs-sink": ports.hdfs_sink,
        }
        names = set(stack.names())
        return Site(
            servers=[stack.bootstrap_servers],
            namenode_url=stack.namenode_url,
            insights_url=f"http://{HOST}:{ports.insights}",
            pages={n: f"http://{HOST}:{port}/metrics" for n, port in known.items() if n in names},
            pids=self._pids,
        )

    def start(self, name: str, environment: Mapping[str, str]) -> None:
        """Start one of the services, and wait until it is ready."""
        make = {
            "processor": services.processor,
            "insights": services.insights,
            "hdfs-sink": services.hdfs_sink,
        }[name]
        self.stack.add(make(self.stack, environment))
        self.stack.wait_ready(name)

    def start_source(self, settings: LoadSettings) -> None:
        """Start the source that makes the load."""
        words = {
            "port": self._source_port,
            "markets": settings.markets,
            "rate": settings.rate,
            "seconds": settings.duration_seconds,
            "ramp": settings.ramp_seconds,
            "record-bytes": settings.record_bytes,
        }
        command = [sys.executable, "-m", "tests.load.source"]
        command += [part for name, value in words.items() for part in (f"--{name}", str(value))]
        ready = http_ready(self._source_port, "/healthz")
        self.stack.add(Part(SOURCE, command, ready=ready, port=self._source_port))
        self.stack.wait_ready(SOURCE)

    def start_collector(self, settings: LoadSettings) -> None:
        """Start a collector that polls only this source, as often as the rate needs."""
        environment = collector_environment(settings, self.source_url)
        self.stack.add(services.collector(self.stack, environment))
        self.stack.wait_ready("collector")

    def _pids(self) -> Mapping[str, int]:
        return {n: self.stack.pid(n) for n in self.stack.names() if self.stack.alive(n)}


def collector_environment(settings: LoadSettings, source_url: str) -> dict[str, str]:
    """The collector's settings for a run: one source, polled often enough."""
    return {
        **{f"{name}_ENABLED": "false" for name in _OTHER_SOURCES},
        "UPBIT_TRENDS_BASE_URL": source_url,
        "UPBIT_TRENDS_INTERVAL_SECONDS": str(settings.poll_seconds),
        "UPBIT_TRENDS_REQUESTS_PER_SECOND": str(2 / settings.poll_seconds),
        "UPBIT_TRENDS_MAX_BODY_BYTES": str(_MOST_BODY_BYTES),
    }


@contextmanager
def local_stack(report: Callable[[str], None]) -> Iterator[LocalStack]:
    """A fresh stack on free ports, stopped at the end. Raises StackError."""
    if owner(DIRECTORY) is not None:
        raise StackError("a load test is running already; wait for its end")
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    with Stack(DIRECTORY, report=report) as stack:
        yield LocalStack(stack)


def machine() -> str:
    """What the figures were taken on."""
    memory = psutil.virtual_memory().total / _GIB
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def out_paths(out: Path) -> dict[str, Path]:
    """The files of a result, by kind."""
    out.parent.mkdir(parents=True, exist_ok=True)
    return {kind: out.with_name(f"{out.name}.{kind}") for kind in ("json", "md", "png")}
