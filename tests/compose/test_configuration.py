"""compose.yaml as it is written: no engine is needed to read it."""

import json

import pytest

from tests.compose.project import run

BASE = ("--file", "compose.yaml")
VARIANTS = {
    "plain": BASE,
    "simulator": (*BASE, "--profile", "simulator"),
    "all": (*BASE, "--profile", "simulator", "--profile", "dashboards"),
    "cluster": (*BASE, "--file", "compose.cluster.yaml"),
    "cluster with all": (
        *(*BASE, "--file", "compose.cluster.yaml"),
        *("--profile", "simulator", "--profile", "dashboards"),
    ),
}
PUBLISHED = {"insights", "prometheus", "grafana"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_compose_reads_it_without_a_word_of_warning(variant: str) -> None:
    command = ("bash", "-c", '"$@" 2>&1 >/dev/null', "-", "docker", "compose", *VARIANTS[variant])
    assert run(*command, "config") == ""


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_what_people_look_at_is_published_and_only_on_this_machine(variant: str) -> None:
    configured = run("docker", "compose", *VARIANTS[variant], "config", "--format", "json")
    ports = [
        (name, port.get("host_ip"))
        for name, service in json.loads(configured)["services"].items()
        for port in service.get("ports", [])
    ]
    assert {address for _, address in ports} == {"127.0.0.1"}
    assert {name for name, _ in ports} <= PUBLISHED
