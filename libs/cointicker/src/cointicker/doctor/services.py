"""Whether each service is ready, and what it says that it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from cointicker.concurrency import task_group
from cointicker.doctor.finding import Finding, failed, not_looked_at, ok, some
from cointicker.doctor.http import Answer, JsonHttp, every_address
from cointicker.errors import TransientError
from cointicker.health import REFUSED

SINK = "hdfs-sink"
REFUSED_NAME = "refused partitions"
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Instance:
    """One process of a service: what its /readyz answered, or why nothing came."""

    url: str
    silent: str | None = None
    is_ready: bool = False
    dependencies: Mapping[str, str] | None = None
    answer: Answer | None = None

    @property
    def refused(self) -> dict[str, str]:
        """The partitions that it refuses, and why."""
        told = self.dependencies or {}
        return {
            name: why.removeprefix(REFUSED) for name, why in told.items() if why.startswith(REFUSED)
        }


async def look(http: JsonHttp, url: str, seconds: float) -> list[Instance]:
    """Every process that the name in the URL has an address for."""
    try:
        addresses = await every_address(url, seconds)
    except TransientError as error:
        return [Instance(url, silent=str(error))]
    async with task_group() as tasks:
        asking = [tasks.create_task(_ask(http, address, host)) for address, host in addresses]
    return [each.result() for each in asking]


def judge(name: str, url: str, seen: Sequence[Instance]) -> Finding:
    """Fails unless every process of the service is ready."""
    silent = [each for each in seen if each.silent is not None]
    if silent:
        listed = "; ".join(f"{each.url}: {each.silent}" for each in silent)
        alone = f"{url}: {silent[0].silent}"
        found = alone if len(seen) == 1 else f"{len(silent)} of {len(seen)} do not answer: {listed}"
        return failed(
            name, found, f"start it: make up, or in containers docker compose up --wait {name}"
        )
    unready = [each for each in seen if not each.is_ready]
    if unready:
        return failed(
            name,
            f"{url} is not ready: {_lacking(url, unready) or 'it is still starting'}",
            "mend what it names, and it goes on by itself; its log: "
            f"make logs NAME={name}, or in containers docker compose logs {name}",
        )
    count = f", {len(seen)} of them" if len(seen) > 1 else ""
    return ok(name, f"{url} is ready{count}")


def judge_refused(seen: Sequence[Instance]) -> Finding:
    """Fails if a sink refuses a partition: only an operator can say what is true."""
    if not any(each.dependencies is not None for each in seen):
        return not_looked_at(REFUSED_NAME, f"no {SINK} answers")
    refused = {name: why for each in seen for name, why in each.refused.items()}
    if refused:
        listed = some(f"{name}: {why}" for name, why in sorted(refused.items()))
        return failed(
            REFUSED_NAME,
            listed,
            "cointicker sink list, find out which side is right, "
            "then cointicker sink accept TOPIC PARTITION if it is Kafka",
        )
    return ok(REFUSED_NAME, f"none, as {SINK} says")


def _lacking(url: str, unready: Sequence[Instance]) -> str:
    """What the first few lack, in short: a partition often only for want of what all lack."""
    told = {each for seen in unready for each in (seen.dependencies or {}).items()}
    lacks = sorted((each for each in told if each[1] != "ok"), key=_partitions_last)
    lines = [f"{name}: {why}" for name, why in lacks]
    shown = some(_shortened(line) for line in lines)
    return shown if shown == "; ".join(lines) else f"{shown} (all of it: {url}/readyz)"


def _partitions_last(lack: tuple[str, str]) -> tuple[bool, tuple[str, str]]:
    return lack[0].rpartition("-")[2].isdigit(), lack


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


async def _ask(http: JsonHttp, url: str, host: str) -> Instance:
    try:
        answer = await http.get(f"{url.rstrip('/')}/readyz", host)
        dependencies = {str(name): str(why) for name, why in answer.body["dependencies"].items()}
    except TransientError as error:
        return Instance(url, silent=str(error))
    except (KeyError, TypeError, AttributeError):
        return Instance(url, silent="it answers, and is none of our services")
    return Instance(url, None, answer.status == HTTPStatus.OK, dependencies, answer)
