"""Prepare: from files to examples in three parts, ready to train on.

Read, recognise the question, split, settle the contract from training rows, encode. Every guess is one line of notes.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from glasswork.data.dataset import Prepared
from glasswork.data.kinds import recognise_kind
from glasswork.data.options import DataOptions

__all__ = ["prepare"]

_MODULES = {"table": "table_examples", "images": "images", "text": "text", "series": "series", "corpus": "corpus"}


def prepare(options: DataOptions, *, task: str | None = None, seed: int = 0) -> Prepared:
    """Read the data that `options` names, split it by `seed` and encode it.

    Args:
        options: where the data lies and how to read it; without paths, a small bundled table is used.
        task: classification, regression, forecasting or language-modelling; None: recognised.
        seed: of the split.

    >>> prepared = prepare(DataOptions())
    >>> prepared.contract.kind, prepared.contract.task, prepared.contract.classes
    ('table', 'classification', ('benign', 'malignant'))
    >>> sum(len(part) for part in prepared.parts.values())
    569
    """
    kind, note = recognise_kind(options, task)
    module = import_module(f"glasswork.data.{_MODULES[kind]}")
    prepared: Prepared = getattr(module, f"prepare_{kind}")(options, task, seed)
    if note is None:
        return prepared
    return replace(prepared, notes=(note, *prepared.notes))
