"""Every metric and every setting is named in a page that operators read."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from cointicker.settings import ServiceSettings
from cointicker.tasks import TaskSettings

ROOT = Path(__file__).parents[2]
EVERYWHERE = ROOT / "docs" / "settings.md"
TASKS = ROOT / "docs" / "tasks.md"
SETTINGS = {
    "collector": "collector.config.CollectorSettings",
    "processor": "processor.config.ProcessorSettings",
    "hdfs-sink": "hdfs_sink.config.SinkSettings",
    "insights": "insights.config.InsightsSettings",
}
KINDS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}


@cache
def named(page: Path) -> frozenset[str]:
    """What the page names as code; short names also with the beginning that it says they have."""
    text = page.read_text()
    names = re.findall(r"`([^`\n]+)`", text)
    beginnings = re.findall(r"(?:All|These) begin with `([^`\n]+)`", text)
    return frozenset(names) | {first + name for first in beginnings for name in names}


def declared(source: Path) -> Iterator[str]:
    """The names of the metrics that a module makes, as far as they are written in it."""
    tree = ast.parse(source.read_text())
    origins = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
        for name in node.names
    }
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in origins & KINDS:
            yield written(node.args[0], constants)


def written(name: ast.expr, constants: dict[str, ast.expr]) -> str:
    """The text of an expression; what only the running service knows is `cointicker_<service>_`."""
    if isinstance(name, ast.Constant):
        return str(name.value)
    if isinstance(name, ast.BinOp):
        return written(name.left, constants) + written(name.right, constants)
    if isinstance(name, ast.JoinedStr):
        return "".join(written(each, constants) for each in name.values)
    if isinstance(name, ast.FormattedValue):
        return "<service>"
    assert isinstance(name, ast.Name)
    return (
        written(constants[name.id], constants) if name.id in constants else "cointicker_<service>_"
    )


def metrics(folder: str) -> set[str]:
    return {name for source in (ROOT / folder).rglob("*.py") for name in declared(source)}


def settings(service: str) -> type[ServiceSettings]:
    module, name = SETTINGS[service].rsplit(".", 1)
    found: type[ServiceSettings] = getattr(import_module(module), name)
    return found


def test_every_metric_of_the_library_is_on_the_page_of_the_tasks() -> None:
    found = metrics("libs")
    assert "cointicker_<service>_end_to_end_seconds" in found
    assert "cointicker_<service>_event_loop_lag_seconds" in found
    assert found - named(TASKS) == set()


@pytest.mark.parametrize("service", SETTINGS)
def test_every_metric_of_a_service_is_in_its_readme(service: str) -> None:
    found = metrics(f"services/{service}")
    assert len(found) > 3
    assert found - named(ROOT / "services" / service / "README.md") == set()


@pytest.mark.parametrize("service", SETTINGS)
def test_every_setting_of_a_service_is_in_its_readme_or_on_a_common_page(service: str) -> None:
    kind = settings(service)
    names = {name.upper() for name in kind.model_fields}
    pages = [ROOT / "services" / service / "README.md", EVERYWHERE]
    if issubclass(kind, TaskSettings):
        pages.append(TASKS)
    assert "KAFKA_TOPIC_PREFIX" in names
    assert names - frozenset().union(*map(named, pages)) == set()


@pytest.mark.parametrize("service", ["processor", "insights", "hdfs-sink"])
def test_a_readme_links_the_common_page(service: str) -> None:
    text = (ROOT / "services" / service / "README.md").read_text()
    page = "settings.md" if service == "hdfs-sink" else "tasks.md"
    assert f"(../../docs/{page})" in text
