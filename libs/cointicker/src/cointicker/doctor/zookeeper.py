"""Whether ZooKeeper serves: each of its addresses is asked `srvr`."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cointicker.concurrency import task_group
from cointicker.doctor.finding import Finding, failed, ok, warn

NAME = "zookeeper"
_PORT = 2181
_LONGEST_ANSWER = 65_536
_START = "make up, or in containers docker compose up --wait zookeeper"


@dataclass(frozen=True, slots=True)
class Zookeeper:
    """One address: what it said, or why nothing came."""

    address: str
    said: str = ""
    silent: str | None = None

    @property
    def mode(self) -> str | None:
        """`standalone`, `leader` or `follower`; None if it does not serve."""
        return _after("Mode", self.said)

    @property
    def version(self) -> str | None:
        """Its version, where it says so."""
        found = _after("Zookeeper version", self.said)
        return found and re.split(r"[-,]", found, maxsplit=1)[0]


def addresses(connect: str) -> list[str]:
    """The addresses of `host:port,host:port/path`, as the broker's own setting has them."""
    hosts = [each.strip() for each in connect.partition("/")[0].split(",") if each.strip()]
    return [each if ":" in each else f"{each}:{_PORT}" for each in hosts]


async def look(connect: str, seconds: float) -> list[Zookeeper]:
    """Ask every address at once."""
    async with task_group() as tasks:
        asking = [tasks.create_task(_ask(each, seconds)) for each in addresses(connect)]
    return [each.result() for each in asking]


def judge(seen: Sequence[Zookeeper]) -> Finding:
    """Fails unless one serves requests: a follower and a leader do so only with a majority."""
    serving = [each for each in seen if each.mode]
    others = "; ".join(f"{each.address}: {_why_not(each)}" for each in seen if not each.mode)
    if not serving:
        return failed(NAME, others or "no address is given", f"start it: {_START}")
    found = ", ".join(
        f"{each.address} serves ({each.mode}, ZooKeeper {each.version or 'of unknown version'})"
        for each in serving
    )
    if others:
        return warn(NAME, f"{found}; {others}", f"start the others: {_START}")
    return ok(NAME, found)


def _why_not(seen: Zookeeper) -> str:
    if seen.silent is not None:
        return seen.silent
    if "whitelist" in seen.said:
        return "srvr is not in its 4lw.commands.whitelist"
    return seen.said.strip().partition("\n")[0] or "it closed the connection"


async def _ask(address: str, seconds: float) -> Zookeeper:
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            try:
                writer.write(b"srvr")
                said = await _all_of(reader)
            finally:
                writer.close()
    except TimeoutError:
        return Zookeeper(address, silent=f"no answer within {seconds:g} s")
    except ConnectionRefusedError:
        return Zookeeper(address, silent="nothing listens there")
    except (OSError, ValueError) as error:
        return Zookeeper(address, silent=str(error))
    return Zookeeper(address, said.decode(errors="replace"))


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(_LONGEST_ANSWER)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _after(name: str, text: str) -> str | None:
    found = re.search(rf"^{name}: (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else None
