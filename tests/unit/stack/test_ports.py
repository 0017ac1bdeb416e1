"""Ports: what is taken is named, what is free is free and different."""

import socket
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from local.errors import StackError
from local.ports import HOST, Ports, check_free, free_port, free_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_what_to_do(taken: int) -> None:
    ports = Ports(**{**asdict(free_ports()), "kafka": taken})
    with pytest.raises(StackError, match=rf"port {taken} \(kafka\).*make down") as refused:
        check_free(ports)
    assert "\n" not in str(refused.value)
    assert "zookeeper" not in str(refused.value)


def test_free_ports_are_free_and_all_different() -> None:
    ports = free_ports()
    check_free(ports)
    assert len(set(asdict(ports).values())) == len(asdict(ports))


def test_a_taken_port_is_passed_over(taken: int) -> None:
    free = free_port()
    draws = iter([taken, taken, free])
    assert free_port(lambda _low, _high: next(draws)) == free
