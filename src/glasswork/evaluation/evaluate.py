"""Evaluate: everything that is known of decoded predictions on one part of the data, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
import polars as pl

from glasswork.checks import check_same_shape
from glasswork.data.contract import Contract
from glasswork.data.dataset import Prepared
from glasswork.errors import DataError
from glasswork.evaluation.bootstrap import bootstrap_intervals
from glasswork.evaluation.calibration import calibrate
from glasswork.evaluation.confusion import class_table, confusion_matrix, most_confused
from glasswork.evaluation.forecasts import errors_by_step, example_windows
from glasswork.evaluation.residuals import summarise_residuals
from glasswork.evaluation.worst import worst_rows
from glasswork.metrics.futures import future_windows, training_scale
from glasswork.metrics.scores import ClassificationScores, ForecastScores, LanguageScores, RegressionScores
from glasswork.metrics.threshold import Threshold

__all__ = ["evaluate_part", "evaluate_predictions"]

PRIMARY = {
    "classification": "accuracy",
    "regression": "rmse",
    "forecasting": "mse",
    "language-modelling": "nats_per_token",
}
MOST_CLASSES_SHOWN = 60  # a larger confusion matrix is kept as its most confused pairs only


def evaluate_predictions(
    task: Any,
    contract: Contract,
    decoded: Mapping[str, np.ndarray],
    targets: np.ndarray | None,
    *,
    rows: pl.DataFrame | None = None,
    texts: Sequence[str] | None = None,
    threshold: Threshold | float | None = None,
    scale: np.ndarray | None = None,
    series: np.ndarray | None = None,
    origins: np.ndarray | None = None,
    samples: Sequence[Mapping[str, str]] = (),
    part: str = "test",
    seed: int = 0,
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Return the content of ``evaluation.json``: figures with 95 % intervals, and the task's own tables.

    Args:
        task: a task of the run; its ``name`` and ``primary`` are read (a task's name as text does as well).
        contract: names of classes and targets.
        decoded: ``probabilities`` (N, K) and perhaps ``labels`` (N,); or ``values`` (N, T), forecasts (N, H, T); or
            ``nats`` (W, T), the negative log-likelihood of every token of a language model.
        targets: (N,) class indices, (N, T) values, (N, H, T) futures; None for a language model.
        rows: ``file`` and ``row`` of each example, in the same order.
        texts: readable form of each example, in the same order.
        threshold: tuned probability from which on a row is called positive (two classes); figures use it, and those
            at 0.5 are reported beside them.
        scale: forecasts: (T,) training deviations; default: those of `targets`.
        series: forecasts: the whole series, for the past that pictures show.
        origins: forecasts: first future row of each window.
        samples: language models: ``{"prompt": ..., "text": ...}``.
        part: which part these rows are.
        seed: of the bootstrap.
        bootstrap: resamples behind the intervals at most; 0 leaves the intervals out.
    """
    name = task if isinstance(task, str) else str(task.name)
    primary = PRIMARY[name] if isinstance(task, str) else str(task.primary)
    draws = {"seed": seed, "replicates": bootstrap}
    common = {"task": name, "part": part, "primary": primary}
    if name == "classification":
        body = _classification(contract, decoded, _given(targets), rows, texts, threshold, draws)
    elif name == "regression":
        body = _regression(contract, decoded, _given(targets), rows, texts, draws)
    elif name == "forecasting":
        body = _forecasting(contract, decoded, _given(targets), rows, scale, series, origins, draws)
    elif name == "language-modelling":
        body = _language(decoded, rows, texts, samples, draws)
    else:
        raise DataError(
            f"evaluate_predictions: no evaluation is known for the task {name!r}. Known: {', '.join(PRIMARY)}."
        )
    empty: dict[str, Any] = {"threshold": None, "classes": [], "confusion": None, "per_class": [], "calibration": None}
    empty |= {"residuals": None, "forecasts": [], "samples": []}
    return _plain(common | empty | body)


def evaluate_part(
    task: Any,
    prepared: Prepared,
    decoded: Mapping[str, np.ndarray],
    *,
    part: str = "test",
    threshold: Threshold | float | None = None,
    samples: Sequence[Mapping[str, str]] = (),
    seed: int = 0,
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Return `evaluate_predictions` of one part of prepared data; `decoded` follows ``prepared.parts[part]``."""
    examples, index = prepared.examples, prepared.parts[part]
    rows, texts = examples.rows, None
    if prepared.contract.kind == "series":
        series = np.asarray(examples.inputs["series"])
        return evaluate_predictions(
            task,
            prepared.contract,
            decoded,
            future_windows(prepared, index),
            rows=rows[index] if rows.height == len(series) else None,
            scale=training_scale(prepared)[1],
            series=series,
            origins=index,
            part=part,
            seed=seed,
            bootstrap=bootstrap,
        )
    if prepared.contract.kind == "corpus":
        return evaluate_predictions(
            task, prepared.contract, decoded, None, samples=samples, part=part, seed=seed, bootstrap=bootstrap
        )
    if examples.texts is not None:
        texts = [examples.texts[i] for i in index]
    return evaluate_predictions(
        task,
        prepared.contract,
        decoded,
        None if examples.targets is None else examples.targets[index],
        rows=rows[index] if rows.height == len(examples) else None,
        texts=texts,
        threshold=threshold,
        part=part,
        seed=seed,
        bootstrap=bootstrap,
    )


def _classification(
    contract: Contract,
    decoded: Mapping[str, np.ndarray],
    targets: np.ndarray,
    rows: pl.DataFrame | None,
    texts: Sequence[str] | None,
    threshold: Threshold | float | None,
    draws: dict[str, int],
) -> dict[str, Any]:
    probabilities = np.asarray(decoded["probabilities"], dtype=np.float64)
    targets = np.asarray(targets, dtype=np.int64)
    classes = list(contract.classes)
    positive = None
    if len(classes) == 2:
        positive = classes.index(contract.positive) if contract.positive in classes else 1
    labels = np.asarray(decoded["labels"]) if "labels" in decoded else probabilities.argmax(axis=1)
    chosen = None
    if positive is not None and threshold is not None:
        value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
        labels = np.where(probabilities[:, positive] >= value, positive, 1 - positive)
        halves = np.where(probabilities[:, positive] >= 0.5, positive, 1 - positive)
        chosen = {
            "value": value,
            "maximises": threshold.maximises if isinstance(threshold, Threshold) else None,
            "tuned_on": "valid" if isinstance(threshold, Threshold) else None,
            "positive": classes[positive],
            "at_half": _decisions(targets, halves, positive),
            "at_tuned": _decisions(targets, labels, positive),
        }
    scores = ClassificationScores(probabilities, targets, labels, positive=positive)
    confusion = confusion_matrix(targets, labels, len(classes))

    def describe(i: int) -> dict[str, Any]:
        return {
            "target": classes[targets[i]],
            "prediction": classes[labels[i]],
            "probability": float(probabilities[i, labels[i]]),
        }

    worst = worst_rows(scores.losses, describe, rows=rows, texts=texts)
    usual = float(scores.losses.mean())
    return {
        "count": len(targets),
        "metrics": _with_intervals(scores, draws, cost=1 + 2 * len(scores.rankings)),
        "threshold": chosen,
        "classes": classes,
        "positive": None if positive is None else classes[positive],
        "confusion": confusion.tolist() if len(classes) <= MOST_CLASSES_SHOWN else None,
        "confused": most_confused(confusion, classes),
        "per_class": class_table(confusion, classes),
        "calibration": calibrate(probabilities, targets, positive=positive),
        "worst": [row for row in worst if row["target"] != row["prediction"] or row["loss"] > 2 * usual],
    }


def _decisions(targets: np.ndarray, labels: np.ndarray, positive: int) -> dict[str, float | None]:
    table = class_table(confusion_matrix(targets, labels, 2), ["0", "1"])[positive]
    figures = {"accuracy": float((targets == labels).mean())}
    return figures | {key: table[key] for key in ("f1", "precision", "recall")}


def _regression(
    contract: Contract,
    decoded: Mapping[str, np.ndarray],
    targets: np.ndarray,
    rows: pl.DataFrame | None,
    texts: Sequence[str] | None,
    draws: dict[str, int],
) -> dict[str, Any]:
    values = np.asarray(decoded["values"], np.float64).reshape(len(targets), -1)
    targets = np.asarray(targets, np.float64).reshape(len(targets), -1)
    check_same_shape("evaluate_predictions", values=values, targets=targets)
    names = list(contract.targets) or [f"target {t + 1}" for t in range(targets.shape[1])]
    scores = RegressionScores(values, targets)
    spread = targets.std(axis=0)
    losses = ((values - targets) / np.where(spread > 0, spread, 1.0)) ** 2

    def describe(i: int) -> dict[str, Any]:
        t = int(losses[i].argmax())
        shown = {"target": float(targets[i, t]), "prediction": float(values[i, t])}
        shown["error"] = shown["target"] - shown["prediction"]
        return shown if len(names) == 1 else {"of": names[t]} | shown

    return {
        "count": len(targets),
        "targets": names,
        "metrics": _with_intervals(scores, draws, cost=1 + len(names)),
        "residuals": summarise_residuals(values, targets, names),
        "worst": worst_rows(losses.mean(axis=1), describe, rows=rows, texts=texts),
    }


def _forecasting(
    contract: Contract,
    decoded: Mapping[str, np.ndarray],
    targets: np.ndarray,
    rows: pl.DataFrame | None,
    scale: np.ndarray | None,
    series: np.ndarray | None,
    origins: np.ndarray | None,
    draws: dict[str, int],
) -> dict[str, Any]:
    values, targets = np.asarray(decoded["values"], np.float64), np.asarray(targets, np.float64)
    check_same_shape("evaluate_predictions", values=values, targets=targets)
    names = list(contract.targets)
    if scale is None:
        deviation = targets.std(axis=(0, 1))
        scale = np.where(deviation > 0, deviation, 1.0)
    scores = ForecastScores(values, targets, scale=scale)
    step = 1 if origins is None or len(origins) < 2 else max(1, int(np.median(np.diff(origins))))
    block = max(1, -(-targets.shape[1] // step))  # neighbouring windows share rows: drawn together
    losses = (((values - targets) / scale) ** 2).mean(axis=(1, 2))
    past = contract.series.past if contract.series else None

    def describe(i: int) -> dict[str, Any]:
        return {"origin": int(origins[i]) if origins is not None else i}

    return {
        "count": len(targets),
        "targets": names,
        "metrics": _with_intervals(scores, draws, block=block, cost=1 + len(names)),
        "horizons": errors_by_step(values, targets, scale=scale),
        "forecasts": example_windows(values, targets, names, scale=scale, series=series, origins=origins, past=past),
        "worst": worst_rows(losses, describe, rows=rows),
    }


def _language(
    decoded: Mapping[str, np.ndarray],
    rows: pl.DataFrame | None,
    texts: Sequence[str] | None,
    samples: Sequence[Mapping[str, str]],
    draws: dict[str, int],
) -> dict[str, Any]:
    nats = np.asarray(decoded["nats"], dtype=np.float64)
    scores = LanguageScores(nats)
    body: dict[str, Any] = {
        "count": int(nats.size),
        "metrics": _with_intervals(scores, draws, cost=1),
        "samples": [dict(sample) for sample in samples],
        "worst": worst_rows(scores.means, lambda i: {"window": i}, rows=rows, texts=texts) if texts else [],
    }
    if nats.ndim == 2:
        body["positions"] = [float(f"{value:.5g}") for value in nats.mean(axis=0)]
    return body


def _with_intervals(scores: Any, draws: dict[str, int], *, cost: int, block: int = 1) -> dict[str, dict[str, float]]:
    figures = {name: {"value": value} for name, value in scores().items()}
    if draws["replicates"]:
        for name, (low, high) in bootstrap_intervals(scores, scores.count, cost=cost, block=block, **draws).items():
            figures[name] |= {"low": low, "high": high}
    return figures


def _given(targets: np.ndarray | None) -> np.ndarray:
    if targets is None:
        raise DataError("evaluate_predictions: expected targets to compare with, got None. Name the target column.")
    if not len(targets):
        raise DataError("evaluate_predictions: expected at least one row, got an empty part.")
    return np.asarray(targets)


def _plain(value: Any) -> Any:
    """Return plain JSON values; numbers that are not finite become None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
