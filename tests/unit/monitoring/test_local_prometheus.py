"""The Prometheus of a local stack runs on the containers' configuration, targets apart."""

from typing import Any

import pytest
import yaml

from local.cluster import ROOT
from local.errors import StackError
from local.ports import Ports
from tests.integration.local_prometheus import jobs, render

SHARED = (ROOT / "monitoring" / "prometheus.yml").read_text()


def without_targets(configuration: dict[str, Any]) -> dict[str, Any]:
    for job in configuration["scrape_configs"]:
        for kind in ("static_configs", "dns_sd_configs", "file_sd_configs"):
            job.pop(kind, None)
    del configuration["rule_files"]
    return configuration


def test_only_targets_and_the_place_of_the_rules_differ() -> None:
    rendered = yaml.safe_load(render(SHARED, jobs(Ports())))
    assert rendered["rule_files"] == [str(ROOT / "monitoring" / "rules" / "*.yml")]
    assert without_targets(rendered) == without_targets(yaml.safe_load(SHARED))


def test_each_job_is_asked_at_its_port() -> None:
    rendered = yaml.safe_load(render(SHARED, jobs(Ports()) | {"processor": 1}))
    [found] = [job for job in rendered["scrape_configs"] if job["job_name"] == "processor"]
    assert found["static_configs"] == [{"targets": ["127.0.0.1:1"]}]


def test_a_job_that_the_stack_does_not_have_is_refused() -> None:
    with pytest.raises(StackError, match="is the job collector"):
        render(SHARED, {})
