"""Whether HDFS can be written to: the NameNode's own beans, one NameNode or a standby pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cointicker.concurrency import task_group
from cointicker.doctor.finding import Finding, failed, ok, warn
from cointicker.doctor.http import Answer, JsonHttp
from cointicker.errors import TransientError

NAME = "namenode"
# As the alert HdfsCapacityLow has it; at the second nothing is left to act with.
LITTLE_ROOM = 0.10
NO_ROOM = 0.02
_START = "make up, or in containers docker compose up --wait namenode datanode"
_BEANS = {"info": "NameNodeInfo", "system": "FSNamesystem"}
_GIB = 1024**3
# Its own words.
_BY_HAND = "turned on manually"
_LEAVE = (
    "end it: hdfs dfsadmin -safemode leave, or restart the NameNode, "
    "in containers docker compose restart namenode"
)
_REPORT = (
    "wait: it ends by itself once enough DataNodes have reported; if it stays, start those that "
    "are away: make up, or in containers docker compose up --wait datanode"
)
_BY_ITSELF = "turned off automatically"
_STATES = ("active", "standby", "observer")
_WAIT = (
    "wait: it reads what it has stored before it answers; if it stays: make logs NAME=namenode, "
    "or in containers docker compose logs namenode"
)
_LATE = f"wait if it has only just been started, else look at its log and start it again: {_START}"


@dataclass(frozen=True, slots=True)
class Namenode:
    """What one NameNode says of itself, or why it does not."""

    url: str
    silent: str | None = None
    is_starting: bool = False
    is_active: bool = False
    safe_mode: str = ""
    version: str | None = None
    live_datanodes: int = 0
    dead_datanodes: int = 0
    total_bytes: int = 0
    remaining_bytes: int = 0
    missing_blocks: int = 0
    low_redundancy_blocks: int = 0
    answer: Answer | None = None


async def look(http: JsonHttp, urls: Sequence[str]) -> list[Namenode]:
    """Ask every NameNode at once."""
    async with task_group() as tasks:
        asking = [tasks.create_task(_ask(http, url)) for url in urls]
    return [each.result() for each in asking]


def judge(seen: Sequence[Namenode]) -> Finding:
    """Fails unless one is active, out of safe mode, with DataNodes, all blocks, and room."""
    active = next((each for each in seen if each.is_active), None)
    silent = "; ".join(f"{each.url}: {each.silent}" for each in seen if each.silent)
    if active is None:
        return _judge_none_active(seen, silent)
    finding = _judge_active(active)
    if finding.outcome == "ok" and silent:
        return warn(NAME, f"{finding.found}; {silent}", "start the other: nobody takes over now")
    return finding


def _judge_none_active(seen: Sequence[Namenode], silent: str) -> Finding:
    answering = [each for each in seen if not each.silent]
    words = [
        f"{each.url} is {'starting' if each.is_starting else 'a standby'}" for each in answering
    ]
    found = "; ".join(filter(None, (silent, *words)))
    if any(each.is_starting for each in answering):
        return failed(NAME, found, _WAIT)
    if answering:
        return failed(NAME, found, "make one of them active: hdfs haadmin -failover")
    is_late = any((each.silent or "").startswith("no answer") for each in seen)
    return failed(NAME, found, _LATE if is_late else f"start it: {_START}")


def _judge_active(seen: Namenode) -> Finding:
    if seen.safe_mode:
        starting = "starting, " if _BY_ITSELF in seen.safe_mode else ""
        found = f"{seen.url} is {starting}in safe mode: {_why(seen.safe_mode)}"
        return failed(NAME, found, _LEAVE if _BY_HAND in seen.safe_mode else _REPORT)
    if not seen.live_datanodes:
        return failed(NAME, f"{seen.url} has no DataNode", f"start one: {_START}")
    if seen.missing_blocks:
        return failed(
            NAME,
            f"{seen.url} misses {seen.missing_blocks} blocks",
            "bring back the DataNode or the disk that has them, else restore a backup: "
            "docs/operations.md, HdfsMissingBlocks",
        )
    return _judge_room(seen)


def _judge_room(seen: Namenode) -> Finding:
    left = seen.remaining_bytes / seen.total_bytes if seen.total_bytes else 0.0
    found = (
        f"{seen.url} is active, {left:.0%} free ({seen.remaining_bytes / _GIB:.1f} GiB), "
        f"live DataNodes: {seen.live_datanodes}"
    )
    if left < NO_ROOM:
        return failed(NAME, found, "give the DataNodes more room: the sink waits meanwhile")
    if left < LITTLE_ROOM:
        return warn(NAME, found, "give the DataNodes more room, or add one")
    if seen.dead_datanodes:
        found = f"{found}; dead DataNodes: {seen.dead_datanodes}"
        return warn(NAME, found, "start them, or take them out of dfs.hosts")
    if seen.low_redundancy_blocks:
        found = f"{found}; {seen.low_redundancy_blocks} blocks lack a copy"
        return warn(
            NAME, found, "the copies are made by themselves once enough DataNodes are there"
        )
    return ok(NAME, found)


async def _ask(http: JsonHttp, url: str) -> Namenode:
    try:
        async with task_group() as tasks:
            asking = [
                tasks.create_task(http.get(f"{url}/jmx?qry=Hadoop:service=NameNode,name={bean}"))
                for bean in _BEANS.values()
            ]
        answers = [each.result() for each in asking]
        info, system = (_bean(answer) for answer in answers)
    except TransientError as error:
        return Namenode(url, silent=str(error))
    if info is None or system is None:
        return Namenode(url, is_starting=True, answer=answers[0])
    return _read(url, info, system, answers[0])


def _bean(answer: Answer) -> Mapping[str, Any] | None:
    """The bean; None of a NameNode that has not made it yet."""
    try:
        beans = answer.body["beans"]
        return dict(beans[0]) if beans else None
    except (KeyError, TypeError, ValueError) as error:
        raise TransientError("it answers, and is no NameNode") from error


def _read(url: str, info: Mapping[str, Any], system: Mapping[str, Any], answer: Answer) -> Namenode:
    return Namenode(
        url,
        is_starting=system.get("tag.HAState") not in _STATES,
        is_active=system.get("tag.HAState") == "active",
        safe_mode=info.get("Safemode", ""),
        version=info.get("SoftwareVersion"),
        live_datanodes=system.get("NumLiveDataNodes", 0),
        dead_datanodes=system.get("NumDeadDataNodes", 0),
        total_bytes=system.get("CapacityTotal", 0),
        remaining_bytes=system.get("CapacityRemaining", 0),
        missing_blocks=system.get("MissingBlocks", 0),
        low_redundancy_blocks=system.get("UnderReplicatedBlocks", 0),
        answer=answer,
    )


def _why(safe_mode: str) -> str:
    """The first sentence after the one that says that it is on."""
    why = safe_mode.replace("\n", " ").removeprefix("Safe mode is ON.").strip()
    return why.partition(". ")[0].rstrip(".") or "it does not say why"
