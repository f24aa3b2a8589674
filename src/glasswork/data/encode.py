"""Encode: new data read by the contract of a trained run."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glasswork.data.contract import Contract
from glasswork.data.dataset import Examples
from glasswork.data.options import DataOptions

__all__ = ["encode"]

_MODULES = {"table": "table_examples", "images": "images", "text": "text", "series": "series", "corpus": "corpus"}


def encode(contract: Contract, data: Any, *, need_target: bool = False, options: DataOptions | None = None) -> Examples:
    """Return the examples of new data, in the arrays that the contract describes.

    Args:
        contract: of the run.
        data: a path, a list of paths, or (tables) a polars or pandas frame, a dict of columns or a 2-D array.
        need_target: whether the target must be there, as for an evaluation.
        options: reading options for this file where they differ from those of training (tables).
    """
    module = import_module(f"glasswork.data.{_MODULES[contract.kind]}")
    if contract.kind == "table":
        table: Examples = module.encode_table(contract, data, need_target, options=options)
        return table
    examples: Examples = getattr(module, f"encode_{contract.kind}")(contract, data, need_target)
    return examples
