"""Which item of the course is realised where, and verified by what; read from the sources, the tests and the examples.

A source file names the items that it realises in the paragraph `Course:` of its docstring, and so does an experiment;
a test that verifies an item carries `@pytest.mark.course("ACT-03")`, with `verdict=` and `seen=` where it settles a
claim.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasswork import course
from glasswork.catalog import course_items

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "glasswork"

# Items that await a kind of work which is not done yet: by group, or by item.
AWAITS = {
    "PRE": "pre-trained families",
    "TL": "transfer learning",
    "S2S": "sequence-to-sequence and decoding",
    "GEN": "generative models",
    "UNS": "unsupervised pre-training",
    "DET": "detection, segmentation, tracking",
    "APP": "applications",
    "INT": "explanation",
    "TUNE": "tuning and search",
    "RL": "reinforcement learning",
    "CMP": "field-level comparisons",
    "RNN": "whole recurrent architectures",
    "TRF": "whole transformer architectures",
}


@dataclass(frozen=True)
class Mark:
    """One test's marker.

    Args:
        test: the test's address, without parameters: ``tests/losses/test_huber.py::test_limits``.
        items: the items and worked examples that it verifies.
        verdict: what it says about the claim, where it settles one.
        seen: what it asserts, in a sentence.
        file: the file that realises the items, where no source file says so itself.
    """

    test: str
    items: tuple[str, ...]
    verdict: str | None = None
    seen: str | None = None
    file: str | None = None


def marks(collected: Iterable[Any]) -> list[Mark]:
    """Return the markers of collected tests, one for each test and marker, whatever its parameters."""
    found: dict[Mark, None] = {}
    for test in collected:
        for marker in test.iter_markers("course"):
            address = re.sub(r"\[.*", "", test.nodeid)
            found[Mark(address, tuple(marker.args), **marker.kwargs)] = None
    return list(found)


def named(path: Path) -> list[str]:
    """Return the items that a file's docstring names after `Course:`."""
    return list(course_items(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""))


def realised() -> dict[str, list[str]]:
    """Return, item by item, the source files that name it."""
    found: dict[str, list[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for item in named(path):
            found.setdefault(item, []).append(path.relative_to(ROOT).as_posix())
    return found


def _alike(file: str, name: str) -> int:
    """Return how many words of a file's name stand in an item's name; 0 unless all of them do.

    >>> _alike("layers/dropout.py", "Dropout"), _alike("layers/classic_dropout.py", "Dropout")
    (1, 0)
    """
    words = Path(file).stem.split("_")
    there = all(re.search(rf"\b{re.escape(word)}", name, re.IGNORECASE) for word in words)
    return len(words) if there else 0


def coverage(marked: list[Mark], experiments: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return each item's file and what verifies it, or that it is open and what it awaits."""
    files = realised()
    tests: dict[str, list[str]] = {}
    for mark in marked:
        for item in mark.items:
            tests.setdefault(item, []).append(mark.test)
            if mark.file:
                files.setdefault(item, []).append(mark.file)
    for kept in experiments.values():
        for item in kept["verdicts"]:
            tests.setdefault(item, []).append(kept["example"])
            files.setdefault(item, []).append(kept["example"])
    table: dict[str, dict[str, Any]] = {}
    for item in course.items():
        checks = sorted(set(tests.get(item.id, [])))
        if checks:
            named_so = sorted(files.get(item.id, []), key=lambda file, item=item: -_alike(file, item.name))
            file = (named_so or [checks[0].partition("::")[0]])[0]
            table[item.id] = {"name": item.name, "file": file, "verified_by": checks}
        else:
            awaits = AWAITS.get(item.id, AWAITS.get(item.group, "a test or an experiment"))
            table[item.id] = {"name": item.name, "open": awaits}
    return table


def claims(marked: list[Mark], experiments: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every verdict, in the order of the items: what mathematics settles first, then what was measured."""
    found: dict[str, list[dict[str, Any]]] = {}
    for mark in marked:
        if mark.verdict:
            course.Verdict(mark.verdict, mark.seen or "")
            for item in mark.items:
                claim = {"item": item, "verdict": mark.verdict, "seen": mark.seen, "by": mark.test, "seeds": 0}
                found.setdefault(item, []).append(claim)
    for kept in experiments.values():
        for item, verdict in kept["verdicts"].items():
            claim = {"item": item, **verdict, "by": kept["example"], "seeds": kept["seeds"]}
            found.setdefault(item, []).append(claim)
    return [claim for item in course.items() for claim in found.get(item.id, [])]
