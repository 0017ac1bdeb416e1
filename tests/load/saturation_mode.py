"""The highest rate at which every lag stays bounded, beside the limits of the bare parts."""

import asyncio
import time
from dataclasses import dataclass

from tests.load.bare import BENCH, make_topic
from tests.load.ceiling_mode import Bare, bare_limits, hdfs_section
from tests.load.figures import grown, is_bounded, ratio, window
from tests.load.local_site import LocalStack
from tests.load.proving import Proof, prove_archive, prove_processing, work_off
from tests.load.result import Draw, Section
from tests.load.sampling import READS, Samples, peaks, sampling
from tests.load.search import Search
from tests.load.settings import MARKETS, LoadSettings
from tests.load.site import ROTATIONS, Site, rotation_told
from tests.load.sources_mode import Findings, panels, services_section
from tests.load.tape import Tape
from tests.load.targets import peak_targets
from tests.load.writing import Moments, open_writer, write_paced

_FIRST_RATE, _MOST_RATE = 4_000.0, 400_000.0
# Of a step, so much is left out of the judgement: consumers find their pace.
_WARM_UP_SHARE = 0.2
# What was produced less evenly than this says nothing of the consumers.
_PRODUCED_SHARE = 0.95
_RECOVERY_SECONDS = 180.0
_FIRST_LOOKS_SECONDS = 2.0
# A lag is judged by its feet, and the sink's has one with each file: of these a step needs several.
STEPS_ROTATION = {**ROTATIONS["short"], "ROTATE_AGE_SECONDS": "2"}
_AT_THE_MOST = "at the most that comes in"


@dataclass(frozen=True, slots=True)
class Step:
    """One rate tried: what was produced, and whether each group's lag stayed bounded."""

    wanted: float
    produced: float
    bounded: dict[str, bool]

    @property
    def was_borne(self) -> bool:
        """Whether this much was produced, and worked off as it came."""
        return self.produced >= _PRODUCED_SHARE * self.wanted and all(self.bounded.values())

    def row(self) -> list[float | None]:
        """1 for a lag that stayed bounded, 0 for one that grew."""
        return [self.produced, *(float(self.bounded[group]) for group in READS)]


@dataclass(frozen=True, slots=True)
class _Load:
    tape: Tape
    moments: Moments
    seconds: float


async def run_saturation(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    """Search on a local stack whose services run already."""
    site = local.site()
    await make_topic(site, BENCH)
    bare = await bare_limits(local, settings, BENCH, draw)
    search = Search(_FIRST_RATE, _MOST_RATE)
    steps: list[Step] = []
    load = _Load(Tape(MARKETS, settings.record_bytes), Moments(), settings.duration_seconds)
    proof = Proof()
    async with sampling(site) as samples:
        # Every service's page was seen by then.
        await asyncio.sleep(_FIRST_LOOKS_SECONDS)
        began = time.time()
        while (rate := search.next_rate()) is not None:
            draw(f"{rate:,.0f} records/s", len(steps), len(steps) + 1)
            step = await _step(site, load, rate, samples)
            steps.append(step)
            search.tell(rate, was_borne=step.was_borne)
            draw(f"working off {rate:,.0f} records/s", len(steps), len(steps) + 1)
            proof.problems += await work_off(site, _RECOVERY_SECONDS)
            if proof.problems:
                break  # what the next step found would be this one's
    draw("comparing HDFS with Kafka", 0, 1)
    await prove_archive(site, proof)
    draw("comparing processed with raw records", 0, 1)
    await prove_processing(site, proof)
    return _findings(_Run(bare, steps, samples, proof, began, time.time()))


async def _step(site: Site, load: _Load, rate: float, samples: Samples) -> Step:
    seconds = load.seconds
    began = time.time()
    async with open_writer(site.servers) as writer:
        await write_paced(writer, load.tape, load.moments, rate, seconds)
    end = began + seconds
    await asyncio.sleep(max(0.0, end + 1 - time.time()))
    judged = (began + _WARM_UP_SHARE * seconds, end)
    bounded = {group: is_bounded(window(samples.lag[group], *judged), rate) for group in READS}
    produced = (grown(samples.written, *judged) or 0.0) / (judged[1] - judged[0])
    return Step(rate, produced, bounded)


@dataclass(frozen=True, slots=True)
class _Run:
    bare: Bare
    steps: list[Step]
    samples: Samples
    proof: Proof
    began: float
    ended: float


def _findings(run: _Run) -> Findings:
    best = max((step.produced for step in run.steps if step.was_borne), default=None)
    rows = {f"{step.wanted:,.0f}/s wanted": step.row() for step in run.steps}
    return Findings(
        sections=[
            Section(
                "rate",
                ["produced/s", *(f"{group} keeps up" for group in READS)],
                rows,
                "1: the lag stays bounded while so much comes in; 0: it grows. Where less was "
                "produced than wanted, the producer had no more of the machine.",
            ),
            _against(run.bare, best, run.proof),
            hdfs_section(run.bare, run.proof),
            services_section(run.samples, run.began, run.ended, rotation_told(STEPS_ROTATION)),
            run.proof.section,
        ],
        targets=peak_targets(peaks(run.samples), _AT_THE_MOST),
        panels=panels(run.samples, run.began, []),
        problems=[*run.proof.problems, *sorted(run.samples.unknown)],
    )


def _against(bare: Bare, best: float | None, proof: Proof) -> Section:
    size = proof.bytes_per_record
    limits = {
        "writing to the broker alone": bare.written,
        "reading from it alone": bare.read,
        "writing to HDFS alone": bare.stored_records(size),
    }
    rows = {name: [limit, best, ratio(best, limit)] for name, limit in limits.items()}
    return Section("highest rate that is borne", ["limit/s", "borne/s", "borne / limit"], rows)
