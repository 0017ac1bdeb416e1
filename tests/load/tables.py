"""A result as text: Markdown to paste, tables for the terminal, two results side by side. Pure."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from tests.load.figures import ratio
from tests.load.result import Result, Section, Target

_VERDICTS = {True: "met", False: "missed", None: "not measured"}
_FEW_DIGITS = 100
_NO_DIGITS = 1_000


def shown(value: float | None) -> str:
    """A figure with as many digits as it deserves; a dash for what was not seen."""
    if value is None:
        return "-"
    if value == round(value) or abs(value) >= _NO_DIGITS:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= _FEW_DIGITS else f"{value:,.2f}"


def markdown(result: Result) -> str:
    """The whole result, fit to be pasted into a page."""
    return "\n".join(_markdown_lines(result)) + "\n"


def _markdown_lines(result: Result) -> Iterator[str]:
    yield f"`{result.command}`, {result.at}, {result.machine}"
    for section in result.sections:
        yield ""
        yield from _grid(section.title, section.columns, _cells(section))
        if section.note:
            yield ""
            yield section.note
    yield ""
    yield from _grid("target", ["found", "verdict"], [_verdict(each) for each in result.targets])
    for problem in result.problems:
        yield f"\n**{problem}**"


def _grid(first: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(columns)} |"
    yield f"|---|{'--:|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def terminal(result: Result) -> Iterator[Table]:
    """The result as tables for a terminal."""
    for section in result.sections:
        yield _table(section.title, section.columns, _cells(section))


def verdicts(result: Result) -> Iterator[str]:
    """The targets for a terminal, a line each."""
    for target in result.targets:
        yield f"{_VERDICTS[target.is_met]:<12}  {target.name}: {target.found}"


def _table(first: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _cells(section: Section) -> list[list[str]]:
    return [[name, *map(shown, figures)] for name, figures in section.rows.items()]


def _verdict(target: Target) -> list[str]:
    return [target.name, target.found, _VERDICTS[target.is_met]]


def compared(a: Result, b: Result) -> list[Section]:
    """Every figure that both have: A, B, and B over A, a row each."""
    others = {section.title: section for section in b.sections}
    found = []
    for section in a.sections:
        other = others.get(section.title)
        rows = _side_by_side(section, other) if other else {}
        if rows:
            found.append(Section(section.title, ["A", "B", "B / A"], rows))
    return found


def _side_by_side(a: Section, b: Section) -> dict[str, list[float | None]]:
    rows: dict[str, list[float | None]] = {}
    for name in a.rows:
        for column in a.columns:
            if name not in b.rows or column not in b.columns:
                continue
            one = a.rows[name][a.columns.index(column)]
            two = b.rows[name][b.columns.index(column)]
            if one is not None or two is not None:
                rows[f"{name}: {column}"] = [one, two, ratio(two, one)]
    return rows


def comparison(sections: Sequence[Section]) -> Iterator[Table]:
    """Two results side by side, for a terminal."""
    for section in sections:
        yield _table(section.title, section.columns, _cells(section))
