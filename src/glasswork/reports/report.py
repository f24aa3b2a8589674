"""Report: a run as one page that needs no network and no script, in light and in dark, on a desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader

from glasswork.drawing import Axis
from glasswork.errors import RunFolderError
from glasswork.reports import facts, numbers, pictures
from glasswork.reports.run_files import RunFiles, read_run_files, rendered
from glasswork.version import __version__

__all__ = ["environment", "write_report", "write_whole"]

LARGE = 16  # classes: beyond, the confusion matrix is a picture without numbers
MOST_IN_TABLE = 40


def write_report(folder: Path | str) -> Path:
    """Write ``report.html`` from the files of a run folder, and return its path.

    Nothing is computed and nothing else is read. What is missing is named on the page; a folder with a recipe alone
    still gives a page.
    """
    run = read_run_files(Path(folder))
    template = environment().get_template("report.html.j2")
    page = rendered(run, lambda files: template.render(_content(files)))
    return write_whole(run.folder / "report.html", page)


def environment() -> Environment:
    """Return the templates' surroundings: everything is escaped, what a file leaves out is empty."""
    jinja = Environment(
        loader=PackageLoader("glasswork.reports"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        "number": numbers.number,
        "count": numbers.count,
        "percent": numbers.percent,
        "metric": lambda name: numbers.METRICS.get(name, name),
    }
    return jinja


def write_whole(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise RunFolderError(f"{str(path)!r} could not be written: {error.strerror or error}.") from None
    finally:
        if beside.exists():
            beside.unlink()
    return path


def _content(run: RunFiles) -> dict[str, Any]:
    evaluation = run.evaluation
    primary = str(evaluation.get("primary") or run.baselines.get("primary") or "loss")
    direction = facts.direction_of(run, primary)
    names, rows = facts.comparison_rows(run)
    headings, worst = facts.worst_table(run)
    return {
        "run": run,
        "version": __version__,
        "answer": facts.answer(run),
        "winner": run.baselines.get("winner"),
        "subtitle": facts.subtitle(run),
        "key": facts.key_figure(run),
        "missing": facts.missing_notes(run),
        "primary": primary,
        "direction": direction,
        "names": names,
        "rows": rows,
        "tracks": _tracks(rows, primary),
        "learning": pictures.learning_pictures(run, primary, direction),
        "evaluation": evaluation,
        "confusion": _confusion(evaluation),
        "classes": (evaluation.get("per_class") or [])[:MOST_IN_TABLE],
        "calibration": _calibration(evaluation),
        "residuals": _residuals(run),
        "forecasts": [(w, pictures.forecast_picture(w)) for w in evaluation.get("forecasts") or () if w.get("truth")],
        "horizon": pictures.horizon_picture(evaluation["horizons"])
        if len(evaluation.get("horizons") or ()) > 1
        else None,
        "positions": pictures.position_picture(evaluation["positions"])
        if len(evaluation.get("positions") or ()) > 1
        else None,
        "headings": headings,
        "worst": worst,
        "data": facts.data_facts(run),
        "machine": facts.environment_facts(run),
        "commands": facts.commands(run),
    }


def _tracks(rows: list[dict[str, Any]], primary: str) -> list[dict[str, Any]]:
    known = [row for row in rows if row["figures"].get(primary) is not None]
    spread = [row["figures"][primary] for row in known]
    spread += [row[edge] for row in known for edge in ("low", "high") if row[edge] is not None]
    axis = Axis.around(spread, pad=0.06)
    return [
        row
        | {
            "value": row["figures"][primary],
            "svg": pictures.range_picture(row["figures"][primary], row["low"], row["high"], axis, row["kind"]),
        }
        for row in known
    ]


def _confusion(evaluation: dict[str, Any]) -> dict[str, Any] | None:
    matrix, classes = evaluation.get("confusion"), evaluation.get("classes") or []
    if not matrix or not classes:
        return None
    if len(classes) > LARGE:
        return {"svg": pictures.confusion_picture(matrix, classes), "rows": []}
    rows = [
        {
            "class": name,
            "cells": [
                {"count": n, "shade": round(100 * n / (sum(row) or 1)), "hit": r == c} for c, n in enumerate(row)
            ],
        }
        for r, (name, row) in enumerate(zip(classes, matrix, strict=True))
    ]
    return {"svg": None, "rows": rows}


def _calibration(evaluation: dict[str, Any]) -> dict[str, Any] | None:
    calibration = evaluation.get("calibration")
    if not calibration or not calibration.get("bins"):
        return None
    return {"svg": pictures.calibration_picture(calibration), "error": calibration.get("error")}


def _residuals(run: RunFiles) -> list[dict[str, Any]]:
    shown = []
    for summary in (run.evaluation.get("residuals") or [])[:4]:
        entry = {"summary": summary, "histogram": pictures.residual_picture(summary), "scatter": None}
        frame = run.predictions
        if frame is not None:
            for ending in ("", f" {summary['target']}"):
                target, prediction = f"target{ending}", f"prediction{ending}"
                if {target, prediction} <= set(frame.columns) and frame[prediction].dtype.is_numeric():
                    entry["scatter"] = pictures.scatter_picture(frame, target, prediction, summary["target"])
                    break
        shown.append(entry)
    return shown
