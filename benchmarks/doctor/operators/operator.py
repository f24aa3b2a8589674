"""What a fault operator is, and the ways to reach into a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from programs.program import Program
from torch import nn

__all__ = ["Faulty", "Operator", "around", "edited", "in_place_of", "linear_layers"]

ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU)
LINEAR = (nn.Linear, nn.Conv1d, nn.Conv2d)


@dataclass(frozen=True)
class Faulty:
    """A program with a fault.

    Args:
        program: with it.
        where: the places that are right answers: `data`, `optimizer`, `loop`, `loss`, `model` or names of layers.
        fixed: the same without it, where that is not the recipe as it stands.
    """

    program: Program
    where: tuple[str, ...]
    fixed: Program | None = None


@dataclass(frozen=True)
class Operator:
    """A way to break a program.

    Args:
        code: the fault's code.
        name: of this way.
        change: breaks a program.
        also: codes that name the same cause in other words.
        moment: `loop` where the mistake is in the loop and can be seen within 5 steps.
    """

    code: str
    name: str
    change: Callable[[Program], Faulty]
    also: tuple[str, ...] = ()
    moment: str = ""


def edited(network: Callable[[], nn.Module], edit: Callable[[nn.Module], nn.Module | None]) -> Callable[[], nn.Module]:
    """Return a maker whose networks are edited before anybody sees them."""

    def make() -> nn.Module:
        made = network()
        changed = edit(made)
        return made if changed is None else changed

    return make


def linear_layers(program: Program) -> list[str]:
    """Return the names of dense layers and convolutions, in order."""
    return [name for name, module in program.network().named_modules() if isinstance(module, LINEAR)]


def activations(model: nn.Module) -> list[str]:
    """Return the names of the activation modules, in order."""
    return [name for name, module in model.named_modules() if isinstance(module, ACTIVATIONS)]


def around(program: Program, name: str) -> tuple[str, ...]:
    """Return a layer and what follows it up to its activation: a fault in one is seen in the other."""
    names = [n for n, module in program.network().named_modules() if not list(module.children())]
    kinds = dict(program.network().named_modules())
    found = [name]
    for following in names[names.index(name) + 1 : names.index(name) + 4]:
        if isinstance(kinds[following], LINEAR):
            break
        found.append(following)
        if isinstance(kinds[following], ACTIVATIONS):
            break
    return tuple(found)


def in_place_of(model: nn.Module, name: str, module: nn.Module) -> None:
    """Put another module where that name is."""
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
