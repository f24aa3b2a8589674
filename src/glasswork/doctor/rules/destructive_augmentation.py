"""Augmentation that destroys what is to be learned.

Looks at:     the augmentation probe: how a trained copy answers the same rows with and without augmentation; without
              it, training answers against those of validation.
Fires when:   the share of right answers on augmented training rows lies LOST below that on clean ones, and clean rows
              of validation are hardly better than guessing; or the probe's features agree by less than ALIKE.
Why it hurts: the network learns from pictures that no longer show their label; the harder it is pushed, the worse it
              is on real ones.
Try first:    look at a few augmented examples; make rotation, crop and noise milder, leave out what changes the label
              (flipped digits, mirrored text).
Can be wrong: strong augmentation makes training worse than validation on purpose; only where validation suffers is it
              too strong.
Source:       TheDeepChecker (similarity below 0.95 of activations); Shorten & Khoshgoftaar 2019.
Probe:        ``augmentation``: figures ``similarity`` (of features, clean against augmented), ``clean`` and
              ``augmented`` (share of right answers, or 1 - relative loss), ``chance``.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["destructive_augmentation"]

LOST = 0.5  # of the way from guessing to the clean answer
ALIKE = 0.3


def destructive_augmentation(vitals: Vitals) -> Iterator[Finding]:
    """Yield that augmented rows have lost what they should show."""
    probe = vitals.probes.get("augmentation")
    if probe is None:
        return
    alike, clean, augmented = (probe.figures.get(name) for name in ("similarity", "clean", "augmented"))
    chance = probe.figures.get("chance", 0.0)
    said = ""
    if (
        clean is not None
        and augmented is not None
        and clean - chance > 0.1
        and augmented - chance < LOST * (clean - chance)
    ):
        said = f"A copy answers clean rows to {shown(clean)} and the same rows augmented to {shown(augmented)}"
    elif alike is not None and alike < ALIKE and clean is None:
        said = f"Features of clean and augmented rows agree by {shown(alike)} only"
    if said:
        yield Finding(
            "destructive-augmentation",
            "warning",
            0.7,
            "data",
            f"{said}.",
            "Look at a few augmented examples, and make the augmentation milder.",
            vitals.steps[-1].number if vitals.steps else None,
            (Treatment("Train without augmentation.", {"augment": []}),),
        )
