"""Is it ready? Each question is asked of the part itself, under a deadline of a second or two."""

import http.client
import json
import socket
import struct
from typing import Any

from local.parts import Probe
from local.ports import HOST

_SECONDS = 2.0
# From ZooKeeper's list of sessions: its heading, and what a registered broker holds.
_SESSIONS = "Sessions with Ephemerals"
_BROKER_NODE = "/brokers/ids/0"


def http_ready(port: int, path: str = "/readyz") -> Probe:
    """Ready when `path` is answered with 200."""

    def probe() -> str | None:
        try:
            status, body = _get(port, path)
        except (OSError, http.client.HTTPException):
            return f"port {port} does not answer"
        return None if status == http.HTTPStatus.OK else f"{path}: {status} {body[:200]}"

    return probe


def zookeeper_ready(port: int) -> Probe:
    """Ready when ZooKeeper serves requests; `ruok` is answered well before that."""

    def probe() -> str | None:
        return None if "Mode: " in _four_letters(port, "srvr") else "ZooKeeper does not serve"

    return probe


def broker_unregistered(zookeeper_port: int) -> Probe:
    """Whether a broker may start: the session of one that was killed keeps its registration."""

    def probe() -> str | None:
        sessions = _four_letters(zookeeper_port, "dump")
        if _SESSIONS not in sessions:
            return "ZooKeeper does not serve"
        if _BROKER_NODE in sessions:
            return "the ZooKeeper session of the broker before it has not ended"
        return None

    return probe


def broker_ready(port: int, zookeeper_port: int) -> Probe:
    """Ready when the broker is registered in ZooKeeper and names itself and a controller."""

    def probe() -> str | None:
        if _BROKER_NODE not in _four_letters(zookeeper_port, "dump"):
            return "the broker is not registered in ZooKeeper"
        try:
            brokers, controller = _cluster(port)
        except (OSError, struct.error):
            return "the broker does not answer"
        return None if brokers and controller >= 0 else "the broker knows no controller"

    return probe


def namenode_ready(http_port: int) -> Probe:
    """Ready when a DataNode is registered and safe mode is off."""

    def probe() -> str | None:
        state = _jmx(http_port, "NameNode,name=FSNamesystemState", "NumLiveDataNodes")
        if not state:
            return "the NameNode does not answer"
        if not state.get("NumLiveDataNodes"):
            return "no DataNode has registered with the NameNode"
        safe_mode = _jmx(http_port, "NameNode,name=NameNodeInfo", "Safemode").get("Safemode", "?")
        return f"safe mode: {safe_mode}" if safe_mode else None

    return probe


def datanode_ready(http_port: int) -> Probe:
    """Ready when the DataNode serves a NameNode that it has registered with."""

    def probe() -> str | None:
        # Asked for its actors before it has met a NameNode, it logs a stack trace each time.
        if not _jmx(http_port, "DataNode,name=FSDatasetState", "StorageInfo"):
            return "the DataNode has not met a NameNode"
        known = _jmx(http_port, "DataNode,name=DataNodeInfo", "BPServiceActorInfo")
        actors = json.loads(known.get("BPServiceActorInfo", "[]"))
        states = [actor["ActorState"] for actor in actors]
        return None if "RUNNING" in states else "the DataNode has not registered"

    return probe


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def _jmx(port: int, bean: str, attribute: str) -> dict[str, Any]:
    """One attribute of a Hadoop daemon's management bean, none while it cannot be had."""
    try:
        _, body = _get(port, f"/jmx?get=Hadoop:service={bean}::{attribute}")
        beans: list[dict[str, Any]] = json.loads(body)["beans"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return {}
    return beans[0] if beans else {}


def _four_letters(port: int, word: str) -> str:
    """ZooKeeper's answer to one of its words, empty while there is none."""
    try:
        with socket.create_connection((HOST, port), timeout=_SECONDS) as connection:
            connection.sendall(word.encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")
    except OSError:
        return ""


def _cluster(port: int) -> tuple[int, int]:
    """How many brokers a Kafka broker knows of, and the id of the controller, -1 without one."""
    client = b"cointicker-probe"
    # Metadata, version 1, correlation id 0, no topics.
    header = struct.pack(">hhih", 3, 1, 0, len(client)) + client
    request = header + struct.pack(">i", 0)
    with socket.create_connection((HOST, port), timeout=_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as answer:
            (size,) = struct.unpack(">i", answer.read(4))
            body = answer.read(size)
    (count,) = struct.unpack_from(">i", body, 4)
    at = 8
    for _ in range(count):
        (host_length,) = struct.unpack_from(">h", body, at + 4)
        at += 4 + 2 + host_length + 4
        (rack_length,) = struct.unpack_from(">h", body, at)
        at += 2 + max(rack_length, 0)
    (controller,) = struct.unpack_from(">i", body, at)
    return count, controller
