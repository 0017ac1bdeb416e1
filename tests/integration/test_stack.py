"""The local stack: what it survives, and what it leaves behind."""

import urllib.request

import pytest

from local.stack import Stack

SERVERS = ["zookeeper", "datanode", "namenode", "kafka"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_restarted_becomes_ready_again(stack: Stack, name: str) -> None:
    stack.restart(name)
    assert stack.missing(name) is None


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_killed_is_missed_and_starts_again(stack: Stack, name: str) -> None:
    stack.kill(name)
    assert not stack.alive(name)
    assert stack.missing(name) == "ended with -9"
    stack.start(name)
    stack.wait_ready(name)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_paused_is_not_ready_until_it_is_resumed(stack: Stack, name: str) -> None:
    stack.pause(name)
    assert stack.alive(name)
    assert stack.missing(name) is not None
    stack.resume(name)
    stack.wait_ready(name)


def test_all_servers_are_ready_in_the_end(stack: Stack) -> None:
    assert {name: stack.missing(name) for name in SERVERS} == dict.fromkeys(SERVERS)


@pytest.mark.parametrize("daemon", ["namenode", "datanode"])
def test_an_hdfs_daemon_has_metrics_for_prometheus(stack: Stack, daemon: str) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port(daemon)}/prom") as answer:
        assert b"# TYPE jvm_metrics" in answer.read()
