"""Cure page: a run beside the one it was to cure: both curves, the change of the recipe, and by what it was judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup

from glasswork.drawing import Axis, Plot
from glasswork.errors import RunFolderError
from glasswork.reports.pictures import picture
from glasswork.reports.report import environment, write_whole
from glasswork.reports.run_files import RunFiles, read_run_files
from glasswork.version import __version__

__all__ = ["write_cure_page"]

_WIDE = 30  # times: losses that lie so far apart are drawn in powers of ten


def write_cure_page(folder: Path | str, before: Path | str) -> Path:
    """Write ``cure.html`` of a trial from its files and those of the run before it, and return its path.

    Raises:
        RunFolderError: the folder holds no ``cure.json``.
    """
    trial, earlier = read_run_files(Path(folder)), read_run_files(Path(before))
    path = trial.folder / "cure.json"
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}.") from None
    page = (
        environment()
        .get_template("cure.html.j2")
        .render(run=trial, before=earlier, said=said, pictures=_pictures(earlier, trial), version=__version__)
    )
    return write_whole(trial.folder / "cure.html", page)


def _pictures(before: RunFiles, after: RunFiles) -> list[dict[str, Any]]:
    shown = []
    for key, event, caption in (
        ("valid/loss", "epoch", "Loss in validation, before and after the change."),
        ("train/loss", "step", "Loss in training, before and after the change."),
    ):
        curves = {"before": before.series(key, event=event), "after": after.series(key, event=event)}
        steps = [step for xs, _ in curves.values() for step in xs]
        values = [value for _, ys in curves.values() for value in ys]
        if len(steps) > 1:
            shown.append({"svg": _picture(curves, steps, values, caption), "caption": caption})
    return shown


def _picture(
    curves: dict[str, tuple[list[float], list[float]]], steps: list[float], values: list[float], caption: str
) -> Markup:
    log = min(values) > 0 and max(values) > _WIDE * min(values)
    axis = Axis.around(values, "loss" + (" (logarithmic)" if log else ""), log=log)
    plot = Plot(caption, Axis.around(steps, "step", pad=0.0), axis, right=64)
    for name, kind in (("before", "quiet"), ("after", "network")):
        plot.line(*curves[name], kind, name=name)
        if len(curves[name][0]) <= 40:
            plot.dots(*curves[name], kind, radius=2.2)
    return picture(plot)
