"""Heat maps: a figure of every layer at every sampled step, in classes that are few enough to be told apart.

Each class has a colour of its own in light and in dark; those outside of what is usual also have a sign. A cell that
stands for several steps or layers shows the worst of them, so that nothing is hidden by drawing less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from glasswork.doctor.pages.shown import Shown
from glasswork.doctor.pages.words import figure, percent, short
from glasswork.doctor.vitals import LayerVitals, StepVitals
from glasswork.drawing import clean, sign_path

__all__ = ["CLASSES", "Measure", "heat_map", "measured"]

CLASSES = ("lo2", "lo1", "ok1", "ok2", "ok3", "hi1", "hi2")
_SIGNS = {"lo2": "down", "lo1": "down", "hi1": "up", "hi2": "up", "bad": "x"}
_SAID = {"down": "▼ ", "up": "▲ ", "x": "× "}
_WORST = {"bad": 5, "hi2": 4, "lo2": 4, "hi1": 3, "lo1": 3, "ok3": 1, "ok2": 1, "ok1": 1}
MOST_ROWS, MOST_COLUMNS, MOST_TOLD = 60, 56, 6
_WIDTH, _ROW, _TOP = 860, 17, 6


@dataclass(frozen=True)
class Measure:
    """What a heat map shows.

    Args:
        name: in a few words.
        value: of a layer at a step; None where it has none.
        edges: between the seven classes, six of them; the outer two on each side are not usual.
        about: one sentence on how to read it.
        share: whether values are shares, told as per cent.
        against: maps a layer's values, with those of the whole step, to what is classed; None: the values themselves.
    """

    name: str
    value: Callable[[LayerVitals, StepVitals], float | None]
    edges: tuple[float, float, float, float, float, float]
    about: str
    share: bool = False
    against: Callable[[float, Sequence[float]], float] | None = None

    def kind(self, value: float, others: Sequence[float]) -> str:
        """Return the class of a value, given those of all layers at that step."""
        if not isfinite(value):
            return "bad"
        classed = self.against(value, others) if self.against is not None else value
        return CLASSES[sum(classed >= edge for edge in self.edges)]

    def said(self, value: float | None) -> str:
        """Return a value in words."""
        return "–" if value is None else percent(value) if self.share and isfinite(value) else figure(value)


Cell = tuple[float, str]
Grid = dict[str, dict[int, Cell]]  # layer -> step -> value and class


def measured(measure: Measure, layers: Sequence[str], steps: Sequence[StepVitals]) -> Grid:
    """Return the value and class of each layer at each step, in the layers' order; what was not seen is left out."""
    columns: list[tuple[int, dict[str, float]]] = []
    for step in steps:
        values = {name: value for name in layers if name in step.layers
                  and (value := measure.value(step.layers[name], step)) is not None}  # fmt: skip
        if values:
            columns.append((step.number, values))
    grid: Grid = {}
    for name in layers:
        cells = {
            number: (values[name], measure.kind(values[name], list(values.values())))
            for number, values in columns
            if name in values
        }
        if cells:
            grid[name] = cells
    return grid


def heat_map(measure: Measure, grid: Grid, *, model: str = "", named: Sequence[str] = ()) -> Shown | None:
    """Return the picture and the table of a grid; None where nothing was seen.

    Args:
        measure: what it shows.
        grid: from `measured`.
        model: whose layers they are, where there are several models.
        named: layers that are always among those shown.
    """
    if not grid:
        return None
    rows = _chosen(list(grid), grid, named)
    numbers = sorted({number for cells in grid.values() for number in cells})
    groups = _groups(numbers)
    left = 7 * max(4, max(len(short(name, 25)) for name in rows)) + 14
    across = _WIDTH - left - 6
    wide = across / len(groups)
    runs: dict[str, list[str]] = {}
    signs: dict[str, list[str]] = {}
    labels: list[str] = []
    bad = 0
    for place, name in enumerate(rows):
        top = _TOP + place * _ROW
        labels.append(
            f'<text class="layer" x="{left - 8}" y="{top + 12}" text-anchor="end">{clean(short(name, 25))}</text>'
        )
        kinds = [_worst([grid[name][number] for number in group if number in grid[name]]) for group in groups]
        bad += sum(_WORST.get(kind or "", 0) >= 3 for kind in kinds)
        start = 0
        while start < len(kinds):
            end = start
            while end < len(kinds) and kinds[end] == kinds[start]:
                end += 1
            kind = kinds[start]
            if kind is not None:
                x, width = left + start * wide, (end - start) * wide
                runs.setdefault(kind, []).append(f"M{x:.1f} {top}h{width:.1f}v{_ROW - 1}h-{width:.1f}z")
                if kind in _SIGNS:
                    count = max(1, min(end - start, round(width / 60)))
                    signs.setdefault("broken" if kind == "bad" else "out", []).extend(
                        sign_path(x + width * (i + 0.5) / count, top + 8, _SIGNS[kind]) for i in range(count)
                    )
            start = end
    foot = _TOP + len(rows) * _ROW
    parts = [f'<path class="{kind}" d="{"".join(paths)}"/>' for kind, paths in runs.items()]
    parts += [f'<path class="sign {kind}" d="{"".join(paths)}"/>' for kind, paths in signs.items()]
    ticks = _ticks(groups)
    for place, number in ticks:
        x = left + (place + 0.5) * wide
        anchor = (
            "start" if place == 0 and len(groups) > 1 else "end" if place == len(groups) - 1 and place else "middle"
        )
        x = left if anchor == "start" else left + across if anchor == "end" else x
        parts.append(f'<text x="{x:.1f}" y="{foot + 16}" text-anchor="{anchor}">{number:,}</text>')
    parts.append(f'<text class="name" x="{left - 8}" y="{foot + 16}" text-anchor="end">step</text>')
    title = f"{measure.name}{f', {model}' if model else ''}"
    said = f"{title}: {len(rows)} layers at {len(numbers)} steps, {bad or 'no'} cells outside of what is usual"
    height = foot + 24
    svg = (
        f'<svg class="heat" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{clean(said)}">'
        f"{''.join(labels)}{''.join(parts)}</svg>"
    )
    caption = measure.about
    if len(groups) < len(numbers):
        caption += f" A column stands for {len(numbers) / len(groups):.0f} samples or so; the worst is shown."
    if len(rows) < len(grid):
        caption += f" {len(rows)} of {len(grid)} layers are shown."
    told = _told_steps(grid, numbers)
    table = [
        [name, *(_told(measure, grid[name].get(number)) for number in told)] for name in rows
    ]  # fmt: skip
    return Shown(title, svg, caption, ("layer", *(f"step {number:,}" for number in told)), table)


def _told_steps(grid: Grid, numbers: Sequence[int]) -> list[int]:
    """Return the steps that the table tells of: a few, evenly spread, the worst one and the first broken one."""
    told = {numbers[round(i * (len(numbers) - 1) / (MOST_TOLD - 1))] for i in range(MOST_TOLD)}
    unusual = dict.fromkeys(numbers, 0)
    for cells in grid.values():
        for number, (_, kind) in cells.items():
            unusual[number] += max(0, _WORST[kind] - 2)
    worst = max(numbers, key=lambda number: unusual[number])
    told |= {worst} if unusual[worst] else set()
    told |= set([n for n in numbers if any(n in cells and cells[n][1] == "bad" for cells in grid.values())][:1])
    return sorted(told)


def _told(measure: Measure, cell: Cell | None) -> str:
    return "–" if cell is None else _SAID.get(_SIGNS.get(cell[1], ""), "") + measure.said(cell[0])


def _worst(cells: Sequence[Cell]) -> str | None:
    return max((kind for _, kind in cells), key=lambda kind: _WORST[kind], default=None)


def _chosen(names: list[str], grid: Grid, named: Sequence[str]) -> list[str]:
    """Return the layers that are shown: those that are named, then those evenly spread over the depth."""
    if len(names) <= MOST_ROWS:
        return names
    wanted = [name for name in named if name in grid][: MOST_ROWS // 2]
    room = MOST_ROWS - len(wanted)
    even = {names[round(i * (len(names) - 1) / (room - 1))] for i in range(room)}
    return [name for name in names if name in even or name in wanted]


def _groups(numbers: Sequence[int]) -> list[list[int]]:
    count = min(len(numbers), MOST_COLUMNS)
    cuts = [round(i * len(numbers) / count) for i in range(count + 1)]
    return [list(numbers[a:b]) for a, b in pairwise(cuts)]


def _ticks(groups: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    count = min(6, len(groups))
    places = {round(i * (len(groups) - 1) / max(1, count - 1)) for i in range(count)}
    return [(place, groups[place][0]) for place in sorted(places)]
