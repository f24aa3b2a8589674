"""Labels of which one value is left, or a few.

Looks at:     the classes in the sampled batches, or, in a regression, the spread of the targets.
Fires when:   BATCHES sampled batches and ROWS examples hold one class only, although the model has outputs for more;
              or EACH examples for every output hold no more than FEW of the classes; or the evaluation has
              classes, with SWALLOWED of its rows, that training never has, and one class of training has grown by
              TAKEN of that; or all targets of a regression are one number.
Why it hurts: the network learns to say that one thing, the loss falls to 0, and nothing is learned.
Try first:    look where the labels are made: a cast of fractions to integers, a comparison that is never true, an
              ``argmax`` along the wrong axis.
Can be wrong: where data come sorted by class, so that the first batches have one; so a whole pass is waited for
              unless a loader shuffles, the whole training or MANY examples where no passes are seen. A head that
              was made for more classes than there are is no fault of the labels; hence FEW. Contrastive losses whose
              right answer always has one place are left out.
Source:       Defects4ML, AUTOTRAINER's data faults. BATCHES, ROWS: among 60 shuffled rows a second class with a share
              of 10 % is missing in 0.2 % of cases.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import AMOUNTS, looked_at, main_loss, shown
from glasswork.doctor.rules._labels import classified, outputs_wide
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["collapsed_labels"]

BATCHES = 3
ROWS = 60
EACH = 30
FEW = 0.4
MOST_OUTPUTS = 50  # above that, heads are often made for more than there is
MANY = 3000
SWALLOWED = 0.2  # of the evaluation's rows are of classes that training does not have
TAKEN = (
    0.75  # of their share, by which one class is more frequent in training; classes left out leave all more frequent
)


def collapsed_labels(vitals: Vitals) -> Iterator[Finding]:
    """Yield that all labels seen are the same, at the step where that cannot be chance."""
    found = _classes(vitals) or _swallowed(vitals) or _amounts(vitals)
    if found:
        yield found


def _classes(vitals: Vitals) -> Finding | None:
    """Return the finding of one class or a few; classes that come later take it back."""
    seen: dict[int, int] = {}
    found: Finding | None = None
    allowed = batches = 0
    for step, counts in classified(vitals):
        for value, count in counts.items():
            seen[value] = seen.get(value, 0) + count
        batches += 1
        rows, wide = sum(seen.values()), outputs_wide(vitals, step)
        if found is not None and len(seen) > allowed:
            found = None
        if found is not None or batches < BATCHES or rows < ROWS or not wide:
            continue
        if len(seen) == 1:
            found, allowed = _one(step, seen, wide), 1
        elif len(seen) <= FEW * wide and wide <= MOST_OUTPUTS and rows >= EACH * wide:
            found, allowed = _few(step, seen, wide), int(FEW * wide)
    if found is not None and sum(count > 0 for count in (vitals.labels or {}).values()) > allowed:
        return None  # counted at every step, not only where the doctor looked closely
    fair = vitals.loader.get("shuffle") or any((step.epoch or 0) >= 1 for step in vitals.steps)
    return found if fair or vitals.finished or sum(seen.values()) >= MANY else None


def _swallowed(vitals: Vitals) -> Finding | None:
    """Return the finding of classes that only the evaluation has, and whose examples training has under another one."""
    taught = {value: count for value, count in (vitals.labels or {}).items() if count}
    judged = next((one for one in reversed(vitals.evaluations) if one.recall), None)
    if judged is None or not judged.recall or len(taught) < 2 or not any(True for _ in classified(vitals)):
        return None
    asked = {value: pair[1] for value, pair in judged.recall.items() if pair[1]}
    rows, all_taught = sum(asked.values()), sum(taught.values())
    missing = sorted(set(asked) - set(taught))
    share = sum(asked[value] for value in missing) / max(rows, 1)
    if rows < ROWS or all_taught < ROWS or not set(taught) <= set(asked) or share < SWALLOWED:
        return None
    gains = {value: count / all_taught - asked[value] / rows for value, count in taught.items()}
    taker = max(gains, key=lambda value: gains[value])
    if gains[taker] < TAKEN * share:
        return None
    listed = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
    return Finding(
        "collapsed-labels",
        "critical",
        0.85,
        "data",
        f"Of the evaluation's {rows:,} labels {share:.0%} are {listed}, which the training's {all_taught:,} never are; "
        f"class {taker} has {taught[taker] / all_taught:.0%} of these instead of {asked[taker] / rows:.0%}.",
        "Look where the training's labels are made: a cast to bool, a clip or a comparison makes one class of several.",
        judged.step,
    )


def _one(step: StepVitals, seen: dict[int, int], wide: int) -> Finding:
    return Finding(
        "collapsed-labels",
        "critical",
        0.93,
        "data",
        f"All {sum(seen.values())} labels that were looked at up to step {step.number} are {next(iter(seen))}, and the "
        f"model has outputs for {wide} classes.",
        "Look where the labels are made: a cast to integers, a comparison, an argmax along the wrong axis.",
        step.number,
    )


def _few(step: StepVitals, seen: dict[int, int], wide: int) -> Finding:
    listed = ", ".join(map(str, sorted(seen)))
    return Finding(
        "collapsed-labels",
        "critical",
        0.8,
        "data",
        f"All {sum(seen.values()):,} labels that were looked at up to step {step.number} are {listed}: "
        f"{len(seen)} of the {wide} classes that the model has outputs for.",
        f"Look where the labels are made, for a cast to bool or integers; if {len(seen)} classes are meant, give the "
        f"model {len(seen)} outputs.",
        step.number,
    )


def _amounts(vitals: Vitals) -> Finding | None:
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS or len(vitals.optimizers) > 1 or len(vitals.losses) > 1:
        return None
    values: set[float] = set()
    rows = batches = 0
    for step in looked_at(vitals):
        targets = step.batch.targets if step.batch else None
        if targets is None or targets.std is None or targets.mean is None or not targets.shape:
            continue
        values.add(targets.mean)
        if targets.std > 0 or len(values) > 1:
            return None
        rows, batches = rows + targets.shape[0], batches + 1
        if batches >= BATCHES and rows >= ROWS:
            return Finding(
                "collapsed-labels",
                "critical",
                0.9,
                "data",
                f"All targets that were looked at up to step {step.number} are {shown(targets.mean)}.",
                "Look where the targets are made: a cast to integers turns fractions into 0.",
                step.number,
            )
    return None
