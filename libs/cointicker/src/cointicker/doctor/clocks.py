"""Whether the clocks agree, as far as it can be told from outside.

An HTTP answer says the other's time in whole seconds, at some moment between our question and its
answer. What it proves is a range; only a range that does not hold 0 proves a difference. Brokers
and ZooKeeper do not tell their time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cointicker.doctor.finding import Finding, failed, not_looked_at, ok
from cointicker.doctor.http import Answer

NAME = "clocks"
MOST_SECONDS = 2.0
_RESOLUTION_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """Who answered: several processes may have one name."""

    name: str
    url: str
    answer: Answer


def skew(answer: Answer) -> tuple[float, float] | None:
    """By how many seconds the other's clock is ahead of ours: at least, at most."""
    if answer.date is None:
        return None
    date = answer.date.timestamp()
    return date - answer.answered, date + _RESOLUTION_SECONDS - answer.asked


def judge(answers: Sequence[Told]) -> Finding:
    """Fails if some clock is surely off by more than two seconds."""
    off = [(each, _surely(found)) for each in answers if (found := skew(each.answer))]
    if not off:
        return not_looked_at(NAME, "nobody answered with a time")
    worst, seconds = max(off, key=lambda each: abs(each[1]))
    if abs(seconds) > MOST_SECONDS:
        side = "ahead of" if seconds > 0 else "behind"
        return failed(
            NAME,
            f"{worst.name} ({worst.url}) is at least {abs(seconds):.1f} s {side} this machine",
            "set both by NTP (timedatectl set-ntp true): times of records and windows come of it",
        )
    names = ", ".join(dict.fromkeys(each.name for each, _ in off))
    return ok(NAME, f"{names}: no difference of more than {MOST_SECONDS:g} s to this machine's")


def _surely(found: tuple[float, float]) -> float:
    """What the range proves: 0 if it may be no difference at all."""
    least, most = found
    return least if least > 0 else min(most, 0.0)
