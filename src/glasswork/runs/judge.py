"""Judge: a network's answers on some examples become figures with intervals, tables and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from glasswork.data import Contract, Examples
from glasswork.evaluation import Threshold, evaluate_predictions, predictions_frame
from glasswork.layers import Network
from glasswork.runs.folder import RunFolder
from glasswork.runs.infer import infer, inference_batch
from glasswork.runs.recipe import Recipe
from glasswork.tasks import Task
from glasswork.training import make_source

__all__ = ["decide", "future", "judge", "judge_examples", "tuned_threshold"]


def judge(
    network: Network,
    task: Task,
    examples: Examples,
    index: np.ndarray,
    decoded: Mapping[str, np.ndarray],
    *,
    part: str,
    seed: int,
    threshold: Threshold | None = None,
    samples: Sequence[Mapping[str, str]] = (),
    primary: str | None = None,
    bootstrap: int = 1000,
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return the content of ``evaluation.json`` and of ``predictions.parquet``; `decoded` follows `index`."""
    kind = examples.contract.kind
    rows = examples.rows[index] if examples.rows.height == len(examples) else None
    if kind == "series":
        targets: np.ndarray | None = future(examples, index)
    else:
        targets = None if examples.targets is None else examples.targets[index]
    scale = None if network.target is None else network.target.deviation.double().cpu().numpy()
    result = evaluate_predictions(
        task,
        examples.contract,
        decoded,
        targets,
        rows=rows,
        texts=None if examples.texts is None else [examples.texts[i] for i in index],
        threshold=threshold,
        scale=scale if kind == "series" else None,
        series=np.asarray(examples.inputs["series"]) if kind == "series" else None,
        origins=index if kind == "series" else None,
        samples=samples,
        part=part,
        seed=seed,
        bootstrap=bootstrap,
    )
    result["primary"] = primary or result["primary"]
    labelled = dict(decoded)
    if threshold is not None and result.get("threshold"):
        labelled["labels"] = decide(decoded["probabilities"], examples.contract, result["threshold"])
    origins = index if kind in ("series", "corpus") else None
    return result, predictions_frame(examples.contract, labelled, targets, rows=rows, origins=origins)


def judge_examples(
    folder: RunFolder,
    network: Network,
    task: Task,
    recipe: Recipe,
    examples: Examples,
    index: np.ndarray,
    *,
    part: str,
) -> dict[str, Any]:
    """Return the figures of a run's network on any examples, with the decision threshold of the run."""
    source = make_source(examples)
    decoded = infer(network, task, source, index, batch_size=inference_batch(recipe.training.batch_size))
    earlier = folder.read_json("evaluation.json") if folder.has("evaluation.json") else {}
    return judge(
        network,
        task,
        examples,
        index,
        decoded,
        part=part,
        seed=recipe.seed,
        threshold=tuned_threshold(folder),
        primary=earlier.get("primary"),
        bootstrap=recipe.evaluation.bootstrap,
    )[0]


def tuned_threshold(folder: RunFolder) -> Threshold | None:
    """Return the threshold that the run tuned on validation examples, if it did."""
    said = folder.read_json("evaluation.json").get("threshold") if folder.has("evaluation.json") else None
    return Threshold(said["value"], said["maximises"]) if said else None


def decide(probabilities: np.ndarray, contract: Contract, threshold: Mapping[str, Any] | None) -> np.ndarray:
    """Return each example's class index: the likeliest, or of two the one that a tuned `threshold` names.

    >>> contract = Contract(kind="table", task="classification", sources=(), sha256="", rows=2, classes=("no", "yes"))
    >>> decide(np.array([[0.8, 0.2], [0.6, 0.4]]), contract, {"positive": "yes", "value": 0.3}).tolist()
    [0, 1]
    """
    if not threshold or len(contract.classes) != 2:
        return probabilities.argmax(axis=1)
    positive = contract.classes.index(threshold["positive"])
    return np.where(probabilities[:, positive] >= threshold["value"], positive, 1 - positive)


def future(examples: Examples, index: np.ndarray) -> np.ndarray:
    """Return what was to be forecast from each origin, ``(N, H, T)``."""
    facts = examples.contract.series
    series = np.asarray(examples.inputs["series"])[:, : len(examples.contract.targets)]
    horizon = facts.horizon if facts else 1
    return series[np.asarray(index)[:, None] + np.arange(horizon)]
