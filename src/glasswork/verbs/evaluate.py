"""evaluate: a trained network judged on a part of its own data or on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glasswork.data import encode, prepare
from glasswork.errors import DataError, UsageError
from glasswork.runs.folder import RunFolder
from glasswork.verbs.console import Console

__all__ = ["evaluate"]

_PARTS = ("test", "valid", "train")


def evaluate(
    path: str | Path, data: Any = None, *, part: str = "test", console: Console | None = None
) -> dict[str, Any]:
    """Return figures with 95 % intervals and the task's tables, as ``evaluation.json`` holds them; nothing is written.

    Args:
        path: the run.
        data: other data with targets; None: one part of the run's own.
        part: ``test``, ``valid`` or ``train``, without `data`.
        console: where the figures are said.
    """
    from glasswork.runs.judge import judge_examples
    from glasswork.runs.load import load_network

    folder = RunFolder.open(path)
    network, task, recipe, contract = load_network(folder)
    if data is None:
        if part not in _PARTS:
            raise UsageError(f"part must be one of {', '.join(_PARTS)}, got {part!r}.")
        prepared = prepare(recipe.data, task=recipe.task, seed=recipe.seed)
        if prepared.contract.sha256 != contract.sha256:
            raise DataError(f"the data of {folder} has changed since the run; name the data to evaluate on.")
        examples, index, named = prepared.examples, prepared.parts[part], part
    else:
        examples = encode(contract, data, need_target=True, options=recipe.data if contract.kind == "table" else None)
        index, named = _everything(examples), "given"
    result = judge_examples(folder, network, task, recipe, examples, index, part=named)
    if console is not None:
        for name, figure in result["metrics"].items():
            if figure["value"] is None:  # not to be had on these examples, such as AUC where one class is missing
                continue
            between = (
                f"   95 % interval {figure['low']:.4g} to {figure['high']:.4g}" if figure["low"] is not None else ""
            )
            console.result(f"{name} {figure['value']:.4g}{between}")
    return result


def _everything(examples: Any) -> Any:
    import numpy as np

    facts = examples.contract
    if facts.kind == "series":
        return np.arange(facts.series.past, len(examples) - facts.series.horizon + 1)
    if facts.kind == "corpus":
        context = facts.tokens.context
        return np.arange(0, len(examples) - context, context)
    return np.arange(len(examples))
