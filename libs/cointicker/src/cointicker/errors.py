"""Every failure a service can meet, and what is done about it.

CoinTickerError
+ ConfigError          the operator must act: all problems listed, exit 2 before anything starts
+ TransientError       the world may recover: wait, then try again; the outcome may be unknown
+ InvalidMessage       this message never will: dead-letter it, carry on
+ ContractViolation    a promise we build on was broken: crash, and let the supervisor restart us
"""

from collections.abc import Sequence


class CoinTickerError(Exception):
    """The root of this tree."""


class ConfigError(CoinTickerError):
    """Settings that cannot work; `problems` names each setting and its value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class TransientError(CoinTickerError):
    """A dependency did not answer, or answered that it cannot now."""


class InvalidMessage(CoinTickerError):
    """A message that is not what its contract says.

    `reason` is one of a bounded set of snake_case codes, fit for a metric label;
    `detail` says which field and which value.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ContractViolation(CoinTickerError):
    """A promise that this code builds on does not hold."""
