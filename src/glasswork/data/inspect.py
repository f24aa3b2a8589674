"""Inspect: what is wrong with data, found before anything is trained and before torch is loaded."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from glasswork.data.dataset import Inspection
from glasswork.data.kinds import recognise_kind
from glasswork.data.options import DataOptions

__all__ = ["inspect"]

_MODULES = {"table": "inspect_table", "images": "images", "text": "text", "series": "series", "corpus": "corpus"}


def inspect(options: DataOptions, *, task: str | None = None) -> Inspection:
    """Look at data without training: facts to print, findings with their fault codes, and what was recognised.

    >>> inspection = inspect(DataOptions())
    >>> inspection.facts[0]
    '569 rows, 31 columns: 30 numbers and the target'
    """
    kind, note = recognise_kind(options, task)
    module = import_module(f"glasswork.data.{_MODULES[kind]}")
    inspection: Inspection = getattr(module, f"inspect_{kind}")(options, task)
    if note is None:
        return inspection
    return replace(inspection, notes=(note, *inspection.notes))
