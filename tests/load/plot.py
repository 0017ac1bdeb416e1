"""The series of a run as a picture: a panel below the other, seconds to the right."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.load.result import Result

_INCHES_WIDE, _INCHES_A_PANEL = 10, 2.6


def write_plot(result: Result, path: Path) -> None:
    """Write the panels that have lines as a PNG."""
    mpl.use("Agg")
    panels = [panel for panel in result.panels if any(panel.lines.values())]
    figure = Figure(figsize=(_INCHES_WIDE, _INCHES_A_PANEL * max(1, len(panels))))
    for row, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(len(panels), 1, row)
        for name, points in panel.lines.items():
            axes.plot(*zip(*points, strict=True), label=name, linewidth=1.2)
        axes.set_title(panel.title, loc="left", fontsize=10)
        axes.set_ylabel(panel.unit)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="upper left", fontsize=7, ncols=4)
    figure.suptitle(result.command, fontsize=9, x=0.02, ha="left")
    figure.supxlabel("seconds", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
