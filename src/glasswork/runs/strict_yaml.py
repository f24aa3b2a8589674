"""YAML as people mean it: no aliases, no duplicate keys, ``1e-3`` is a number, ``no`` is a word.

PyYAML's safe loader builds plain values only. On top of that, aliases are refused, since a few lines of them unfold to
gigabytes, and so is a key that is given twice, since only one of them would count.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from glasswork.errors import RecipeError

__all__ = ["key_lines", "read_yaml"]

_LARGEST = 1_000_000
_DEEPEST = 50


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise yaml.YAMLError(f"nested deeper than {_DEEPEST} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.YAMLError(f"keys are words, got {key!r} in line {key_node.start_mark.line + 1}")
            if key in seen:
                raise yaml.YAMLError(f"key {key!r} is given twice, again in line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in resolvers if pair[0] not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.inf|\.Inf|\.nan|\.NaN)$"),
    list("-+0123456789."),
)


def read_yaml(text: str, *, source: str, mapping: bool = True) -> Any:
    r"""Return the plain value of a YAML text, a mapping unless told otherwise.

    >>> read_yaml("optimizer: {name: adam, lr: 1e-3}", source="recipe.yaml")
    {'optimizer': {'name': 'adam', 'lr': 0.001}}
    >>> read_yaml("a: &x [1]\nb: *x", source="recipe.yaml")
    Traceback (most recent call last):
    glasswork.errors.RecipeError: recipe.yaml: aliases (*name) are not allowed.
    """
    if len(text) > _LARGEST:
        raise RecipeError(f"{source}: {len(text):,} characters; a recipe has at most {_LARGEST:,}.")
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer features
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RecipeError(f"{source}{line}: not YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split()) or "nested too deeply"
        raise RecipeError(f"{source}: {said.rstrip('.')}.") from None
    if not mapping:
        return value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RecipeError(f"{source}: expected `section:` with keys below it, got {type(value).__name__}.")
    return value


def key_lines(text: str) -> dict[str, int]:
    r"""Return the line, from 1, on which each dotted key of a valid YAML text stands.

    >>> key_lines("seed: 1\nmodel:\n  name: mlp")
    {'seed': 1, 'model': 2, 'model.name': 3}
    """
    lines: dict[str, int] = {}

    def walk(node: yaml.Node | None, path: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = f"{path}.{key.value}" if path else str(key.value)
                lines[inner] = key.start_mark.line + 1
                walk(value, inner)

    walk(yaml.compose(text, Loader=_Loader), "")
    return lines
