"""predict: a trained network used on new data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.data import Examples, encode
from glasswork.errors import UsageError
from glasswork.runs.folder import RunFolder

__all__ = ["predict", "write_predictions"]


def predict(
    path: str | Path,
    data: Any = None,
    *,
    prompt: str | None = None,
    length: int = 300,
    temperature: float = 0.8,
    seed: int = 0,
) -> pl.DataFrame:
    """Return predictions, one row an example, in the order of the data.

    Tables, images and text: ``file, row, prediction`` and a probability for each class. A series: one row for each step
    after its end. A language model: the ``text`` that goes on from `prompt`.

    Args:
        path: the run.
        data: a path, several paths, or a data frame; for a series the newest rows, at least as many as it looks back.
        prompt: language models: the text to go on from.
        length: language models: how many tokens to write.
        temperature: language models: above 1 wilder, towards 0 surer.
        seed: language models: of the draws.

    Raises:
        DataError: the data does not answer to the run's contract; the sentence says which column, row or file.
    """
    from glasswork.evaluation import predictions_frame
    from glasswork.runs.infer import infer, inference_batch
    from glasswork.runs.judge import decide
    from glasswork.runs.load import load_network
    from glasswork.training import make_source

    folder = RunFolder.open(path)
    network, task, recipe, contract = load_network(folder)
    if contract.kind == "corpus":
        from glasswork.runs.generate import generate

        if data is not None:
            raise UsageError("a language model goes on from --prompt; `glasswork evaluate` judges it on a text.")
        text = generate(network, contract, prompt=prompt or "", length=length, temperature=temperature, seed=seed)
        return pl.DataFrame({"text": [text]})
    if prompt is not None:
        raise UsageError(f"--prompt is for language models; this run answers a question of {contract.task}.")
    if data is None:
        raise UsageError("predict needs data: a file, a folder or a data frame.")
    if isinstance(data, Sequence) and not isinstance(data, str) and len(data) == 1:
        data = data[0]
    examples = encode(contract, data, options=recipe.data if contract.kind == "table" else None)
    index = _index(examples)
    decoded = infer(network, task, make_source(examples), index, batch_size=inference_batch(recipe.training.batch_size))
    if contract.task == "classification":
        tuned = folder.read_json("evaluation.json").get("threshold") if folder.has("evaluation.json") else None
        decoded = {**decoded, "labels": decide(decoded["probabilities"], contract, tuned)}
    rows = examples.rows if contract.kind != "series" else None
    frame = predictions_frame(contract, decoded, rows=rows, origins=index if contract.kind == "series" else None)
    return frame.drop("origin") if "origin" in frame.columns else frame


def write_predictions(frame: pl.DataFrame, path: Path, *, force: bool = False) -> None:
    """Write predictions as CSV, or as Parquet where the name says so; an existing file stays unless `force`."""
    if path.exists() and not force:
        raise UsageError(f"{path} exists; give another name, or --force to overwrite it.")
    try:
        if path.suffix == ".parquet":
            frame.write_parquet(path)
        else:
            frame.write_csv(path)
    except (OSError, pl.exceptions.ComputeError) as error:
        reason = getattr(error, "strerror", None) or str(error).removesuffix(f": {path}")
        raise UsageError(f"{path} could not be written: {reason}.") from None


def _index(examples: Examples) -> np.ndarray:
    if examples.contract.kind == "series":
        return np.array([len(examples)], dtype=np.int64)  # the forecast begins where the rows end
    return np.arange(len(examples), dtype=np.int64)
