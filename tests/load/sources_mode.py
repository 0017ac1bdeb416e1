"""The whole way at a set rate: source, collector, Kafka, processor, insights; HDFS beside."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

from cointicker.concurrency import task_group
from tests.load.figures import Point, grown, growth, ratio, speeds, spread, until_published, window
from tests.load.listening import (
    MOVES,
    Delays,
    listen_to_stream,
    listen_to_topic,
    partitions_read,
    stages,
)
from tests.load.proving import (
    Proof,
    count_fetched,
    prove_archive,
    prove_processing,
    work_off,
)
from tests.load.result import Draw, Panel, Section, Target
from tests.load.sampling import Samples, peaks, sampling, since
from tests.load.settings import LoadSettings
from tests.load.site import ROTATIONS, Site, rotation_told
from tests.load.tape import PARTITIONS
from tests.load.targets import flat_targets, latency_target, peak_targets

STREAM = "fetched -> price_move on /api/stream"
ARCHIVE = "fetched -> HDFS"
# Listening begins so long before the records that count, and goes on so long after the last work.
_EARLY_SECONDS = 2.0
_LATE_SECONDS = 2.0
_CATCH_UP_SECONDS = 120.0
_TURN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Findings:
    """What a mode gives to the report."""

    sections: list[Section]
    targets: list[Target]
    panels: list[Panel]
    problems: list[str]


async def run_sources(
    site: Site,
    source_url: str,
    settings: LoadSettings,
    end_load: Callable[[], Awaitable[None]],
    draw: Draw,
) -> Findings:
    """Measure a stack whose collector polls the source; `end_load` stops that."""
    stop = asyncio.Event()
    async with sampling(site) as samples:
        # Not before everything else is ready: nothing waits for a clock that runs already.
        begin = await _begin_of(source_url)
        end = begin + settings.duration_seconds
        delays = Delays(begin, end)
        await _wait_until(begin - _EARLY_SECONDS, "two hours of history", draw)
        async with task_group() as tasks:
            for stage, topic in stages().items():
                listening = listen_to_topic(site, stage, topic, delays, stop, rate=settings.rate)
                tasks.create_task(listening)
            tasks.create_task(listen_to_stream(site, STREAM, delays, stop))
            try:
                await _wait_until(begin, "two hours of history", draw)
                await _wait_until(end, f"{settings.rate:g} records/s", draw)
                await end_load()
                draw("working off", 0, 1)
                problems = await work_off(site, _CATCH_UP_SECONDS)
                fetched = await _fetched(site, delays, settings.rate)
                await _wait_until(time.time() + _LATE_SECONDS, "late arrivals", draw)
            finally:
                stop.set()
    draw("comparing HDFS with Kafka", 0, 1)
    proof = Proof(problems=problems)
    await prove_archive(site, proof)
    draw("comparing processed with raw records", 0, 1)
    await prove_processing(site, proof)
    return _findings(samples, delays, proof, fetched, settings.rotation)


async def _begin_of(source_url: str) -> float:
    async with aiohttp.ClientSession() as session, session.post(f"{source_url}/begin") as answer:
        answer.raise_for_status()
        begin_ms: float = (await answer.json())["begin_ms"]
        return begin_ms / 1000


async def _wait_until(moment: float, what: str, draw: Draw) -> None:
    began = time.time()
    while (now := time.time()) < moment:
        draw(what, now - began, moment - began)
        await asyncio.sleep(min(_TURN_SECONDS, moment - now))


async def _fetched(site: Site, delays: Delays, rate: float) -> dict[str, int]:
    """How many records of each stage were fetched within the run: so many are to be seen there."""
    run = delays.begin, delays.end
    found = {
        stage: await count_fetched(site, topic, partitions_read(rate), run)
        for stage, topic in stages().items()
    }
    found[STREAM] = await count_fetched(site, MOVES, range(PARTITIONS), run)
    return found


def _findings(
    samples: Samples, delays: Delays, proof: Proof, fetched: Mapping[str, int], rotation: str
) -> Findings:
    begin, end = delays.begin, delays.end
    waits, unpublished = until_published(delays.marks, samples.commits)
    delays.values[ARCHIVE].extend(wait * 1000 for wait in waits)
    unseen = {stage: max(0, count - len(delays.values[stage])) for stage, count in fetched.items()}
    unseen[ARCHIVE] = unpublished
    seen = {stage: spread(delays.values[stage]) for stage in unseen}
    latency = {stage: [*seen[stage], unseen[stage]] for stage in unseen}
    produced = grown(samples.written, begin, end)
    rate = ratio(produced, end - begin)
    return Findings(
        sections=[
            _rates(samples, begin, end),
            Section(
                "latency in ms",
                ["records", "p50", "p90", "p99", "max", "never seen"],
                latency,
                f"{ARCHIVE}: looked at four times a second, 20 records a second and partition.",
            ),
            services_section(samples, begin, end, rotation_told(ROTATIONS[rotation])),
            _lags(samples, begin, end),
            proof.section,
        ],
        targets=[
            latency_target(seen[STREAM], rate, sum(unseen.values())),
            *peak_targets(
                peaks(samples),
                f"at {rate or 0:,.0f}/s",
                is_sink_as_shipped=rotation == "default",
            ),
            *flat_targets(_within(samples.memory, begin, end)),
        ],
        panels=panels(samples, begin, delays.moves),
        problems=[*proof.problems, *sorted(samples.unknown)],
    )


def _rates(samples: Samples, begin: float, end: float) -> Section:
    series = {"raw topic": samples.written, **samples.worked}
    # Its counter moves with each file; its commits do too, but all of them are seen.
    series["hdfs-sink"] = samples.committed["hdfs-sink"]
    rows = {}
    for name, points in series.items():
        came = grown(points, begin, end)
        rows[name] = [came, ratio(came, end - begin)]
    return Section("rate", ["records", "records/s"], rows)


def services_section(samples: Samples, begin: float, end: float, rotation: str) -> Section:
    """What each process used between two moments."""
    rows: dict[str, list[float | None]] = {}
    for name, points in samples.cpu.items():
        seconds = grown(points, begin, end)
        worked = grown(samples.worked.get(name, ()), begin, end)
        memory = window(samples.memory[name], begin, end)
        if seconds is None or not memory:
            continue
        grew = growth(memory)
        rows[name] = [
            seconds,
            ratio(seconds, end - begin),
            ratio(worked, seconds),
            peaks(samples)[name],
            None if grew is None else grew * 100,
        ]
    columns = ["CPU s", "cores", "records / CPU s", "peak MiB", "growth % / h"]
    return Section("process", columns, rows, f"{_peak_note(samples)} {rotation}")


def _peak_note(samples: Samples) -> str:
    if samples.kernel_peaks:
        return "peak MiB: the kernel's own (VmHWM), from the start of the process."
    return "peak MiB: the largest that /metrics told, once a second; a peak between is not seen."


def _lags(samples: Samples, begin: float, end: float) -> Section:
    rows = {}
    for group, points in samples.lag.items():
        values = [value for _, value in window(points, begin, end)]
        rows[group] = [*spread(values)[1:], values[-1] if values else None]
    return Section("lag in records", ["p50", "p90", "p99", "max", "at the end"], rows)


def panels(samples: Samples, begin: float, moves: list[Point]) -> list[Panel]:
    """The series of a run, in seconds since its beginning."""
    rates = {"raw topic": samples.written, **samples.committed}
    return [
        Panel("rate", "records/s", {n: speeds(_thin(since(p, begin))) for n, p in rates.items()}),
        Panel("lag", "records", {n: since(p, begin) for n, p in samples.lag.items()}),
        Panel("latency of price moves on /api/stream", "ms", {"price_move": sorted(moves)}),
        Panel("memory", "MiB", {n: since(p, begin) for n, p in samples.memory.items()}),
    ]


def _thin(points: list[Point]) -> list[Point]:
    """Every fourth point: a rate over a quarter of a second is mostly noise."""
    return points[::4]


def _within(series: dict[str, list[Point]], begin: float, end: float) -> dict[str, list[Point]]:
    return {name: window(points, begin, end) for name, points in series.items()}
