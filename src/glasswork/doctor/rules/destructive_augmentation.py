"""Augmentation that destroys what is to be learned.

Looks at:     the augmentation probe: how a trained copy answers the same rows with and without augmentation; where
              clean rows are not known, what simple models make of held-out rows and of training rows.
Fires when:   the answers on augmented rows keep less than LOST of what those on clean ones are better than guessing;
              or clean and augmented inputs correlate by less than ALIKE and little has been learned;
              or held-out inputs are told from training inputs by APART, simple models find in the training rows less
              than LOST of what they find in as many held-out rows, and the training has learned little.
              or rows differ in each pass, simple models find FAR_LESS in them than in held-out ones, and HARDLY
              anything has been learned.
Why it hurts: the network learns from pictures that no longer show their label; the harder it is pushed, the worse it
              is on real ones.
Try first:    look at a few augmented examples; make rotation, crop and noise milder, leave out what changes the label
              (flipped digits, mirrored text).
Can be wrong: strong augmentation makes training worse than validation on purpose; only where validation suffers is it
              too strong. Labels that were shuffled under an augmentation that is sound look the same.
Source:       TheDeepChecker (similarity below 0.95 of activations); Shorten & Khoshgoftaar 2019.
Probe:        ``augmentation``: figures ``similarity`` (of inputs, clean against augmented), ``clean`` and
              ``augmented`` (share of right answers, or 1 - relative loss), ``chance``; ``apart`` where held-out rows
              stand for clean ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import remaining, shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["destructive_augmentation"]

LOST = 0.5  # of the way from guessing to the clean answer
WORTH = 0.1  # that clean answers must be better than guessing
ALIKE = 0.3
APART = 0.8
LITTLE = 0.6  # more than that of the loss of guessing is left
NOTHING = 0.9
ANEW = 1.5  # times as many different rows were trained on as there are
FAR_LESS = 0.25  # of what held-out rows tell
HARDLY = 0.8  # more than that of the loss of guessing is left


def destructive_augmentation(vitals: Vitals) -> Iterator[Finding]:
    """Yield that augmented rows have lost what they should show."""
    probe = vitals.probes.get("augmentation")
    if probe is None:
        return
    alike, clean, augmented, apart = (probe.figures.get(name) for name in ("similarity", "clean", "augmented", "apart"))
    chance = probe.figures.get("chance", 0.0)
    number = vitals.steps[-1].number if vitals.steps else None
    left = remaining(vitals, number) if number is not None else None
    said = ""
    if clean is not None and augmented is not None:
        lost = clean - chance > WORTH and max(augmented, chance) - chance < LOST * (clean - chance)
        if lost and apart is None:
            said = f"A copy answers clean rows to {shown(clean)} and the same rows augmented to {shown(augmented)}"
        elif lost and apart is not None and apart > APART and left is not None and left > LITTLE:
            said = (
                f"Training inputs are not like held-out ones (told apart in {apart:.0%} of rows), and simple models "
                f"explain {shown(max(augmented, 0.0))} of the targets of the former, {shown(clean)} of the latter"
            )
        elif lost and left is not None and left > HARDLY and (found := _found(vitals)) is not None:
            less = found < FAR_LESS * clean
            told = f"{shown(max(found, 0.0))} of their targets, {shown(clean)} of those of held-out rows"
            said = f"Training inputs are others in each pass, and simple models explain {told}" if less else ""
    if not said and alike is not None and alike < ALIKE and (clean is None or (left is not None and left > LITTLE)):
        said = f"Clean and augmented inputs of the same rows correlate by {shown(alike)} only, and little is learned"
    if said:
        yield Finding(
            "destructive-augmentation",
            "critical" if left is not None and left > NOTHING else "warning",
            0.8 if left is not None and left > LITTLE else 0.7,
            "data",
            f"{said}.",
            "Look at a few augmented examples, and make the augmentation milder.",
            number,
            (Treatment("Train without augmentation.", {"augment": []}),),
        )


def _found(vitals: Vitals) -> float | None:
    """Return what simple models find in the training rows; None where these do not differ in each pass."""
    rows = vitals.loader.get("rows")
    learned = max((evaluation.learned or 0 for evaluation in vitals.evaluations), default=0)
    probe = vitals.probes.get("shuffled-labels")
    return probe.figures.get("score") if probe and rows and learned > ANEW * rows else None
