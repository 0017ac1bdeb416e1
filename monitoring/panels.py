"""A dashboard as rows of titled queries, and how that becomes what Grafana reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model

_SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
_HEIGHT = 8
_WIDTH = 8
_STAT_HEIGHT = 4
_STAT_WIDTH = 4

Queries = Mapping[str, str]
"""Expressions by what each is called in the legend."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Curves over time; `worry` says which ones ask for somebody."""

    title: str
    unit: str
    queries: Queries
    worry: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """The value of now; from `bad` on it is shown in red, or below it with `low_is_bad`."""

    title: str
    unit: str
    expr: str
    bad: float
    low_is_bad: bool = False


Panel = Graph | Number


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `name` is its file and its address."""

    name: str
    title: str
    rows: Mapping[str, Sequence[Panel]]


def encode(board: Board) -> str:
    """The file that Grafana is provisioned with."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.name)
        .tags(["cointicker"])
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("utc")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("CoinTicker")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["cointicker"])
            .keep_time(True)
        )
    )
    numbers = count(1)
    for title, panels in board.rows.items():
        built = built.with_row(dashboard.Row(title).id(next(numbers)))
        for panel in panels:
            shown = _number(panel) if isinstance(panel, Number) else _graph(panel)
            built = built.with_panel(shown.id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=1).encode(built.build()) + "\n"


def _graph(graph: Graph) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(graph.title)
        .description(graph.worry)
        .datasource(_SOURCE)
        .unit(graph.unit)
        .min(0)
        .height(_HEIGHT)
        .span(_WIDTH)
        .fill_opacity(5)
        .show_points(common_model.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_model.LegendDisplayMode.LIST)
            .placement(common_model.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI))
    )
    for letter, (legend, expr) in zip("ABCDEFGH", graph.queries.items(), strict=False):
        panel = panel.with_target(_query(letter, expr).legend_format(legend).range())
    return panel


def _number(number: Number) -> stat.Panel:
    colours = ("red", "green") if number.low_is_bad else ("green", "red")
    steps = [
        model.Threshold(value=None, color=colours[0]),
        model.Threshold(value=number.bad, color=colours[1]),
    ]
    return (
        stat.Panel()
        .title(number.title)
        .datasource(_SOURCE)
        .unit(number.unit)
        .height(_STAT_HEIGHT)
        .span(_STAT_WIDTH)
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_query("A", number.expr).instant())
    )


def _query(letter: str, expr: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().datasource(_SOURCE).ref_id(letter).expr(expr)
