"""A document as JSON and back, nothing lost: every block is an object whose ``is`` names its kind.

Numbers that are not finite are objects, ``{"number": "nan"}``, as JSON has none of them.

>>> from glasswork.tracing.document import Document, Section, Text
>>> page = Document("A step", sections=[Section("Forward", blocks=[Text("One sample.")])])
>>> read_json(json(page)) == page
True
"""

from __future__ import annotations

import json as standard
import math
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from glasswork.tracing import algebra
from glasswork.tracing import document as model
from glasswork.tracing.document import Document

__all__ = ["as_values", "json", "read_json"]

_KINDS = {
    kind.__name__: kind
    for room in (algebra, model)
    for kind in vars(room).values()
    if isinstance(kind, type) and is_dataclass(kind)
}


def json(document: Document, *, indent: int | None = 1) -> str:
    """Return a document as JSON text."""
    return standard.dumps(as_values(document), indent=indent, ensure_ascii=False, allow_nan=False)


def read_json(text: str) -> Document:
    """Return the document that a JSON text was made from.

    Raises:
        ValueError: it was made from something else.
    """
    found = _object(standard.loads(text))
    if not isinstance(found, Document):
        raise ValueError("expected the JSON of a document.")
    return found


def as_values(thing: Any) -> Any:
    """Return a document, block or expression as plain dictionaries, lists, numbers and strings."""
    if is_dataclass(thing) and not isinstance(thing, type):
        values = {"is": type(thing).__name__}
        for field in fields(thing):
            values[field.name] = as_values(getattr(thing, field.name))
        return values
    if isinstance(thing, (list, tuple)):
        return [as_values(part) for part in thing]
    if isinstance(thing, dict):
        return {str(key): as_values(part) for key, part in thing.items()}
    if isinstance(thing, float) and not math.isfinite(thing):
        return {"number": str(thing)}
    return thing


def _object(values: Any) -> Any:
    if isinstance(values, list):
        return [_object(part) for part in values]
    if isinstance(values, dict) and set(values) == {"number"}:
        return float(values["number"])
    if isinstance(values, dict) and "is" in values:
        kind = _KINDS.get(values["is"])
        if kind is None:
            raise ValueError(f"no block or expression is called {values['is']!r}.")
        hints = get_type_hints(kind)
        return kind(**{key: _shaped(_object(part), hints[key]) for key, part in values.items() if key != "is"})
    return values


def _shaped(value: Any, hint: Any) -> Any:
    """Return lists as the tuples that a field holds; JSON knows lists alone."""
    inner = get_args(hint)
    if not isinstance(value, list):
        return value
    if get_origin(hint) is list:
        return [_shaped(part, inner[0]) for part in value]
    if get_origin(hint) is tuple:
        each = inner[:1] * len(value) if inner[-1:] == (Ellipsis,) else inner
        return tuple(_shaped(part, own) for part, own in zip(value, each, strict=True))
    fitting = [other for other in inner if get_origin(other) in (list, tuple)]  # a union
    return _shaped(value, fitting[0]) if fitting else value
