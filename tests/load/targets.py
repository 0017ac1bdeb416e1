"""What we want of ourselves on two cores, against what was found: met, missed or not measured."""

from collections.abc import Mapping, Sequence

from tests.load.figures import Point, growth, is_flat
from tests.load.result import Target

SINK = "hdfs-sink"
SERVICES = ("collector", "processor", "insights", SINK)
_LATEST_MS = 300.0
_LATENCY_RATE = 2_000.0
# Of fewer, the 99th of a hundred is not there.
_FEWEST_MOVES = 100
_LEAST_OVER_PEER = 2.0
# Of fewer steps, where a rate begins and ends is too much of a guess.
_FEWEST_COMMITS = 8
_LEAST_OF_DRAIN = 0.5
_MOST_MIB = 150.0


def latency_target(delays: Sequence[float | None], rate: float | None, unseen: int = 0) -> Target:
    """From fetching to a price move on the stream; `delays` are count, p50, p90, p99, max.

    `unseen` are those that were never seen, at any stage: they are later than any that was.
    """
    name = f"fetched -> price_move on /api/stream: p99 < {_LATEST_MS:g} ms at {_LATENCY_RATE:g}/s"
    p99 = delays[3]
    if p99 is None or rate is None:
        return Target(name, "no price move was told", False if unseen else None)
    found = f"{p99:.0f} ms of {delays[0]:.0f} moves at {rate:,.0f}/s"
    if unseen:
        return Target(name, f"{found}; {unseen:,} records were never seen", is_met=False)
    if p99 < _LATEST_MS and (delays[0] or 0) < _FEWEST_MOVES:
        return Target(name, f"{found}: too few of them to tell", None)
    if p99 < _LATEST_MS and rate < 0.95 * _LATENCY_RATE:
        return Target(name, f"{found}: too slow a load to tell", None)
    return Target(name, found, p99 < _LATEST_MS)


def peer_target(
    ours: float | None, peer: float | None, less_cpu: float | None, commits: int
) -> Target:
    """The processor against Quix Streams, exactly once both; `less_cpu` is told beside.

    The peer's rate is seen by its `commits`, seconds apart: of a few of them nothing is judged.
    """
    name = f"processor: at least {_LEAST_OVER_PEER:g} times Quix Streams, exactly once"
    if not ours or not peer:
        return Target(name, "not run", None)
    found = f"{ours / peer:.2f} times: {ours:,.0f}/s over {peer:,.0f}/s"
    found += f", with {1 / less_cpu:.2f} of its CPU time a record" if less_cpu else ""
    if commits < _FEWEST_COMMITS:
        return Target(name, f"{found}; measured too shortly ({commits} commits)", None)
    return Target(name, found, ours >= _LEAST_OVER_PEER * peer)


def sink_target(sink: float | None, drain: float | None) -> Target:
    """hdfs-sink against reading the same records and nothing else."""
    name = f"hdfs-sink: at least {_LEAST_OF_DRAIN:g} of the bare drain rate"
    if not sink or not drain:
        return Target(name, "not run", None)
    found = f"{sink / drain:.2f}: {sink:,.0f}/s of {drain:,.0f}/s"
    return Target(name, found, sink >= _LEAST_OF_DRAIN * drain)


def flat_targets(memory: Mapping[str, Sequence[Point]]) -> list[Target]:
    """Whether each Python service's memory stays as it is."""
    return [_flat_target(name, points) for name in SERVICES if (points := memory.get(name, ()))]


def peak_targets(
    peaks: Mapping[str, float | None], when: str, *, is_sink_as_shipped: bool = False
) -> list[Target]:
    """Each Python service's memory, how large at most; `when` says under which load.

    A sink that closes its files early keeps less in memory: of it nothing is judged.
    """
    return [
        _peak_target(
            f"{name}: memory < {_MOST_MIB:g} MiB {when}", peak, name != SINK or is_sink_as_shipped
        )
        for name in SERVICES
        if (peak := peaks.get(name)) is not None
    ]


def _peak_target(wanted: str, peak: float, is_as_shipped: bool) -> Target:
    if not is_as_shipped and peak < _MOST_MIB:
        return Target(wanted, f"{peak:.0f} MiB with early files: ROTATION=default tells", None)
    return Target(wanted, f"{peak:.0f} MiB", peak < _MOST_MIB)


def _flat_target(name: str, points: Sequence[Point]) -> Target:
    wanted = f"{name}: memory stays as it is"
    grew = growth(points)
    if grew is None:
        return Target(wanted, "measured too shortly", None)
    return Target(wanted, f"{grew:+.1%} in an hour", is_flat(points))
