"""The configuration of Prometheus, its rules, and the tests that fire each alert."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster import ROOT
from tests.unit.monitoring.binaries import needed
from tests.unit.monitoring.selectors import selected

FOLDER = ROOT / "monitoring"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
FIRING = re.compile(r'ALERTS\{alertname="(\w+)", alertstate="firing"\}')
RUNBOOK = "docs/operations.md"


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in loaded(path)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def expectations() -> Iterator[tuple[str, bool]]:
    """Each alert that a test names, and whether it is to fire there."""
    for path in TESTS:
        for test in loaded(path)["tests"]:
            for each in test.get("promql_expr_test", []):
                if found := FIRING.search(each["expr"]):
                    yield found[1], bool(each["exp_samples"])


def promtool(*arguments: str) -> None:
    done = subprocess.run(
        [needed("promtool"), *arguments], capture_output=True, text=True, cwd=FOLDER, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_sound() -> None:
    promtool("check", "config", "prometheus.yml")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_rules_are_sound(path: Path) -> None:
    promtool("check", "rules", str(path))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_the_alerts_do_what_their_tests_say(path: Path) -> None:
    promtool("test", "rules", str(path))


def test_each_alert_is_shown_firing_and_silent() -> None:
    names = {each["alert"] for each in alerts()}
    assert len(names) == len(alerts()) > 30
    assert {name for name, fires in expectations() if fires} == names
    assert {name for name, fires in expectations() if not fires} == names


def test_the_healthy_system_has_every_metric_that_a_rule_looks_at() -> None:
    [healthy] = loaded(FOLDER / "tests" / "healthy.yml")["tests"]
    there = {each["series"].partition("{")[0] for each in healthy["input_series"]}
    there |= {rule["record"] for rule in rules() if "record" in rule}
    looked_at = {name for each in rules() for name in selected(each["expr"])}
    assert len(looked_at) > 40
    assert {name for name in looked_at if not any(re.fullmatch(name, each) for each in there)} == (
        set()
    )


def test_each_alert_says_how_bad_it_is_and_where_its_remedy_stands() -> None:
    for each in alerts():
        name = each["alert"]
        assert each["labels"]["severity"] in {"info", "warning", "critical"}, name
        notes = each["annotations"]
        assert notes.keys() == {"summary", "description", "runbook_url"}, name
        assert notes["runbook_url"] == f"{RUNBOOK}#{name.lower()}"


def test_each_alert_has_a_remedy() -> None:
    headings = re.findall(r"^#+ (\w+)$", (ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)
    assert {each["alert"] for each in alerts()} - set(headings) == set()
