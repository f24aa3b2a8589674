"""Which fault is put into which program: at least 240 faulty trainings a half, each with its fixed twin.

The halves share no recipe, and strengths differ. On `calibration` and `former` rules are tuned; `report` judges them. Not
expressed, as nothing of them shows inside one process's loop or in two seconds: ``fitted-before-split``,
``replicas-out-of-step``.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from operators.operator import Faulty, Operator
from programs import HALVES

from cases.calibration import CALIBRATION
from cases.former import FORMER
from cases.report import REPORT

__all__ = ["Case", "cases", "seeds"]

_LISTS = {"calibration": CALIBRATION, "former": FORMER, "report": REPORT}
SEEDS = 5  # of every healthy recipe


@dataclass(frozen=True)
class Case:
    """A fault in a program."""

    half: str
    recipe: str
    operator: Operator

    @property
    def key(self) -> str:
        """Return its name: recipe, code and way."""
        return f"{self.recipe}+{self.operator.code} ({self.operator.name})"

    @property
    def seed(self) -> int:
        """Return its seed: never one of the healthy recipes' own."""
        return 100 + zlib.crc32(self.key.encode()) % 900

    def faulty(self) -> Faulty:
        """Return the program with the fault."""
        return self.operator.change(HALVES[self.half][self.recipe].changed())


def seeds() -> range:
    """Return the seeds of every healthy recipe."""
    return range(SEEDS)


def cases(half: str) -> list[Case]:
    """Return the faulty trainings of a half."""
    return [Case(half, recipe, operator) for operator, recipes in _LISTS[half] for recipe in recipes.split()]
