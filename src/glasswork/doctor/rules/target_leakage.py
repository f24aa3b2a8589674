"""An input that knows the answer.

Looks at:     the leakage probe: how well each single feature predicts the target on held-out rows.
Fires when:   one feature of several alone scores above SCORE (area under the curve, or share of variance), clearly
              better than the next; and, where targets are classes, the class tells the feature as well: it explains
              TOLD of the feature's variance, COPIED where there are hardly any other features; or the feature is a
              running number of the rows, that scores above LISTED. Likewise where it scores above NEARLY, far better
              than all others together, and has hardly any spread in one of the classes (PINNED): a value that is there
              for the others only. Or the classes are that feature above and below a threshold (the class does not tell
              it), and all others together know KNOWN of what there is to know: it sums up what they say. Of amounts
              also where a feature knows less by LOST on held-out rows than in training, while all others together lose
              less than half as much: what was written into it knew the training rows' own targets.
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
              ``numbered`` (1 where the best feature is a running number), ``pinned`` (least spread within a class, as
              a part of the whole), ``held``, ``held_all`` and ``held_rows`` (what the best feature, and all others
              together, know of held-out rows, and how many these are).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import shown
from glasswork.doctor.vitals import Probe, Vitals
from glasswork.records import Finding

__all__ = ["target_leakage"]

SCORE = 0.985
LISTED = 0.95  # of a running number: the bins blur where one class ends
AHEAD = 0.05
TOLD = 0.955
COPIED = 0.99
FEW = 4  # features
NEARLY = 0.95
ALONE = 0.1  # so much better than all others together
PINNED = 0.05
KNOWN = 0.5  # of what no column tells, by all others together
LOST = 0.4
ROWS = 100
ODD = 0.3  # so far its values are distributed otherwise than at the other places of a sequence
NUMBER = "; it is a running number: the classes were listed one after the other"
EASY = 0.97  # if the others reach that together, the task is easy, not the feature guilty


def target_leakage(vitals: Vitals) -> Iterator[Finding]:
    """Yield the feature that alone gives the target away."""
    probe = vitals.probes.get("leakage")
    best = probe.figures.get("best") if probe else None
    numbered = probe is not None and bool(probe.figures.get("numbered"))
    if probe is None or best is None:
        return
    elsewhere = _elsewhere(vitals, probe)
    if elsewhere:
        yield elsewhere
        return
    pinned = _pinned(probe)
    if best <= (LISTED if numbered else NEARLY if pinned else SCORE):
        return
    second, others = probe.figures.get("second"), probe.figures.get("all")
    if (second is not None and best - second < AHEAD) or (others is not None and others > EASY):
        return
    told_back = probe.figures.get("told")
    columns = probe.figures.get("columns", float(FEW))
    if columns < 2 or (columns <= FEW and probe.figures.get("classes") == 0):
        return  # a line of a few features, as examples have it
    cut = _cut_off(probe)
    known = told_back is None or told_back >= (TOLD if columns > FEW else COPIED)
    if not (known or numbered or pinned or cut):
        return
    if probe.figures.get("odd", 1.0) < ODD and _sequences(vitals):
        return
    feature = probe.figures.get("feature")
    name = f"feature {feature:.0f}" if feature is not None else "one feature"
    told = f", the next best {shown(second)}" if second is not None else ""
    yield Finding(
        "target-leakage",
        "warning" if (pinned and best <= SCORE) or not (known or numbered or pinned) else "critical",
        0.8,
        "data",
        f"On held-out rows {name} alone scores {shown(best)}{told}{NUMBER if numbered else ''}.",
        f"Ask when and how {name} is recorded, and drop it if that is after the answer is known.",
        vitals.steps[-1].number if vitals.steps else None,
    )


def _cut_off(probe: Probe) -> bool:
    """Return whether the classes are the best feature above a threshold and below, and all others know most of it.

    Of a made-up task whose label is one feature's sign the others know nothing.
    """
    figures = probe.figures
    base, others, columns = figures.get("base"), figures.get("all"), figures.get("columns", 0.0)
    if base is None or others is None or columns <= FEW or not figures.get("classes"):
        return False
    return others - base > KNOWN * (1 - base)


def _pinned(probe: Probe) -> bool:
    """Return whether the best feature hardly varies in one class, and tells the classes where no other does."""
    figures = probe.figures
    best, others, spread = figures.get("best", 0.0), figures.get("all"), figures.get("pinned")
    if spread is None or others is None or figures.get("columns", 0.0) <= FEW:
        return False
    return spread < PINNED and best - max(others, figures.get("second", 0.0)) > ALONE


def _elsewhere(vitals: Vitals, probe: Probe) -> Finding | None:
    """Return the finding of a feature that knows training rows far better than held-out ones, as no other does."""
    best, held = probe.figures.get("best", 0.0), probe.figures.get("held")
    others, held_all = probe.figures.get("all"), probe.figures.get("held_all")
    if held is None or others is None or held_all is None or probe.figures.get("held_rows", 0.0) < ROWS:
        return None
    lost = best - max(held, 0.0)
    if lost < LOST or others - held_all > lost / 2:
        return None
    place = probe.figures.get("feature", 0.0)
    return Finding(
        "target-leakage",
        "warning",
        0.75,
        "data",
        f"Feature {place:.0f} alone explains {shown(best)} of training rows that it was not fitted on, and "
        f"{shown(max(held, 0.0))} of held-out ones; all others together explain {shown(max(others, 0.0))} and "
        f"{shown(max(held_all, 0.0))}: it was made from the training rows' own targets.",
        f"Make feature {place:.0f} from other rows than the one that it stands in (out of fold).",
        vitals.steps[-1].number if vitals.steps else None,
    )


def _sequences(vitals: Vitals) -> bool:
    """Return whether a model reads sequences: it has layers that know an order."""
    families = {layer.family for model in vitals.models.values() for layer in model.layers.values()}
    return bool(families & {"recurrent", "attention"})
