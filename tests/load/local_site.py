"""A local stack under load, started and stopped by the runner of the demo and of the tests."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from local import services
from local.cluster import ROOT
from local.errors import StackError
from local.ownership import owner
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack
from tests.load.settings import LoadSettings
from tests.load.site import Site, collector_environment, pages

DIRECTORY = ROOT / ".stack" / "load"
SOURCE = "source"


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
        """Its addresses, also of services that are yet to be started."""
        stack, ports = self.stack, self.stack.ports
        return Site(
            servers=[stack.bootstrap_servers],
            namenode_url=stack.namenode_url,
            insights_url=f"http://{HOST}:{ports.insights}",
            pages=pages(ports, lambda _: HOST),
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


@contextmanager
def local_stack(report: Callable[[str], None]) -> Iterator[LocalStack]:
    """A fresh stack on free ports, stopped at the end. Raises StackError."""
    if owner(DIRECTORY) is not None:
        raise StackError("a load test is running already; wait for its end")
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    with Stack(DIRECTORY, report=report) as stack:
        yield LocalStack(stack)
