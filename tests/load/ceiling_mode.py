"""How fast each stage works off the same backlog, alone, beside the limits of the bare parts."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.cluster import ROOT
from local.errors import StackError
from local.parts import Part
from tests.load.bare import make_topic, read_all, write_backlog, write_files
from tests.load.figures import Point, drain_rate, drain_window, grown, ratio, risen
from tests.load.local_site import LocalStack
from tests.load.proving import Proof, prove_archive, prove_processing
from tests.load.result import Draw, Panel, Section
from tests.load.sampling import READS, UNREAD, Looks, Samples, peaks, sampling, since
from tests.load.settings import MARKETS, LoadSettings
from tests.load.site import PREFIX, ROTATIONS, rotation_told
from tests.load.sources_mode import Findings
from tests.load.tape import PARTITIONS, Tape
from tests.load.targets import peak_targets, peer_target, sink_target
from tests.load.writing import COMPRESSION, RAW

PEER, SINK = "quix-peer", "hdfs-sink"
_PEER_OUTPUT = f"{PREFIX}.bench.market"
_PEER_PYTHON = ROOT / ".venv-peer" / "bin" / "python"
_PEER_SOURCES = ("libs/cointicker/src", "services/processor/src")
# Small files: a drain is seen by what is committed, which is a file at a time.
_ROTATION = {
    **ROTATIONS["default"],
    "ROTATE_BYTES": str(4 * 1024 * 1024),
    "ROTATE_IDLE_SECONDS": "1",
}
_LOOK_SECONDS = 0.2
_ON_A_BACKLOG = "while it works off a backlog"
_LOOKS = Looks(_LOOK_SECONDS, _LOOK_SECONDS, {**READS, PEER: RAW})
_LONGEST_SECONDS = 600.0
_COLUMNS = ["records/s", "CPU s / million", "peak MiB", "of reading alone"]


@dataclass(slots=True)
class Drained:
    """A stage's rate, its CPU seconds a million records, its peak memory, and its way there.

    `commits` is how many steps were seen: of a few, a rate is only a guess.
    """

    rate: float | None
    cpu: float | None
    peak: float | None
    commits: int = 0
    points: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class Bare:
    """What the bare parts can: records/s written and read, CPU s a million read, MiB/s stored."""

    written: float
    read: float | None
    read_cpu: float
    stored: float

    def stored_records(self, record_bytes: float | None) -> float | None:
        """What is stored as records of so many bytes a second."""
        return None if record_bytes is None else self.stored * 1024 * 1024 / record_bytes

    def rows(self) -> dict[str, list[float | None]]:
        """The figures as rows of the drains' table."""
        return {
            "writing alone (one producer)": [self.written, None, None, None],
            "reading alone": [self.read, self.read_cpu, None, 1.0],
        }


async def run_ceiling(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    """Every stage, and the processor's peer."""
    return await _Ceiling(local, settings, draw).run([SINK, "processor", "insights"])


async def run_processor(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    """Only the processor and its peer."""
    return await _Ceiling(local, settings, draw).run(["processor"])


async def bare_limits(local: LocalStack, settings: LoadSettings, topic: str, draw: Draw) -> Bare:
    """Fill a topic and read it; write files, and remove them."""
    site = local.site()
    tape = Tape(MARKETS, settings.record_bytes)

    def draw_written(done: float) -> None:
        draw("writing the backlog", done, settings.records)

    written = await write_backlog(site, topic, tape, settings.records, draw_written)
    draw("reading alone", 0, 1)
    read, read_cpu = await read_all(site, topic)
    draw("writing to HDFS alone", 0, 1)
    return Bare(written, read, read_cpu, await write_files(site))


class _Ceiling:
    """One stage after the other on one stack."""

    def __init__(self, local: LocalStack, settings: LoadSettings, draw: Draw) -> None:
        self._local = local
        self._settings = settings
        self._draw = draw
        self._drained: dict[str, Drained] = {}

    async def run(self, services: list[str]) -> Findings:
        bare = await bare_limits(self._local, self._settings, RAW, self._draw)
        for name in services:
            environment = _ROTATION if name == SINK else {}
            self._drained[name] = await self._drain(name, self._starting(name, environment))
        self._drained[PEER] = await self._drain(PEER, await self._starting_peer())
        proof = Proof()
        if SINK in services:
            self._draw("comparing HDFS with Kafka", 0, 1)
            await prove_archive(self._local.site(), proof)
        self._draw("comparing processed with raw records", 0, 1)
        await prove_processing(self._local.site(), proof)
        return self._findings(bare, proof)

    def _starting(self, name: str, environment: Mapping[str, str]) -> Callable[[], None]:
        return lambda: self._local.start(name, environment)

    async def _starting_peer(self) -> Callable[[], None]:
        await make_topic(self._local.site(), _PEER_OUTPUT)
        stack = self._local.stack
        words = {
            "servers": stack.bootstrap_servers,
            "group": PEER,
            "input": RAW,
            "output": _PEER_OUTPUT,
            "state": str(stack.directory / "data" / PEER),
            "compression": COMPRESSION,
        }
        command = [str(_PEER_PYTHON), str(ROOT / "tests" / "load" / "quix_peer.py")]
        command += [part for name, value in words.items() for part in (f"--{name}", value)]
        path = ":".join(str(ROOT / each) for each in _PEER_SOURCES)
        part = Part(PEER, command, environment={"PYTHONPATH": path}, stop_seconds=30)
        return lambda: stack.add(part)

    async def _drain(self, name: str, start: Callable[[], None]) -> Drained:
        """Start a stage, wait until it has worked off all there is for it, and stop it."""
        began = time.time()
        async with sampling(self._local.site(), _LOOKS) as samples:
            await asyncio.to_thread(start)
            await self._until_done(name, samples, began)
        await asyncio.to_thread(self._local.stack.stop, name)
        points = samples.committed[name]
        total = points[-1][1]
        if name == SINK and not samples.unread:
            raise StackError(f"{UNREAD} is not on the page of {name}")
        # The peer commits every five seconds: between two of its commits it goes on working.
        seen = risen(points) if name == PEER else points
        window = drain_window(seen, total, _read(samples, total) if name == SINK else None)
        if window is None:
            raise StackError(f"{name} was done too soon to be measured: raise RECORDS")
        rate = drain_rate(window, total) or 0.0
        worked = rate * (window[1] - window[0]) / 1e6
        return Drained(
            rate=rate,
            cpu=ratio(grown(samples.cpu[name], *window), worked),
            peak=peaks(samples)[name],
            commits=len(risen(points)) - 1,
            points=since(points, began),
        )

    async def _until_done(self, name: str, samples: Samples, began: float) -> None:
        while True:
            lag, done = samples.lag[name], samples.committed[name]
            # Where the log ends with the end of a transaction, nobody reads that.
            if done and done[-1][1] and lag and lag[-1][1] <= PARTITIONS:
                return
            if not self._local.stack.alive(name):
                raise StackError(f"{name} ended: see {self._local.stack.log(name)}")
            if time.time() - began > _LONGEST_SECONDS:
                raise StackError(f"{name} is not done after {_LONGEST_SECONDS:g} s")
            so_far = done[-1][1] if done else 0
            left = lag[-1][1] if lag else 1
            self._draw(name, so_far, so_far + left)
            await asyncio.sleep(_LOOK_SECONDS)

    def _findings(self, bare: Bare, proof: Proof) -> Findings:
        rows = bare.rows()
        for name, each in self._drained.items():
            rows[name] = [each.rate, each.cpu, each.peak, ratio(each.rate, bare.read)]
        rates = {name: each.rate for name, each in self._drained.items()}
        less_cpu = ratio(self._drained[PEER].cpu, self._drained["processor"].cpu)
        return Findings(
            sections=[
                Section("backlog", _COLUMNS, rows, _note(self._settings)),
                hdfs_section(bare, proof),
                proof.section,
            ],
            targets=[
                peer_target(rates["processor"], rates[PEER], less_cpu, self._drained[PEER].commits),
                *([sink_target(rates[SINK], bare.read)] if SINK in rates else []),
                *peak_targets({n: d.peak for n, d in self._drained.items()}, _ON_A_BACKLOG),
            ],
            panels=[
                Panel("worked off", "records", {n: d.points for n, d in self._drained.items()})
            ],
            problems=proof.problems,
        )


def _read(samples: Samples, total: float) -> list[Point]:
    """What the sink had read: it commits with its files, and by the first of them that is much."""
    points = [(moment, total - left) for moment, left in samples.unread]
    return [(points[0][0] - _LOOK_SECONDS, 0.0), *points] if points else []


def hdfs_section(bare: Bare, proof: Proof) -> Section:
    """Writing to HDFS alone, also as records of the size that the sink's are in its files."""
    size = proof.bytes_per_record
    return Section(
        "writing to HDFS alone",
        ["MiB/s", "as records/s", "bytes / record"],
        {"four files at a time": [bare.stored, bare.stored_records(size), size]},
    )


def _note(settings: LoadSettings) -> str:
    return (
        f"{settings.records:,} records of {MARKETS} markets in {PARTITIONS} partitions; each stage "
        "alone, between a tenth and nine tenths of them. insights reads what the processor wrote. "
        f"{rotation_told(_ROTATION)}"
    )
