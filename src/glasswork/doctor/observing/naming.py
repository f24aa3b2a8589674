"""Naming: optimizers and models are called what the script calls them, as soon as there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glasswork.doctor.vitals import OptimizerFacts

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["name_models", "name_optimizers"]


def name_optimizers(observer: Observer) -> None:
    """Give each optimizer a name of its own, where there are several."""
    if len(observer.steppings) < 2:
        return
    changed: dict[str, str] = {}
    taken: dict[str, OptimizerFacts] = {}
    for stepping in observer.steppings.values():
        facts = stepping.facts
        base = stepping.given or facts.kind.lower()
        name, number = base, 2
        while name in taken:
            name, number = f"{base}{number}", number + 1
        changed[facts.name] = name
        taken[name] = facts
    vitals = observer.vitals
    for step in vitals.steps:
        step.optimizer = changed.get(step.optimizer, step.optimizer)
    vitals.places = {changed.get(name, name): line for name, line in vitals.places.items()}
    vitals.code = {changed.get(name, name): text for name, text in vitals.code.items()}
    vitals.optimizers = taken
    for name, facts in taken.items():
        facts.name = name


def name_models(observer: Observer) -> None:
    """Give each model a name of its own, now that there are several, also in what was already written."""
    models = observer.forward.models
    taken: set[str] = set()
    changed: dict[str, str] = {}
    for model in models:
        root = model.root()
        wanted = model.given or (type(root).__name__.lower() if root is not None else model.name)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}{number}", number + 1
        taken.add(name)
        if name != model.name or not model.prefix:
            # The new one begins with the name that the first had so far: what was written is the first's.
            changed = model.rename(name, f"{name}/") | changed
    vitals = observer.vitals
    for step in vitals.steps:
        if step.layers:
            step.layers = {changed.get(name, name): layer for name, layer in step.layers.items()}
    captures = observer.forward.round.captures
    observer.forward.round.captures = {changed.get(name, name): layer for name, layer in captures.items()}
    observer.forward.runs.rename(changed)
    vitals.models = {model.name: model.facts for model in models if model.confirmed}
    for stepping in observer.steppings.values():
        stepping.known = -1
