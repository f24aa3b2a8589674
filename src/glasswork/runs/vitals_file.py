"""Vitals file: what the doctor saw of a training, as plain numbers on disk, so that a resumed run goes on with it.

``vitals.json.gz`` holds the fields that are not as they are by default; NaN and infinity are written as text.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import math
import types
import typing
from collections.abc import Hashable
from functools import cache
from typing import Any, cast

from glasswork.doctor.vitals import Vitals

__all__ = ["VITALS", "vitals_from_bytes", "vitals_to_bytes"]

VITALS = "vitals.json.gz"
_STRANGE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_QUICK = 1  # compression: the file is written while a training waits


def vitals_to_bytes(vitals: Vitals) -> bytes:
    """Return vitals as the content of the file.

    >>> from glasswork.doctor.vitals import StepVitals
    >>> vitals = Vitals(steps=[StepVitals(1, loss=0.5, learning_rates=(0.1,)), StepVitals(2, loss=math.inf)])
    >>> again = vitals_from_bytes(vitals_to_bytes(vitals))
    >>> again.steps[0] == vitals.steps[0], again.steps[1].loss
    (True, inf)
    """
    text = json.dumps(_plain(vitals), separators=(",", ":"), allow_nan=False)
    return gzip.compress(text.encode("utf-8"), _QUICK, mtime=0)


def vitals_from_bytes(content: bytes) -> Vitals:
    """Return the vitals of a file.

    Raises:
        ValueError: it is damaged, or was written by another version.
    """
    try:
        made = _made(Vitals, json.loads(gzip.decompress(content)))
    except (OSError, EOFError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"damaged vitals: {error}") from None
    if not isinstance(made, Vitals):
        raise ValueError(f"damaged vitals: a JSON object was expected, got {type(made).__name__}")
    return made


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {
            name: _plain(held)
            for name, default in _defaults(cast(Any, type(value))).items()
            if (held := getattr(value, name)) is not None and held != default and held not in ({}, [])
        }
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


@cache
def _defaults(kind: Hashable) -> dict[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(cast(Any, kind))}


@cache
def _types(kind: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _made(kind: Any, value: Any) -> Any:
    """Return a value of a type as it is annotated, from what JSON has of it."""
    if value is None or kind is Any:
        return value
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _made(next(one for one in inside if one is not type(None)), value)
    if dataclasses.is_dataclass(kind):
        known = _types(cast(Any, kind))
        return kind(**{name: _made(known[name], held) for name, held in value.items() if name in known})  # type: ignore[operator]
    if origin is list:
        return [_made(inside[0], one) for one in value]
    if origin is tuple:
        each = inside[:1] * len(value) if inside[-1] is ... else inside
        return tuple(_made(one_kind, one) for one_kind, one in zip(each, value, strict=True))
    if origin is dict:
        return {(int(key) if inside[0] is int else key): _made(inside[1], one) for key, one in value.items()}
    return _STRANGE.get(value, value) if kind is float and isinstance(value, str) else value
