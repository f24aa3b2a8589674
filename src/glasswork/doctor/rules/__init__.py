"""The rules: one illness a file; the folder is the list, and a file's docstring is the page that explains it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from glasswork.checks import nearest
from glasswork.doctor.vitals import Vitals
from glasswork.errors import UnknownNameError
from glasswork.records import Finding

__all__ = ["Rule", "codes", "near", "page", "rules"]

Rule = Callable[[Vitals], Iterator[Finding]]

_HOME = Path(__file__).parent


@cache
def codes() -> tuple[str, ...]:
    """Return every fault's code, in the order of the alphabet.

    >>> codes()[:3]
    ('batch-mixing', 'batch-size-noise', 'cannot-overfit-one-batch')
    """
    return tuple(sorted(path.stem.replace("_", "-") for path in _HOME.glob("*.py") if path.stem[0] != "_"))


def near(word: str, most: int = 3) -> list[str]:
    """Return the codes that a word was likely meant to be: those that have it within them, else the most alike.

    >>> near("dying-rleu"), near("relu"), near("learning-rate")
    (['dying-relu'], ['dying-relu'], ['learning-rate-too-high', 'learning-rate-too-low'])
    """
    within = [code for code in codes() if len(word) > 2 and word in code]
    close = nearest(word, codes())
    return within[:most] or ([close] if close else [])


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its fault's code; a rule maps the vitals so far to its findings.

    >>> rules()["dying-relu"].__name__
    'dying_relu'
    """
    found: dict[str, Rule] = {}
    for code in codes():
        name = code.replace("-", "_")
        found[code] = getattr(import_module(f"{__name__}.{name}"), name)
    return found


def page(code: str) -> str:
    """Return the page that explains a fault, read from its file without importing it.

    >>> print(page("missing-zero-grad").splitlines()[0])
    Gradients that are never set back to zero.
    >>> page("dying-rleu")
    Traceback (most recent call last):
    glasswork.errors.UnknownNameError: no fault 'dying-rleu'; did you mean 'dying-relu'? All: ...
    """
    wanted = code.strip().lower().replace("_", "-")
    if wanted not in codes():
        meant = " or ".join(map(repr, near(wanted)))
        hint = f"; did you mean {meant}?" if meant else "."
        raise UnknownNameError(f"no fault {code!r}{hint} All: glasswork doctor --explain all")
    text = (_HOME / f"{wanted.replace('-', '_')}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(text)) or ""
