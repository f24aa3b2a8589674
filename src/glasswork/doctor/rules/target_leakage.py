"""An input that knows the answer.

Looks at:     the leakage probe: how well each single feature predicts the target on held-out rows.
Fires when:   one feature of several alone scores above SCORE (area under the curve, or share of variance), clearly
              better than the next; and, where targets are classes, the class tells the feature as well: it explains
              TOLD of the feature's variance, COPIED where there are hardly any other features; or the feature is a
              running number of the rows, that scores above LISTED.
Why it hurts: such a feature is often made from the target, or known only after it: the network learns to copy it, and
              fails where it is missing.
Try first:    ask when and how the feature is recorded; drop it if that is after the answer is known.
Can be wrong: some tasks are that easy: one good feature may honestly separate two classes, or give an amount on a line
              (of up to FEW features it is left alone). A class that is a feature above a threshold does not give the
              feature's value back; a copy of the class does. Of sequences, a place whose tokens are those of all other
              places (ODD) is what the task asks to be remembered.
Source:       Kaufman et al. 2012, "Leakage in data mining"; deepchecks; UMLAUT (validation above 0.95). SCORE: hardly
              any honest feature ranks 99 of 100 pairs rightly. TOLD: of a normal feature cut in two, the class explains
              2/pi of the variance; of two normal groups that overlap in 1 % of rows 0.84; of a class number with noise
              of a tenth 0.96; of the best honest feature that we know, iris's petals, 0.94. COPIED: of groups ten
              deviations apart, as in made-up clusters of two features, 0.96.
Probe:        ``leakage``: figures ``best`` and ``second`` (scores of single features, 0.5 to 1 for classes, 0 to 1
              for amounts), ``feature`` (the place of the best), ``all`` (score of all other features together),
              ``told`` (share of the best feature's variance that lies between classes), ``columns``,
              ``numbered`` (1 where the best feature is a running number).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["target_leakage"]

SCORE = 0.985
LISTED = 0.95  # of a running number: the bins blur where one class ends
AHEAD = 0.05
TOLD = 0.955
COPIED = 0.99
FEW = 4  # features
ODD = 0.3  # so far its values are distributed otherwise than at the other places of a sequence
NUMBER = "; it is a running number: the classes were listed one after the other"
EASY = 0.97  # if the others reach that together, the task is easy, not the feature guilty


def target_leakage(vitals: Vitals) -> Iterator[Finding]:
    """Yield the feature that alone gives the target away."""
    probe = vitals.probes.get("leakage")
    best = probe.figures.get("best") if probe else None
    numbered = probe is not None and bool(probe.figures.get("numbered"))
    if probe is None or best is None or best <= (LISTED if numbered else SCORE):
        return
    second, others = probe.figures.get("second"), probe.figures.get("all")
    if (second is not None and best - second < AHEAD) or (others is not None and others > EASY):
        return
    told_back = probe.figures.get("told")
    columns = probe.figures.get("columns", float(FEW))
    if columns < 2 or (columns <= FEW and probe.figures.get("classes") == 0):
        return  # a line of a few features, as examples have it
    if told_back is not None and told_back < (TOLD if columns > FEW else COPIED) and not numbered:
        return
    if probe.figures.get("odd", 1.0) < ODD and _sequences(vitals):
        return
    feature = probe.figures.get("feature")
    name = f"feature {feature:.0f}" if feature is not None else "one feature"
    told = f", the next best {shown(second)}" if second is not None else ""
    yield Finding(
        "target-leakage",
        "critical",
        0.8,
        "data",
        f"On held-out rows {name} alone scores {shown(best)}{told}{NUMBER if numbered else ''}.",
        f"Ask when and how {name} is recorded, and drop it if that is after the answer is known.",
        vitals.steps[-1].number if vitals.steps else None,
    )


def _sequences(vitals: Vitals) -> bool:
    """Return whether a model reads sequences: it has layers that know an order."""
    families = {layer.family for model in vitals.models.values() for layer in model.layers.values()}
    return bool(families & {"recurrent", "attention"})
