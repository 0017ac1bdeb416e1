"""What a run of the load test can be told, by environment: all bad values are named at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cointicker.errors import ConfigError

N = TypeVar("N", int, float)

MODES = ("sources", "ceiling", "saturation", "processor")
TARGETS = ("local", "compose")
ROTATIONS = ("short", "default")
# The markets of a quiet day, and how often at most each of them trades.
MARKETS = 240
_TRADES_PER_SECOND = 10
# A poll may be late by a fourth of its interval before a trade is missed.
_POLLS_PER_TRADE = 1.25
_MOST_RATE = 50_000
_LONGEST_SECONDS = 3_600
_FEWEST_BYTES, _MOST_BYTES = 1_500, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """One run. `rate` is records a second, `records` the backlog of the modes that drain one.

    `record_bytes` 0 leaves records as the simulator makes them; `rotation` is when hdfs-sink closes
    its files; `out` has no suffix.
    """

    mode: str
    target: str
    rate: float
    duration_seconds: float
    ramp_seconds: float
    record_bytes: int
    rotation: str
    records: int
    out: Path

    @property
    def markets(self) -> int:
        """So many that each trades at most ten times a second."""
        return max(MARKETS, round(self.rate / _TRADES_PER_SECOND))

    @property
    def poll_seconds(self) -> float:
        """Often enough to see every trade of each market."""
        return self.markets / self.rate / _POLLS_PER_TRADE

    @property
    def command(self) -> str:
        """What gives this run again."""
        words = [f"MODE={self.mode}"]
        if self.mode == "sources":
            words += [f"RATE={self.rate:g}", f"DURATION={self.duration_seconds:g}"]
        else:
            words += [f"RECORDS={self.records}"]
        if self.mode == "saturation":
            words += [f"DURATION={self.duration_seconds:g}"]
        if self.ramp_seconds:
            words += [f"RAMP={self.ramp_seconds:g}"]
        if self.record_bytes:
            words += [f"RECORD_BYTES={self.record_bytes}"]
        if self.rotation != ROTATIONS[0]:
            words += [f"ROTATION={self.rotation}"]
        if self.target != "local":
            words += [f"TARGET={self.target}"]
        return f"make load-test {' '.join(words)}"


def read_settings(environment: Mapping[str, str], now: datetime) -> LoadSettings:
    """The settings of a run; what is empty or missing has its default. Raises ConfigError."""
    values = _Values(environment)
    mode = values.one_of("MODE", MODES)
    target = values.one_of("TARGET", TARGETS)
    rotation = values.one_of("ROTATION", ROTATIONS)
    # Many short steps on a small backlog, or one long run: the peer is seen by commits 5 s apart.
    many = mode == "saturation"
    duration, shortest, records = ("20", 15, "300000") if many else ("60", 5, "2000000")
    settings = LoadSettings(
        mode=mode,
        target=target,
        rate=values.number("RATE", "2000", (1, _MOST_RATE), float),
        duration_seconds=values.number("DURATION", duration, (shortest, _LONGEST_SECONDS), float),
        ramp_seconds=values.number("RAMP", "0", (0, _LONGEST_SECONDS), float),
        record_bytes=values.number("RECORD_BYTES", "0", (0, _MOST_BYTES), int),
        rotation=rotation,
        records=values.number("RECORDS", records, (20_000, 20_000_000), int),
        out=Path(values.text("OUT", f"load-results/{mode}-{now:%Y%m%dT%H%M%SZ}")),
    )
    if 0 < settings.record_bytes < _FEWEST_BYTES:
        values.problems.append(
            f"RECORD_BYTES: must be 0 (as they are) or at least {_FEWEST_BYTES} "
            f"(got '{settings.record_bytes}')"
        )
    if settings.ramp_seconds > settings.duration_seconds:
        values.problems.append(
            f"RAMP: must be at most DURATION, {settings.duration_seconds:g} "
            f"(got '{settings.ramp_seconds:g}')"
        )
    if rotation != ROTATIONS[0] and mode != "sources":
        values.problems.append(
            f"ROTATION: MODE={mode} sees the sink by its files: must be short (got '{rotation}')"
        )
    if target == "compose" and mode != "sources":
        values.problems.append(
            f"TARGET: MODE={mode} runs one service at a time: must be local (got 'compose')"
        )
    if values.problems:
        raise ConfigError(values.problems)
    return settings


class _Values:
    """Reads texts as what they should be; a problem leaves the default in its place."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name, "").strip() or default

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        given = self.text(name, allowed[0])
        if given in allowed:
            return given
        self.problems.append(f"{name}: must be one of {', '.join(allowed)} (got {given!r})")
        return allowed[0]

    def number(
        self, name: str, default: str, bounds: tuple[float, float], kind: Callable[[str], N]
    ) -> N:
        given = self.text(name, default)
        low, high = bounds
        try:
            number = kind(given)
        except ValueError:
            number = kind("-1")
        if low <= number <= high:
            return number
        what = "a whole number" if kind is int else "a number"
        self.problems.append(f"{name}: must be {what} from {low:g} to {high:,.0f} (got {given!r})")
        return kind(default)
