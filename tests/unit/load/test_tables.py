"""A result as text, kept, and beside another one."""

from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from tests.load.result import Panel, Result, Section, Target, read_result, write_result
from tests.load.tables import compared, markdown, shown, verdicts


def result(p99: float | None, **rows: list[float | None]) -> Result:
    return Result(
        command="make load-test RATE=2000",
        at="2026-03-11T14:40Z",
        machine="2 cores, 24 GiB",
        sections=[
            Section("latency in ms", ["p50", "p99"], {"fetched -> raw": [80.25, p99], **rows})
        ],
        targets=[Target("p99 < 300 ms", "276 ms", is_met=True), Target("peer", "not run", None)],
        panels=[Panel("lag", "records", {"processor": [(0.0, 1.0), (1.0, 2.0)]})],
        problems=[],
    )


def test_figures_have_as_many_digits_as_they_deserve() -> None:
    shown_as = {None: "-", 0.0: "0", 5.0: "5", 0.284: "0.28", 276.04: "276.0", 123456.7: "123,457"}
    assert {value: shown(value) for value in shown_as} == shown_as


def test_the_markdown_can_be_pasted() -> None:
    assert markdown(result(276.0)) == (
        "`make load-test RATE=2000`, 2026-03-11T14:40Z, 2 cores, 24 GiB\n"
        "\n"
        "| latency in ms | p50 | p99 |\n"
        "|---|--:|--:|\n"
        "| fetched -> raw | 80.25 | 276 |\n"
        "\n"
        "| target | found | verdict |\n"
        "|---|--:|--:|\n"
        "| p99 < 300 ms | 276 ms | met |\n"
        "| peer | not run | not measured |\n"
    )


def test_targets_are_told_a_line_each() -> None:
    assert list(verdicts(result(1.0))) == [
        "met           p99 < 300 ms: 276 ms",
        "not measured  peer: not run",
    ]


def test_two_results_are_compared_where_both_have_a_figure() -> None:
    [section] = compared(result(276.0, only_a=[1.0, 2.0]), result(138.0, only_b=[1.0, 2.0]))
    assert section.columns == ["A", "B", "B / A"]
    assert section.rows == {
        "fetched -> raw: p50": [80.25, 80.25, 1.0],
        "fetched -> raw: p99": [276.0, 138.0, 0.5],
    }


def test_what_one_side_did_not_see_has_no_ratio() -> None:
    [section] = compared(result(276.0), result(None))
    assert section.rows["fetched -> raw: p99"] == [276.0, None, None]


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_result(result(276.0), path)
    assert read_result(path) == result(276.0)


@pytest.mark.parametrize("content", [None, b"{}", b"not JSON"])
def test_what_is_no_result_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.json"):
        read_result(path)
