"""Surfaces: small landscapes of two weights, each with the one difficulty that its name says.

The functions are plain arithmetic, so they take numbers and tensors alike, and nothing here loads torch.

Course: GD-13, GD-14, GD-15, GD-16, GD-17, GD-18, OPT-01.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glasswork.checks import unknown_name
from glasswork.errors import UnknownNameError

__all__ = ["Surface", "surface", "surfaces"]


@dataclass(frozen=True)
class Surface:
    """A loss of two weights.

    Args:
        name: what it is called.
        formula: in LaTeX.
        about: what is difficult about it, in one sentence.
        height: the loss at (x, y).
        start: where a walk begins.
        minima: the points where it is lowest, the global one first; none for a saddle.
        window: what a picture shows: left, right, bottom, top.
    """

    name: str
    formula: str
    about: str
    height: Callable[[Any, Any], Any]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    window: tuple[float, float, float, float]

    def __call__(self, x: Any, y: Any) -> Any:
        """Return the loss at a point, or at many.

        >>> surface("saddle")(3, 1)
        8
        """
        return self.height(x, y)


def _cliff(x: Any, y: Any) -> Any:
    beyond = (x - 1 + abs(x - 1)) / 2
    return (x + 1) ** 2 / 2 + y**2 / 2 + 500 * beyond**2


_ALL = (
    Surface(
        "quadratic",
        r"\tfrac12 (x^2 + y^2)",
        "A round bowl: the gradient points at the minimum.",
        lambda x, y: (x**2 + y**2) / 2,
        (2.0, 1.5),
        ((0.0, 0.0),),
        (-2.5, 2.5, -2.5, 2.5),
    ),
    Surface(
        "ravine",
        r"\tfrac12 (x^2 + 50 y^2)",
        "A long bowl, 50 times steeper one way than the other: steps that suit one way are wrong for the other.",
        lambda x, y: (x**2 + 50 * y**2) / 2,
        (2.0, 0.4),
        ((0.0, 0.0),),
        (-2.5, 2.5, -0.6, 0.6),
    ),
    Surface(
        "saddle",
        r"x^2 - y^2",
        "The gradient is 0 at the origin, which is a minimum one way and a maximum the other.",
        lambda x, y: x**2 - y**2,
        (1.0, 1e-3),
        (),
        (-1.5, 1.5, -1.5, 1.5),
    ),
    Surface(
        "rosenbrock",
        r"(1 - x)^2 + 100\,(y - x^2)^2",
        "A bent valley, easy to reach and slow to follow.",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        (-1.2, 1.0),
        ((1.0, 1.0),),
        (-1.8, 1.8, -0.8, 2.0),
    ),
    Surface(
        "cliff",
        r"\tfrac12 (x + 1)^2 + \tfrac12 y^2 + 500 \max(0, x - 1)^2",
        "A gentle bowl beside a wall whose gradient throws the weights far away.",
        _cliff,
        (1.5, 1.0),
        ((-1.0, 0.0),),
        (-3.0, 2.0, -2.5, 2.5),
    ),
    Surface(
        "plateau",
        r"1 - \frac{1}{1 + x^2 + y^2}",
        "A hole in a plain: far from it the gradient is almost 0.",
        lambda x, y: 1 - 1 / (1 + x**2 + y**2),
        (5.0, 4.0),
        ((0.0, 0.0),),
        (-6.0, 6.0, -6.0, 6.0),
    ),
    Surface(
        "double_well",
        r"(x^2 - 1)^2 + \tfrac3{10} x + y^2",
        "Two minima, of which the one on the left is lower; which is found depends on the start.",
        lambda x, y: (x**2 - 1) ** 2 + 0.3 * x + y**2,
        (1.6, 0.8),
        ((-1.0355787, 0.0), (0.9601496, 0.0)),
        (-1.8, 1.8, -1.2, 1.2),
    ),
)


def surfaces() -> list[str]:
    """Return the names of all surfaces.

    >>> surfaces()
    ['quadratic', 'ravine', 'saddle', 'rosenbrock', 'cliff', 'plateau', 'double_well']
    """
    return [one.name for one in _ALL]


def surface(name: str) -> Surface:
    """Return a surface by its name.

    >>> surface("ravine")(2.0, 0.2)
    3.0

    Raises:
        UnknownNameError: no such surface; the nearest one is offered.
    """
    for one in _ALL:
        if one.name == name:
            return one
    raise UnknownNameError(unknown_name("surface", name, surfaces()))
