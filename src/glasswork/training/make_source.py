"""make_source: the source that fits a kind of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from glasswork.errors import DataError
from glasswork.training.corpus_source import CorpusSource
from glasswork.training.image_file_source import ImageFileSource
from glasswork.training.ragged_source import RaggedSource
from glasswork.training.tensor_source import TensorSource
from glasswork.training.window_source import WindowSource

if TYPE_CHECKING:
    from glasswork.data.dataset import Examples
    from glasswork.training.source import Augment, Source

__all__ = ["make_source"]


def make_source(
    examples: Examples,
    *,
    augment: Augment | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    group_by_length: bool = False,
    train: np.ndarray | None = None,
    workers: int | None = None,
) -> Source:
    """Return the source for encoded examples, by the kind that their contract names.

    Args:
        examples: what the data room encoded.
        augment: varies training batches (images and tables).
        seed: of augmentation and of the jitter of corpus windows.
        device: where the data is kept, or batches are put.
        group_by_length: text: batches of similar length.
        train: corpus: the training windows, so that none is moved back out of the training part.
        workers: image files: processes that decode.
    """
    contract = examples.contract
    targets = None if examples.targets is None else _tensor(examples.targets)
    inputs = examples.inputs
    if contract.kind == "series":
        facts = contract.series
        if facts is None:
            raise DataError("the contract of a series lacks its window lengths.")
        return WindowSource(
            _tensor(inputs["series"]),
            past=facts.past,
            horizon=facts.horizon,
            targets=len(contract.targets) or None,
            device=device,
        )
    if contract.kind == "corpus":
        tokens = contract.tokens
        if tokens is None or tokens.context is None:
            raise DataError("the contract of a corpus lacks its context length.")
        first = 0 if train is None or not len(train) else int(train.min())
        return CorpusSource(_tensor(inputs["tokens"]), context=tokens.context, first=first, seed=seed, device=device)
    if contract.kind == "text":
        ragged = inputs["tokens"]
        return RaggedSource(
            _tensor(ragged.flat),  # type: ignore[union-attr]
            _tensor(ragged.offsets),  # type: ignore[union-attr]
            targets,
            group_by_length=group_by_length,
            device=device,
        )
    if contract.kind == "images":
        pixels = inputs["pixels"]
        if hasattr(pixels, "paths"):
            return ImageFileSource(
                pixels.paths,
                pixels.size,  # type: ignore[union-attr,arg-type]
                targets,
                workers=workers,
                augment=augment,
                seed=seed,
                device=device,
            )
        given = {"pixels": _tensor(pixels)}
        return TensorSource(given, targets, images=("pixels",), augment=augment, seed=seed, device=device)
    arrays = {name: _tensor(array) for name, array in inputs.items() if array.shape[1]}  # type: ignore[union-attr]
    return TensorSource(arrays, targets, augment=augment, seed=seed, device=device)


def _tensor(array: object) -> Tensor:
    if not isinstance(array, np.ndarray):
        raise DataError(f"expected an array, got {type(array).__name__}.")
    return torch.from_numpy(np.ascontiguousarray(array) if array.flags.writeable else array.copy())
