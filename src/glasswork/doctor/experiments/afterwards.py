"""Which experiments are made, in which order, and how long they may take together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from glasswork.doctor.experiments.augmentation import augmentation
from glasswork.doctor.experiments.batch_mixing import batch_mixing
from glasswork.doctor.experiments.curvature import curvature
from glasswork.doctor.experiments.first_loss import first_loss
from glasswork.doctor.experiments.fresh_layer import fresh_layer
from glasswork.doctor.experiments.label_noise import label_noise
from glasswork.doctor.experiments.leakage import leakage
from glasswork.doctor.experiments.learning_rate import learning_rate
from glasswork.doctor.experiments.memory import memory
from glasswork.doctor.experiments.one_batch import one_batch
from glasswork.doctor.experiments.scaled_inputs import scaled_inputs
from glasswork.doctor.experiments.shuffled_labels import shuffled_labels
from glasswork.doctor.experiments.subject import Clock, Subject, aside, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["SHARE", "afterwards", "preflight"]

SHARE = 0.2  # of the script's own time, for all experiments together
LINKED = 0.05  # as often chance would link shuffled labels as well
PREFLIGHT = 5.0  # seconds for the checks before a training

Experiment = Callable[[Subject, float], Probe]

# The cheap ones first: what they leave, the next ones have. How many steps of training each needs to say anything.
_ORDER: dict[str, tuple[Experiment, int]] = {
    "batch-mixing": (batch_mixing, 2),
    "leakage": (leakage, 1),
    "augmentation": (augmentation, 8),
    "memory": (memory, 3),
    "shuffled-labels": (shuffled_labels, 1),
    "curvature": (curvature, 20),
    "one-batch": (one_batch, 100),
    "learning-rate": (learning_rate, 100),
    "scaled-inputs": (scaled_inputs, 100),
    "label-noise": (label_noise, 20),
    "fresh-layer": (fresh_layer, 100),
}


def afterwards(subject: Subject, script_seconds: float, wanted: Collection[str] | None = None) -> list[Probe]:
    """Make the experiments within a fifth of the script's time; one that cannot be made here is left out.

    Args:
        subject: what they are made on.
        script_seconds: how long the training took.
        wanted: which of them, by the name of their probe, a list in its own order; None: all.
    """
    names = [name for name in (wanted if isinstance(wanted, list) else _ORDER) if wanted is None or name in wanted]
    clock = Clock(SHARE * script_seconds)
    probes: list[Probe] = []
    step = _step_seconds(subject)
    for place, name in enumerate(_next(names, probes), 1):
        experiment, least = _ORDER[name]
        needed = least * step
        if needed > clock.left or clock.over:
            continue
        # The first have what they need, and half of what is left where they need less.
        probe = _tried(experiment, subject, max(needed, clock.left if place == len(names) else clock.left / 2))
        if probe is not None and probe.figures:
            probes.append(probe)
    return probes


def _next(names: list[str], probes: list[Probe]) -> Iterator[str]:
    """Yield what is tried next: where labels go with inputs, how many do not is asked before slower questions."""
    waiting = list(names)
    while waiting:
        yield waiting.pop(0)
        told = probes[-1].figures if probes and probes[-1].name == "shuffled-labels" else {}
        if told.get("p", 1.0) <= LINKED and "label-noise" in waiting:
            waiting.remove("label-noise")
            waiting.insert(0, "label-noise")


def preflight(subject: Subject, seconds: float = PREFLIGHT) -> list[Probe]:
    """Make the checks before a training: first loss, mixed rows, leaks, a few rows learned by heart on a copy."""
    share = seconds / 4
    made = [_tried(experiment, subject, share) for experiment in (first_loss, batch_mixing, leakage, one_batch)]
    return [probe for probe in made if probe is not None and probe.figures]


def _step_seconds(subject: Subject) -> float:
    """Return how long one step of training takes; 0 where a copy cannot be trained."""
    try:
        with aside(subject):
            model, optimizer = twin(subject, fresh=True)
            seconds = []
            for _ in range(2):  # the first one also sets things up
                clock = Clock(PREFLIGHT)
                trained(subject, model, optimizer, subject.batches, steps=1, clock=clock)
                seconds.append(clock.seconds)
            return min(seconds)
    except Exception:  # as below
        return 0.0


def _tried(experiment: Experiment, subject: Subject, budget: float) -> Probe | None:
    try:
        return experiment(subject, budget)
    except Exception:  # a model may refuse part of a batch, or a copy: then nothing is known, and nothing is broken
        return None
