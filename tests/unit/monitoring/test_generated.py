"""What is written by `make dashboards` is current, and what is shown is asked of one source."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cluster import ROOT
from monitoring.boards import BOARDS
from monitoring.generate import generated, retention_rules
from monitoring.panels import Board, encode


def panels(board: Board) -> Iterator[dict[str, Any]]:
    for panel in json.loads(encode(board))["panels"]:
        if panel["type"] != "row":
            yield panel


def test_the_generated_files_are_current() -> None:
    assert [path for path, text in generated() if path.read_text() != text] == [], "make dashboards"


def test_nothing_else_is_among_the_dashboards() -> None:
    folder = ROOT / "monitoring" / "grafana" / "dashboards"
    assert set(folder.iterdir()) == {path for path, _ in generated() if path.suffix == ".json"}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_the_panels_of_a_dashboard_lie_side_by_side(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(board):
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_panel_has_a_number_of_its_own(board: Board) -> None:
    numbers = [panel["id"] for panel in json.loads(encode(board))["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_query_goes_to_the_provisioned_prometheus(board: Board) -> None:
    for panel in panels(board):
        letters = [each["refId"] for each in panel["targets"]]
        assert letters == sorted(set(letters))
        assert letters
        assert {each["datasource"]["uid"] for each in panel["targets"]} == {"prometheus"}


def test_a_topic_without_retention_has_no_rule(tmp_path: Path) -> None:
    topics = tmp_path / "topics.yaml"
    topics.write_text(
        "topics:\n"
        "  - {name: raw.a, key: id, partitions: 1, retention: 2h}\n"
        "  - {name: state.a, key: id, partitions: 1, config: {cleanup.policy: compact}}\n"
    )
    rules = retention_rules(topics)
    assert "labels: {topic: raw.a}\n        expr: vector(7200)\n" in rules
    assert "state.a" not in rules


def test_what_waits_is_not_mixed_with_how_late_the_event_loop_wakes() -> None:
    queries = [
        target["expr"] for board in BOARDS for panel in panels(board) for target in panel["targets"]
    ]
    patterns = {each for query in queries for each in re.findall(r'__name__=~"([^"]+)"', query)}
    mixed = {
        pattern
        for pattern in patterns
        if re.fullmatch(pattern, "cointicker_insights_lag_seconds")
        and re.fullmatch(pattern, "cointicker_insights_event_loop_lag_seconds")
    }
    assert len(patterns) > 3
    assert mixed == set()
