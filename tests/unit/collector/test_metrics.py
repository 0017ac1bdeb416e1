"""The README names every metric, and no metric's comment an outcome that there is not."""

import inspect
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from cointicker.kafka import producer
from collector import metrics

README = Path(__file__).parents[3] / "services" / "collector" / "README.md"
PREFIX = "cointicker_collector_"
OWN = [each for each in vars(metrics).values() if isinstance(each, Counter | Gauge | Histogram)]


def named(metric: Counter | Gauge | Histogram) -> str:
    """The name as /metrics shows it."""
    [family] = metric.collect()
    return f"{family.name}_total" if family.type == "counter" else family.name


@pytest.mark.parametrize("metric", OWN, ids=named)
def test_a_metric_of_the_collector_is_in_the_readme(metric: Counter | Gauge | Histogram) -> None:
    assert f"`{named(metric).removeprefix(PREFIX)}`" in README.read_text()


@pytest.mark.parametrize("name", [named(producer.REBUILDS), f"{PREFIX}event_loop_lag_seconds"])
def test_a_metric_that_comes_with_a_library_is_in_the_readme_by_its_whole_name(name: str) -> None:
    assert f"| `{name}` |" in README.read_text()


def test_one_that_stands_by_does_not_poll_and_has_no_outcome() -> None:
    assert "unneeded" not in inspect.getsource(metrics)
