"""The ports of a stack: the published ones for `make up`, free ones for everything else."""

import errno
import random
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass

from local.errors import StackError

HOST = "127.0.0.1"
# Below the range from which systems give ports to outgoing connections: one of those could
# take the port of a part that is being restarted, or even connect to itself.
_LOWEST, _HIGHEST = 15_000, 28_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each part listens; the defaults are the published ports."""

    zookeeper: int = 2181
    zookeeper_metrics: int = 7000
    kafka: int = 9092
    kafka_host: int = 29092
    kafka_metrics: int = 7071
    namenode_rpc: int = 9000
    namenode_http: int = 9870
    datanode_http: int = 9864
    datanode_data: int = 9866
    datanode_ipc: int = 9867
    simulator: int = 8080
    insights: int = 8000
    collector: int = 8001
    processor: int = 8002
    hdfs_sink: int = 8003
    prometheus: int = 9090


def free_port(chance: Callable[[int, int], int] = random.randint) -> int:
    """A port on which nothing listens now."""
    while True:
        port = chance(_LOWEST, _HIGHEST)
        if _is_free(port):
            return port


def free_ports() -> Ports:
    """A free port for each part, all different."""
    names = list(asdict(Ports()))
    chosen: set[int] = set()
    while len(chosen) < len(names):
        chosen.add(free_port())
    return Ports(**dict(zip(names, chosen, strict=True)))


def check_free(ports: Ports) -> None:
    """Raise a StackError that names every port that is taken."""
    taken = [f"{port} ({name})" for name, port in asdict(ports).items() if not _is_free(port)]
    if taken:
        raise StackError(
            f"taken on {HOST}: port {', '.join(taken)}; is a stack running (make status)? "
            "Stop it (make down) or what else listens there (ss -ltnp shows it)"
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: a connection of before that lingers is no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
