"""Catalogue: what parts there are, found by name; the folders are the registry, the docstrings are the pages.

A part is a file of a room that holds what it is named after: ``losses/huber.py`` holds ``Huber`` and ``huber``. Its
star is the class if there is one, else the function. One file makes a part work; one line in the room's front makes
it public, so that it is listed. Listing and describing only read the source, so they need no torch; `find` alone
imports, and only files that are there: no name in a recipe can cause any other import.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from glasswork.checks import unknown_name, unknown_setting
from glasswork.errors import RecipeError, UnknownNameError

__all__ = [
    "Entry",
    "Parameter",
    "also_called",
    "check_settings",
    "course_items",
    "describe",
    "find",
    "names",
    "resolve",
    "rooms",
    "signature",
]

_HOUSE = Path(__file__).resolve().parent
_ROOMS = (
    "models",
    "layers",
    "activations",
    "initializers",
    "losses",
    "metrics",
    "optimizers",
    "schedules",
    "regularizers",
    "augmentations",
    "learning",
    "tasks",
    "baselines",
)
_SINGULAR = {"losses": "loss", "metrics": "metric", "learning": "learner"}
_EXPORTS = re.compile(r"^__all__\s*(?::[^=\n]*)?=\s*[\[(](.*?)[\])]", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """One setting of a part.

    Args:
        name: as it is written in a call or a recipe.
        kind: ``positional``, ``keyword``, ``var-positional`` or ``var-keyword``.
        required: whether it has no default.
        default: the value where it is a plain one, else the source text; None when required.
        annotation: the type as written, or an empty string.
    """

    name: str
    kind: str
    required: bool
    default: Any = None
    annotation: str = ""


@dataclass(frozen=True)
class Entry:
    """The page of one part, read from its file.

    Args:
        room: the room's name.
        name: the file's name.
        star: the name of the class or function.
        title: the first line of the file.
        text: the docstrings of the star and of its formula twin.
        formula: the first ``.. math::`` block, in LaTeX, or an empty string.
        derivative: the block after ``Derivative:``, or an empty string.
        source: where the formula comes from, or an empty string.
        course: the items of the course that the file realises, such as ``ACT-12``.
        parameters: the star's settings.
        path: the file.
        line: where the star begins.
    """

    room: str
    name: str
    star: str
    title: str
    text: str
    formula: str
    derivative: str
    source: str
    course: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    path: Path
    line: int


def rooms() -> list[str]:
    """Return the names of the rooms that hold parts, models first.

    >>> "losses" in rooms()
    True
    """
    return [room for room in _ROOMS if (_HOUSE / room).is_dir() and names(room)]


def names(room: str) -> list[str]:
    """Return the names of a room's public parts, in alphabetical order.

    >>> "huber" in names("losses")
    True
    """
    front = _text(_HOUSE / room / "__init__.py") if room in _ROOMS else ""
    return [stem for stem in _parts(room) if f"glasswork.{room}.{stem} import" in front]


def _parts(room: str) -> list[str]:
    """Return every part of a room, public or not."""
    if room not in _ROOMS:
        raise UnknownNameError(unknown_name("room", room, _ROOMS))
    shared = singular(room)  # what a room's parts share is no part: optimizers/optimizer.py, learning/learner.py
    files = sorted((_HOUSE / room).glob("*.py"))
    return [path.stem for path in files if path.stem[0] != "_" and path.stem != shared and _star(path)]


def singular(room: str) -> str:
    """Return what one part of a room is called.

    >>> singular("losses"), singular("models")
    ('loss', 'model')
    """
    return _SINGULAR.get(room, room.removesuffix("s"))


def resolve(room: str, name: str) -> str:
    """Return the file name that `name`, or another name of the part, means; case, hyphens, underscores are forgiven.

    >>> resolve("losses", "Cross-Entropy")
    'cross_entropy'
    >>> resolve("activations", "swish")
    'silu'
    >>> resolve("losses", "hubert")
    Traceback (most recent call last):
    glasswork.errors.UnknownNameError: no loss 'hubert'; did you mean 'huber'? Known: ...
    """
    parts = _parts(room)
    for candidate in parts:
        if _plain(candidate) == _plain(name):
            return candidate
    for candidate in parts:
        if _plain(name) in map(_plain, also_called(room, candidate)):
            return candidate
    raise UnknownNameError(unknown_name(singular(room), name, names(room)))


def also_called(room: str, part: str) -> tuple[str, ...]:
    """Return a part's other names: what the line ``Also called:`` of its file's docstring lists.

    >>> also_called("activations", "silu")
    ('swish',)
    """
    module = _text(_HOUSE / room / f"{part}.py").partition('"""')[2].partition('"""')[0]
    found = re.search(r"^Also called: (.+?)\.$", module, re.MULTILINE)
    return tuple(name.strip() for name in found.group(1).split(",")) if found else ()


def find(room: str, name: str) -> Any:
    """Return the star of a part: its class, or its function where it has no class.

    >>> find("losses", "huber").__name__
    'Huber'
    """
    stem = resolve(room, name)
    return getattr(import_module(f"glasswork.{room}.{stem}"), _star(_HOUSE / room / f"{stem}.py"))


def describe(room: str, name: str) -> Entry:
    """Return the page of a part without importing it.

    >>> describe("losses", "huber").source
    'Huber 1964, "Robust Estimation of a Location Parameter".'
    """
    stem = resolve(room, name)
    path = _HOUSE / room / f"{stem}.py"
    tree = _parse(path)
    star = _star(path)
    node = _definition(tree, star)
    twins = [
        item
        for item in tree.body
        if isinstance(item, ast.FunctionDef) and item.name != star and _plain(item.name) == _plain(stem)
    ]
    exported = [found for found in (_definition(tree, name) for name in _exports(path)) if found is not None]
    module = ast.get_docstring(tree) or ""
    own = [ast.get_docstring(item) or "" for item in (*([node] if node else []), *twins)]
    others = [ast.get_docstring(item) or "" for item in exported]
    texts = [*own, *others, module]
    return Entry(
        room=room,
        name=stem,
        star=star,
        title=module.partition("\n")[0],
        text="\n\n".join(sorted(filter(None, own), key=lambda text: ".. math::" not in text)),  # the formula first
        formula=next(filter(None, map(_formula, texts)), ""),
        derivative=next(filter(None, map(_derivative, texts)), ""),
        source=next(filter(None, map(_source, texts)), ""),
        course=course_items(module),
        parameters=signature(room, stem),
        path=path,
        line=node.lineno if node else 1,
    )


def signature(room: str, name: str) -> tuple[Parameter, ...]:
    """Return the settings of a part's star, in order, without importing it.

    >>> [(p.name, p.default) for p in signature("losses", "huber")]
    [('delta', 1.0)]
    """
    path = _HOUSE / room / f"{resolve(room, name)}.py"
    return _parameters(path, _star(path))


def check_settings(room: str, name: str, settings: Iterable[str]) -> None:
    """Require every setting to be one that the part has.

    >>> check_settings("losses", "huber", ["dleta"])
    Traceback (most recent call last):
    glasswork.errors.RecipeError: huber: no setting 'dleta'; did you mean 'delta'? Known: delta.
    """
    stem = resolve(room, name)
    parameters = signature(room, stem)
    if any(parameter.kind == "var-keyword" for parameter in parameters):
        return
    known = [parameter.name for parameter in parameters if parameter.kind != "var-positional"]
    for setting in settings:
        if setting not in known:
            raise RecipeError(unknown_setting(stem, setting, known))


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).lower()


@lru_cache(maxsize=512)
def _read(path: Path, stamp: int) -> str:
    return path.read_text(encoding="utf-8")


def _text(path: Path) -> str:
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _parse(path: Path) -> ast.Module:
    return _parsed(_text(path))


def _exports(path: Path) -> list[str]:
    found = _EXPORTS.search(_text(path))
    return re.findall(r"[\"'](\w+)[\"']", found.group(1)) if found else []


def _star(path: Path) -> str:
    """Return the exported name that the file is named after, a class before a function, or an empty string."""
    same = [name for name in _exports(path) if _plain(name) == _plain(path.stem)]
    classes = [name for name in same if re.search(rf"^class {name}\b", _text(path), re.MULTILINE)]
    return (classes or same or [""])[0]


def _definition(tree: ast.Module, name: str) -> ast.ClassDef | ast.FunctionDef | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
    return None


def _parameters(path: Path, name: str) -> tuple[Parameter, ...]:
    tree = _parse(path)
    node = _definition(tree, name)
    if isinstance(node, ast.FunctionDef):
        return tuple(_arguments(node.args))
    if node is None:
        return ()
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return tuple(_arguments(item.args))[1:]
    inherited: tuple[Parameter, ...] = ()
    for base in node.bases:
        inherited = _inherited(path, tree, ast.unparse(base))
        if inherited:
            break
    marks = [ast.unparse(mark) for mark in (*node.decorator_list, *node.bases)]
    if any("dataclass" in mark or mark == "NamedTuple" for mark in marks):
        own = tuple(_fields(node))
        said = {parameter.name for parameter in own}
        return tuple(parameter for parameter in inherited if parameter.name not in said) + own
    return inherited


def _inherited(path: Path, tree: ast.Module, base: str) -> tuple[Parameter, ...]:
    """Return the settings of a base class that is one of ours, in this file or imported into it."""
    if _definition(tree, base):
        return _parameters(path, base)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("glasswork."):
            for alias in node.names:
                if (alias.asname or alias.name) == base:
                    origin = _HOUSE.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
                    return _parameters(origin, alias.name) if origin.is_file() else ()
    return ()


def _arguments(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    for argument, default in zip(positional, defaults, strict=True):
        yield _parameter(argument.arg, "positional", argument.annotation, default)
    if arguments.vararg:
        yield Parameter(arguments.vararg.arg, "var-positional", required=False)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(argument.arg, "keyword", argument.annotation, default)
    if arguments.kwarg:
        yield Parameter(arguments.kwarg.arg, "var-keyword", required=False)


def _fields(node: ast.ClassDef) -> Iterator[Parameter]:
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield _parameter(item.target.id, "positional", item.annotation, item.value)


def _parameter(name: str, kind: str, annotation: ast.expr | None, default: ast.expr | None) -> Parameter:
    value: Any = None
    if default is not None:
        try:
            value = ast.literal_eval(default)
        except ValueError:
            value = ast.unparse(default)
    return Parameter(name, kind, default is None, value, ast.unparse(annotation) if annotation else "")


def _formula(text: str) -> str:
    """Return the content of the first ``.. math::`` block: what follows on its line and the indented lines below."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        head, mark, first = line.partition(".. math::")
        if not mark:
            continue
        block = []
        for below in lines[number + 1 :]:
            if below.strip() and len(below) - len(below.lstrip()) <= len(head):
                break
            block.append(below)
        return "\n".join(part for part in (first.strip(), inspect.cleandoc("\n".join(["", *block])).strip()) if part)
    return ""


def _derivative(text: str) -> str:
    """Return the formula that follows ``Derivative:``."""
    return _formula(text.partition("Derivative:")[2])


def course_items(module: str) -> tuple[str, ...]:
    r"""Return the items of the course that the paragraph ``Course:`` of a file's docstring names.

    >>> course_items("Swish.\n\nCourse: ACT-12, HP-19.\n")
    ('ACT-12', 'HP-19')
    """
    found = re.search(r"^Course:(.*?)(?:\n\s*\n|\Z)", module, re.DOTALL | re.MULTILINE)
    return tuple(re.findall(r"[A-Z0-9]+-\d+", found.group(1))) if found else ()


def _source(text: str) -> str:
    """Return the paragraph that begins with ``Source:``, as one line; it ends at "Differs from", where that follows."""
    found = re.search(r"^ *Sources?:\s*(.+?)(?=\n *\n|\n *Differs|\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found.group(1).split()) if found else ""
