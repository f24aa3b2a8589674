"""Worked examples: the course's numerical examples, with recomputed values and a remark where its number is wrong."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError

__all__ = ["worked", "worked_examples"]


@cache
def _examples() -> dict[str, dict[str, Any]]:
    path = Path(__file__).resolve().with_name("worked.json")
    return {example["id"]: example for example in json.loads(path.read_text(encoding="utf-8"))["examples"]}


def worked_examples() -> list[str]:
    """Return the ids of all examples, in the course's order.

    >>> len(worked_examples())
    57
    """
    return list(_examples())


def worked(id: str) -> dict[str, Any]:
    """Return one example as a dictionary.

    It has ``description``, ``inputs``, ``steps``, ``expected`` (the right values), ``tolerance`` and, where there is
    something to say, ``comment``, ``note_value`` and ``note_remark``: the printed numbers that are wrong, and why.
    Convolution is cross-correlation unless stated; weight matrices are inputs x outputs.

    >>> worked("WE-22")["description"]
    'Stride effect on the size'

    Raises:
        UnknownNameError: no such example; the nearest one is offered.
    """
    if id not in _examples():
        raise UnknownNameError(unknown_name("worked example", id, worked_examples()))
    return copy.deepcopy(_examples()[id])
