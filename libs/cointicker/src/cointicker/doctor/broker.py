"""Whether Kafka is there: each address that is given, and those that the brokers name."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cointicker.concurrency import task_group
from cointicker.doctor.finding import Finding, failed, ok, warn
from cointicker.doctor.wire import BrokerAnswer, ask_broker
from cointicker.errors import TransientError

NAME = "broker"
# Numbers of requests: the first came with each version of Kafka's protocol, the second only
# brokers with ZooKeeper have.
_FETCH, _LEADER_AND_ISR = 1, 4
_FETCH_OF_3_9 = 17
_START = "make up, or in containers docker compose up --wait kafka"

Ask = Callable[[str], Awaitable[BrokerAnswer]]


@dataclass(frozen=True, slots=True)
class Brokers:
    """Who answers, by address, and why another does not. `named` are those that brokers name."""

    answers: list[BrokerAnswer]
    silent: dict[str, str]
    unreachable: dict[str, str]

    @property
    def are_usable(self) -> bool:
        """Whether a client can work with them."""
        return bool(self.answers) and not self.unreachable


async def look(servers: Sequence[str], seconds: float, ask: Ask = ask_broker) -> Brokers:
    """Ask every address at once, then those that the answers name."""
    answers, silent = await _ask_all(servers, seconds, ask)
    named = {each for answer in answers for each in answer.brokers} - set(servers)
    _, unreachable = await _ask_all(sorted(named), seconds, ask)
    return Brokers(answers, silent, unreachable)


def judge(seen: Brokers) -> Finding:
    """Fails unless some address answers, and every broker can be reached where it says it is."""
    silent = "; ".join(f"{address}: {why}" for address, why in seen.silent.items())
    if not seen.answers:
        return failed(NAME, silent, f"start it: {_START}")
    if seen.unreachable:
        addresses = "; ".join(f"{address}: {why}" for address, why in seen.unreachable.items())
        return failed(
            NAME,
            f"{seen.answers[0].address} answers and names a broker that does not: {addresses}",
            "start that broker, or use the listener for where you are "
            "(advertised.listeners in kafka/server.properties)",
        )
    answer = min(seen.answers, key=lambda each: each.seconds)
    found = (
        f"{answer.address} answered in {answer.seconds * 1000:.0f} ms, "
        f"{len(answer.brokers)} in the cluster, {version(answer)}"
    )
    if not answer.has_controller:
        return failed(NAME, f"{found}, and they have no controller", "look at ZooKeeper")
    if seen.silent:
        return warn(NAME, f"{found}; {silent}", f"start the others: {_START}")
    if answer.versions.get(_FETCH, 0) < _FETCH_OF_3_9:
        return warn(NAME, found, "use Kafka 3.9.1 or later: before, a transaction can be lost")
    return ok(NAME, found)


def version(answer: BrokerAnswer) -> str:
    """What the protocol tells of the version: a broker does not say it."""
    if answer.versions.get(_FETCH, 0) < _FETCH_OF_3_9:
        return "Kafka older than 3.9"
    is_3_9 = answer.versions[_FETCH] == _FETCH_OF_3_9 and _LEADER_AND_ISR in answer.versions
    return "Kafka 3.9" if is_3_9 else "Kafka 3.9 or later"


async def _ask_all(
    addresses: Sequence[str], seconds: float, ask: Ask
) -> tuple[list[BrokerAnswer], dict[str, str]]:
    async with task_group() as tasks:
        asking = [tasks.create_task(_within(seconds, ask(each))) for each in addresses]
    outcomes = [each.result() for each in asking]
    answers = [each for each in outcomes if isinstance(each, BrokerAnswer)]
    pairs = zip(addresses, outcomes, strict=True)
    return answers, {address: each for address, each in pairs if isinstance(each, str)}


async def _within(seconds: float, asking: Awaitable[BrokerAnswer]) -> BrokerAnswer | str:
    try:
        async with asyncio.timeout(seconds):
            return await asking
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except TransientError as error:
        return str(error)
