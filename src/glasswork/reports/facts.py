"""Facts: what a report says in words and tables, gathered from a run's files."""

from __future__ import annotations

import shlex
from typing import Any

from glasswork.reports.numbers import METRICS, count, duration, number, percent
from glasswork.reports.run_files import RunFiles

__all__ = [
    "answer",
    "commands",
    "comparison_rows",
    "data_facts",
    "direction_of",
    "environment_facts",
    "key_figure",
    "missing_notes",
    "subtitle",
    "worst_table",
]

RISING = {"accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision", "r2", "precision", "recall"}
PARTS = {"train": "training", "valid": "validation", "test": "test"}
KINDS = {"table": "a table", "images": "images", "text": "texts", "series": "a time series", "corpus": "a text corpus"}
UNITS = {"table": "rows", "images": "images", "text": "texts", "series": "windows", "corpus": "tokens"}
COUNTED = {"table": "Rows", "images": "Images", "text": "Texts", "series": "Rows", "corpus": "Tokens"}
MADE_BY = {
    "evaluation.json": "the end of training",
    "predictions.parquet": "the end of training",
    "baselines.json": "the end of training",
    "findings.json": "the doctor, during training",
    "metrics.jsonl": "training",
    "data.json": "the start of training",
    "recipe.yaml": "the start of training",
    "environment.json": "the start of training",
}
LONGEST_LIST = 24


def direction_of(run: RunFiles, primary: str) -> str:
    """Return ``max`` or ``min`` for the figure that decides."""
    return str(run.baselines.get("direction") or ("max" if primary in RISING else "min"))


def answer(run: RunFiles) -> str:
    """Return the run's answer in one sentence."""
    sentence = run.baselines.get("sentence")
    if sentence and run.baselines.get("baselines"):
        return str(sentence)
    figure = key_figure(run)
    if figure:
        return f"{figure['name'][0].upper()}{figure['name'][1:]} {figure['value']} on {figure['on']}."
    if run.lines:
        return "The network was trained, but has not been evaluated."
    return "This run has not been trained to an end."


def key_figure(run: RunFiles) -> dict[str, Any] | None:
    """Return the figure that decides, with its interval, as text."""
    primary = run.evaluation.get("primary")
    figure = (run.evaluation.get("metrics") or {}).get(primary)
    if not isinstance(figure, dict) or figure.get("value") is None:
        return None
    part = PARTS.get(run.evaluation.get("part", ""), run.evaluation.get("part", ""))
    kind = str(run.data.get("kind", ""))
    return {
        "name": METRICS.get(str(primary), str(primary)),
        "value": number(figure["value"]),
        "low": number(figure.get("low")) if figure.get("low") is not None else None,
        "high": number(figure.get("high")) if figure.get("high") is not None else None,
        "on": f"{count(run.evaluation.get('count'))} {part} {UNITS.get(kind, 'examples')}".replace("  ", " "),
        "better": "higher is better" if direction_of(run, str(primary)) == "max" else "lower is better",
    }


def subtitle(run: RunFiles) -> str:
    """Return model, task and data in a few words."""
    model = (run.recipe.get("model") or {}).get("name") if isinstance(run.recipe.get("model"), dict) else None
    task = str(run.data.get("task") or run.evaluation.get("task") or run.recipe.get("task") or "")
    words = [str(model)] if model else []
    targets = [str(target) for target in run.data.get("targets", ())]
    if task:
        words.append(task.replace("-", " ") + (f" of {', '.join(targets[:3])}" if targets else ""))
    if run.data.get("sources"):
        words.append(", ".join(_sources(run)[:3]))
    return " · ".join(words)


def comparison_rows(run: RunFiles) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the figures, and one row for the network and each baseline on the part that decides."""
    compared = run.baselines
    part = str(compared.get("part") or run.evaluation.get("part") or "test")
    primary = str(compared.get("primary") or run.evaluation.get("primary") or "")
    figures = dict((compared.get("network") or {}).get(part) or {})
    measured = run.evaluation.get("metrics") or {}
    if run.evaluation.get("part", part) == part:
        figures |= {name: figure.get("value") for name, figure in measured.items() if isinstance(figure, dict)}
    rows: list[dict[str, Any]] = []
    if figures:
        interval = measured.get(primary) or {}
        rows.append(
            {
                "label": "The network",
                "kind": "network",
                "figures": figures,
                "low": interval.get("low"),
                "high": interval.get("high"),
                "seconds": duration((compared.get("network") or {}).get("seconds")),
                "wins": compared.get("winner") == "network",
            }
        )
    rows += [
        {
            "label": str(baseline.get("label") or baseline.get("name")),
            "kind": "baseline",
            "figures": baseline.get(part) or {},
            "low": None,
            "high": None,
            "seconds": duration(baseline.get("seconds")),
            "wins": compared.get("winner") == baseline.get("name"),
        }
        for baseline in compared.get("baselines") or ()
    ]
    names = list(dict.fromkeys([primary, *(name for row in rows for name in row["figures"])]))
    names = [name for name in names if any(row["figures"].get(name) is not None for row in rows)]
    sign = -1 if direction_of(run, primary) == "max" else 1
    rows.sort(
        key=lambda row: sign * row["figures"][primary] if row["figures"].get(primary) is not None else float("inf")
    )
    return names, rows


def data_facts(run: RunFiles) -> list[tuple[str, str]]:
    """Return name and value of everything worth knowing about the data."""
    data, facts = run.data, []
    if not data:
        return []
    facts.append(("Read", f"{KINDS.get(data.get('kind', ''), data.get('kind', ''))} from {_listed(_sources(run))}"))
    facts.append((COUNTED.get(data.get("kind", ""), "Examples"), count(data.get("rows"))))
    if run.split:
        facts.append(("Split", " · ".join(f"{PARTS[part]} {count(size)}" for part, size in run.split.items())))
    if data.get("targets"):
        facts.append(("Target", _listed(data["targets"])))
    if data.get("classes"):
        positive = f"; positive: {data['positive']}" if data.get("positive") else ""
        facts.append(("Classes", f"{len(data['classes'])}: {_listed(data['classes'])}{positive}"))
    if data.get("numbers"):
        facts.append(("Numbers", f"{len(data['numbers'])}: {_listed(data['numbers'])}"))
    if data.get("codes"):
        named = [f"{column['name']} ({len(column['categories'])})" for column in data["codes"]]
        facts.append(("Categories", f"{len(named)}: {_listed(named)}"))
    ignored = [c for c in data.get("columns") or () if c.get("role") == "ignored"]
    if ignored:
        said = [f"{c['name']} ({c['why']})" if c.get("why") else str(c["name"]) for c in ignored]
        facts.append(("Not used", _listed(said)))
    image, tokens, series = data.get("image"), data.get("tokens"), data.get("series")
    if image:
        facts.append(("Size", f"{image['width']} × {image['height']} pixels, {image['channels']} channel(s)"))
    if tokens:
        levels = {"char": "characters", "word": "words", "bpe": "byte pairs"}
        said_tokens = f"{count(len(tokens.get('vocabulary') or ()))} {levels.get(tokens.get('level'), 'tokens')} known"
        if tokens.get("context"):
            said_tokens += f", windows of {count(tokens['context'])}"
        elif tokens.get("max_tokens"):
            said_tokens += f", texts cut after {count(tokens['max_tokens'])}"
        facts.append(("Vocabulary", said_tokens))
    if series:
        step = f" of {series['step']}" if series.get("step") else ""
        facts.append(("Windows", f"{count(series['past'])} rows{step} back, {count(series['horizon'])} ahead"))
        if series.get("season"):
            facts.append(("Season", f"{count(series['season'])} rows"))
    facts.append(("Content", f"sha256 {str(data.get('sha256', ''))[:16]}…"))
    return facts


def environment_facts(run: RunFiles) -> list[tuple[str, str]]:
    """Return name and value of the versions, the machine and the choices made for it."""
    facts = []
    for key, value in run.environment.items():
        if isinstance(value, dict):
            facts += [(_words(str(name)), _value(item)) for name, item in value.items()]
        else:
            facts.append((_words(key), _value(value)))
    return facts


def worst_table(run: RunFiles) -> tuple[list[str], list[list[str]]]:
    """Return headings and cells of the rows with the highest loss."""
    worst = [row for row in run.evaluation.get("worst") or () if isinstance(row, dict)]
    names = list(dict.fromkeys(key for row in worst for key in row))
    if len({row.get("file") for row in worst}) <= 1 and "file" in names:
        names.remove("file")
    if {"row", "origin"} <= set(names):
        names.remove("origin")
    headings = {"probability": "sure", "prediction": "predicted", "target": "true", "loss": "loss"}
    cells = [[_cell(name, row.get(name)) for name in names] for row in worst]
    return [headings.get(name, name) for name in names], cells


def missing_notes(run: RunFiles) -> list[str]:
    """Return a sentence for each file that is not there or cannot be read."""
    notes = [f"{name} is missing: it is written by {MADE_BY.get(name, 'training')}." for name in run.missing]
    return notes + [f"{name} is damaged and was left out." for name in run.damaged]


def commands(run: RunFiles) -> list[tuple[str, str]]:
    """Return what one can do with this run: in words, and as a command."""
    folder = run.folder.resolve()
    where = shlex.quote(f"{folder.parent.name}/{folder.name}" if folder.parent.name == "runs" else folder.name)
    new = {"images": "NEW_IMAGES/", "text": "NEW_TEXTS.csv", "table": "NEW.csv", "series": "NEW.csv"}
    kind = str(run.data.get("kind", "table"))
    listed = []
    if not run.evaluation:
        listed.append(("Go on with the training", f"glasswork train --resume {where}"))
    if kind == "corpus":
        listed.append(("Continue a text", f'glasswork predict {where} --prompt "Once upon a time"'))
    else:
        listed.append(("Predict new data", f"glasswork predict {where} {new.get(kind, 'NEW.csv')} -o predictions.csv"))
    other = "OTHER.txt" if kind == "corpus" else new.get(kind, "NEW.csv").replace("NEW", "OTHER")
    listed.append(("Judge it on other data", f"glasswork evaluate {where} {other}"))
    folder_text = f"{folder.parent.name}/{folder.name}" if folder.parent.name == "runs" else folder.name
    listed.append(("From Python", f"import glasswork as gw; run = gw.open_run({folder_text!r})"))
    listed.append(("Train again from the same recipe", f"glasswork train -c {where}/recipe.yaml"))
    return listed


def _sources(run: RunFiles) -> list[str]:
    """File names alone: where they lay on somebody's machine is nobody else's business."""
    return [str(source).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] for source in run.data.get("sources") or ()]


def _listed(values: Any) -> str:
    texts = [str(value) for value in values]
    more = f" and {len(texts) - LONGEST_LIST:,} more" if len(texts) > LONGEST_LIST else ""
    return ", ".join(texts[:LONGEST_LIST]) + more


def _words(name: str) -> str:
    return name.replace("_", " ").replace(" gb", " (GB)")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return _listed(value)
    return "–" if value is None else str(value)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "probability":
        return percent(value)
    if name in ("row", "origin", "window", "step"):
        return count(value)
    return number(value) if isinstance(value, float | int) else str(value)
