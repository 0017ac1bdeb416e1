"""Figures out of measurements: quantiles, rates, what is bounded and what is flat. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil
from statistics import fmean, linear_regression

Point = tuple[float, float]

# A rate is taken between these shares of the work: what starts and ends it is none of it.
_FROM_SHARE, _TO_SHARE = 0.1, 0.9
# A lag that grows by less than this share of what comes in is noise.
_BOUNDED_SHARE = 0.05
# A memory that grows by less than this share in an hour is flat; a short look cannot tell.
_FLAT_SHARE_AN_HOUR = 0.05
_FLAT_SECONDS = 600.0
_HOUR_SECONDS = 3_600.0
_HALF_POINTS = 4


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of an ordered sequence does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def spread(values: Iterable[float]) -> list[float | None]:
    """How many there are, p50, p90, p99 and the largest; no value invented where there is none."""
    ordered = sorted(values)
    if not ordered:
        return [0, None, None, None, None]
    cuts = [quantile(ordered, share) for share in (0.5, 0.9, 0.99)]
    return [len(ordered), *cuts, ordered[-1]]


def crossing(points: Sequence[Point], level: float) -> float | None:
    """When a growing series reached `level`, straight between two points; None if it did not."""
    for (before, low), (after, high) in pairwise(points):
        if low < level <= high:
            return before + (after - before) * (level - low) / (high - low)
    return None


def drain_window(
    points: Sequence[Point], total: float, begun: Sequence[Point] | None = None
) -> tuple[float, float] | None:
    """When a tenth of `total` was done, and when nine tenths; None if it came not so far.

    `begun` is another series to see the tenth in: work that is done in a few large pieces has long
    been begun when the first of them is done.
    """
    begin = crossing(points if begun is None else begun, _FROM_SHARE * total)
    end = crossing(points, _TO_SHARE * total)
    return None if begin is None or end is None or end <= begin else (begin, end)


def risen(points: Sequence[Point]) -> list[Point]:
    """The last look before a series rose at all, and each at which it had risen."""
    first = next((place for place, (_, value) in enumerate(points) if value), len(points))
    kept = list(points[max(0, first - 1) : first])
    for moment, value in points[first:]:
        if not kept or value > kept[-1][1]:
            kept.append((moment, value))
    return kept


def drain_rate(window: tuple[float, float] | None, total: float) -> float | None:
    """Units a second within the window of a drain; None if there is none."""
    return window and (_TO_SHARE - _FROM_SHARE) * total / (window[1] - window[0])


def at(points: Sequence[Point], moment: float) -> float | None:
    """A series' value at a moment, straight between two points, and as it ended after them."""
    if not points or moment < points[0][0]:
        return None
    for (before, low), (after, high) in pairwise(points):
        if moment <= after:
            return low + (high - low) * (moment - before) / (after - before)
    return points[-1][1]


def grown(points: Sequence[Point], begin: float, end: float) -> float | None:
    """By how much a series grew between two moments; None if it was not seen there."""
    first, last = at(points, begin), at(points, end)
    return None if first is None or last is None else last - first


def window(points: Iterable[Point], begin: float, end: float) -> list[Point]:
    """What a series has between two moments."""
    return [(moment, value) for moment, value in points if begin <= moment <= end]


def speeds(points: Sequence[Point]) -> list[Point]:
    """A growing series as units a second."""
    return [
        (after, (high - low) / (after - before))
        for (before, low), (after, high) in pairwise(points)
        if after > before
    ]


def is_bounded(lag: Sequence[Point], rate: float) -> bool:
    """Whether a lag stays where it is while `rate` comes in.

    The least of its second half is compared with the least of its first one: a consumer that
    commits now and then shows a saw-tooth, whose foot tells.
    """
    if len(lag) < 2 * _HALF_POINTS:
        return False
    middle = len(lag) // 2
    first, second = lag[:middle], lag[middle:]
    grown_by = min(value for _, value in second) - min(value for _, value in first)
    seconds = (lag[-1][0] - lag[0][0]) / 2
    return grown_by <= _BOUNDED_SHARE * rate * seconds


def growth(points: Sequence[Point]) -> float | None:
    """What a memory grows in an hour, as a share of its mean: 0 is flat.

    It is the slope of the line that fits best after the first quarter, in which memory fills. None
    if less than ten minutes were seen.
    """
    if not points or points[-1][0] - points[0][0] < _FLAT_SECONDS:
        return None
    filled = points[0][0] + (points[-1][0] - points[0][0]) / 4
    moments, values = zip(*(each for each in points if each[0] >= filled), strict=True)
    mean = fmean(values)
    if len(set(moments)) == 1 or not mean:
        return None
    return linear_regression(moments, values).slope * _HOUR_SECONDS / mean


def is_flat(points: Sequence[Point]) -> bool | None:
    """Whether a memory is the same at the end as after its start; None if too little was seen."""
    grew = growth(points)
    return None if grew is None else grew < _FLAT_SHARE_AN_HOUR


def until_published(
    marks: Iterable[tuple[int, int, float]], commits: Sequence[tuple[float, Mapping[int, int]]]
) -> tuple[list[float], int]:
    """For each record (partition, offset, when it was fetched) the time until it was committed.

    `commits` are looks at the committed offsets by partition, in order of time. Also told is how
    many of the records no look saw committed.
    """
    moments: dict[int, list[float]] = defaultdict(list)
    ends: dict[int, list[int]] = defaultdict(list)
    for seen_at, offsets in commits:
        for partition, offset in offsets.items():
            moments[partition].append(seen_at)
            ends[partition].append(offset)
    waits, unseen = [], 0
    for partition, offset, fetched in marks:
        place = bisect_right(ends[partition], offset)
        if place < len(ends[partition]):
            waits.append(moments[partition][place] - fetched)
        else:
            unseen += 1
    return waits, unseen


def totals(exposition: str) -> dict[str, float]:
    """Each metric of a Prometheus page as the sum over its labels.

    A counter with labels that has counted nothing yet has a line of its type only: it is 0. What
    the page does not know has no figure.
    """
    sums: dict[str, float] = {}
    for line in exposition.splitlines():
        if line.startswith("# TYPE ") and line.endswith(" counter"):
            sums.setdefault(line.split()[2], 0.0)
        if not line or line.startswith("#"):
            continue
        name, _, value = line.rpartition(" ")
        name = name.partition("{")[0]
        sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def ratio(value: float | None, base: float | None) -> float | None:
    """One figure over another, if both are there."""
    return None if value is None or not base else value / base
