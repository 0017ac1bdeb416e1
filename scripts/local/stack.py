"""A stack: the servers and any further parts, started, watched and stopped by one runner."""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from local.children import Child
from local.cluster import DATANODE, KAFKA, NAMENODE, ROOT, ZOOKEEPER, Cluster, fetch_jars
from local.errors import StackError
from local.jars import JarCache, Report, cache_directory
from local.java import find_java
from local.maven import Repository
from local.ownership import Ownership
from local.parts import Part
from local.ports import HOST, Ports, check_free, free_ports

_POLL_SECONDS = 0.1
# ZooKeeper goes last: a broker that cannot reach it does not stop.
_STOP_ORDER = ([KAFKA, NAMENODE, DATANODE], [ZOOKEEPER])


class Stack:
    """ZooKeeper, Kafka and HDFS of one directory, and the parts that were added to them.

    As a context manager it is started and ready inside, and leaves no process behind. Without
    `ports` free ones are chosen. Its methods may be called from any thread.
    """

    def __init__(
        self,
        directory: Path,
        ports: Ports | None = None,
        *,
        report: Report = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory = directory.absolute()
        self.ports = ports or free_ports()
        self._report = report
        self._clock = clock
        self._ownership: Ownership | None = None
        self._parts: dict[str, Part] = {}
        self._children: dict[str, Child] = {}
        # Linux ends a child with the thread that started it: one that lives as long as we do.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")

    @property
    def bootstrap_servers(self) -> str:
        """Where Kafka's clients begin."""
        return f"{HOST}:{self.ports.kafka}"

    @property
    def zookeeper(self) -> str:
        """The address of ZooKeeper."""
        return f"{HOST}:{self.ports.zookeeper}"

    @property
    def namenode_url(self) -> str:
        """The NameNode's HTTP address, with WebHDFS under /webhdfs/v1."""
        return f"http://{HOST}:{self.ports.namenode_http}"

    @property
    def namenode_rpc(self) -> str:
        """The file system as operators write it."""
        return f"hdfs://{HOST}:{self.ports.namenode_rpc}"

    def __enter__(self) -> "Stack":
        """Start everything and wait until it is ready."""
        try:
            self.start_all()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything, whatever happened."""
        self.close()

    def start_all(self) -> None:
        """Start the servers, wait until each is ready, create the topics."""
        self._ownership = Ownership(self.directory)
        check_free(self.ports)
        cache = JarCache(cache_directory(os.environ), Repository().download, self._report)
        cluster = Cluster(self.directory, self.ports, find_java(), fetch_jars(cache))
        cluster.render()
        for part in cluster.parts():
            if part.name == NAMENODE:
                self._format_once(cluster)
            self._parts[part.name] = part
            self.start(part.name)
        for name in self.names():
            self.wait_ready(name)
            self._report(f"{name} is ready")
        self._create_topics()

    def add(self, part: Part) -> None:
        """Start a further part, under a name of its own, in this stack; `wait_ready` waits."""
        if part.name in self._parts:
            raise StackError(f"the stack has a part {part.name} already")
        self._parts[part.name] = part
        self.start(part.name)

    def names(self) -> list[str]:
        """The parts, in the order in which they were added."""
        return list(self._parts)

    def alive(self, name: str) -> bool:
        """Whether the process of a part is there; a paused one is."""
        child = self._children.get(self._part(name).name)
        return child is not None and child.exit_status is None

    def pid(self, name: str) -> int:
        """The process id of a part that was started."""
        return self._child(name).pid

    def port(self, name: str) -> int | None:
        """The port that a part answers on, if it has one."""
        return self._part(name).port

    def log(self, name: str) -> Path:
        """The file with what a part printed, of all its starts."""
        return self.directory / "logs" / f"{self._part(name).name}.log"

    def missing(self, name: str) -> str | None:
        """What a part still lacks to be ready; None when it is."""
        if not self.alive(name):
            child = self._children.get(name)
            return f"ended with {child.exit_status}" if child else "not started"
        return self._part(name).ready()

    def start(self, name: str) -> None:
        """Start a part that is not running, once what it builds on allows it."""
        part = self._part(name)
        if self.alive(name):
            raise StackError(f"{name} is running already")
        self._await(part.may_start, f"{name} cannot start", part.ready_seconds)
        self._children[name] = self._spawn(part)

    def wait_ready(self, name: str) -> None:
        """Return as soon as a part is ready; a StackError if it ends or takes too long."""
        part, child = self._part(name), self._child(name)

        def ready() -> str | None:
            if child.exit_status is not None:
                self._fail(child)
            return part.ready()

        self._await(ready, f"{name} is not ready", part.ready_seconds)

    def stop(self, name: str) -> None:
        """End a part in order; one that does not come to its end is killed."""
        child = self._child(name)
        child.terminate()
        if not child.wait(child.part.stop_seconds):
            self._report(f"{name} did not stop within {child.part.stop_seconds:g} s: killed")

    def kill(self, name: str) -> None:
        """End a part at once (SIGKILL)."""
        child = self._child(name)
        child.signal(signal.SIGKILL)
        child.wait(child.part.stop_seconds)

    def pause(self, name: str) -> None:
        """Stop a part in the middle of what it does (SIGSTOP); it keeps its connections."""
        if not self.alive(name):
            raise StackError(f"{name} is not running")
        self._child(name).pause()

    def resume(self, name: str) -> None:
        """Let a paused part go on (SIGCONT), which knows nothing of the time between."""
        self._child(name).signal(signal.SIGCONT)

    def restart(self, name: str) -> None:
        """Stop a part in order, start it again and wait until it is ready."""
        self.stop(name)
        self.start(name)
        self.wait_ready(name)

    def close(self) -> None:
        """End every part in order: what was added, then the servers, ZooKeeper last."""
        servers = [name for group in _STOP_ORDER for name in group]
        added = [name for name in reversed(self.names()) if name not in servers]
        for group in (added, *_STOP_ORDER):
            self._end([self._children[name] for name in group if name in self._children])
        self._spawner.shutdown()
        if self._ownership is not None:
            self._ownership.release()

    def _end(self, children: Sequence[Child]) -> None:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(child.part.stop_seconds)

    def _format_once(self, cluster: Cluster) -> None:
        if cluster.name_directory.exists():
            return
        self._report("formatting a new NameNode")
        unfinished = cluster.name_directory.with_name("name.new")
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(unfinished)
        self._run(cluster.format_part(unfinished))
        # The name says that the format is complete: one that was interrupted is begun anew.
        unfinished.rename(cluster.name_directory)

    def _create_topics(self) -> None:
        command = Path(sys.executable).with_name("cointicker")
        topics = ["--file", str(ROOT / "kafka" / "topics.yaml")]
        servers = ["--bootstrap-servers", self.bootstrap_servers]
        self._run(Part("topics", [str(command), "topics", "create", *servers, *topics]))

    def _run(self, part: Part) -> None:
        """Run a part that is to end by itself, with success."""
        child = self._spawn(part)
        if not child.wait(part.ready_seconds) or child.exit_status != 0:
            self._fail(child)

    def _spawn(self, part: Part) -> Child:
        log = self.directory / "logs" / f"{part.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        return self._spawner.submit(Child, part, log).result()

    def _await(self, missing: Callable[[], str | None], what: str, seconds: float) -> None:
        deadline = self._clock() + seconds
        while (reason := missing()) is not None:
            if self._clock() > deadline:
                raise StackError(f"{what} after {seconds:g} s: {reason}; see {self.directory}/logs")
            time.sleep(_POLL_SECONDS)

    def _fail(self, child: Child) -> None:
        raise StackError(
            f"{child.part.name} ended with status {child.exit_status}; "
            f"the end of {child.log}:\n{child.last_lines()}"
        )

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            raise StackError(f"no part {name}; the parts are: {', '.join(self._parts)}")
        return self._parts[name]

    def _child(self, name: str) -> Child:
        child = self._children.get(self._part(name).name)
        if child is None:
            raise StackError(f"{name} was not started")
        return child
