"""Losses that are kept with their graphs, or scores that contradict them.

Looks at:     how many losses still have their graph after their step, the memory of the process from sample to
              sample; and whether batches with a smaller loss have more right answers, as they should.
Fires when:   after ALL steps every loss has kept its graph, and none is let go later; or in TIMES looks GRAPHS losses
              and more have (the step named is the one by which ALL were kept); memory grows in nearly every sample, by
              MEGABYTES and PART in all, in step with the number of steps; or loss and right answers rise and fall
              together (rank correlation above AGAINST) over MANY batches.
Why it hurts: a loss that is added up as a tensor keeps the graph of every step alive, until memory is full. A score
              that contradicts the loss is computed from something else than what is trained.
Try first:    add ``loss.item()`` (or ``loss.detach()``) to the total; compare the score's code with the loss's.
Can be wrong: caches that fill up, and data kept on purpose, grow as well; they stop, or are known.
Source:       torch's FAQ on memory ("don't accumulate history"); TheDeepChecker (loss and metric). MEGABYTES: page
              counts wander by a few; a kept graph of the smallest network adds kilobytes a step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import inf

from glasswork.doctor.rules._history import course, looked_at, places, shown, sober_loss
from glasswork.doctor.rules.unshuffled_data import rank_correlation
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["loss_bookkeeping"]

GRAPHS = 12  # a sound loop has one or two alive
TIMES = 2
ALL = 5  # steps after which not one graph has gone
MEGABYTES = 64.0
PART = 0.1
STEADY = 0.9  # of the samples
SETTLED = 10  # steps: allocators, kernels and optimizers' state take theirs first
SAMPLES = 12
LINEAR = 0.5  # the second half must have grown by so much of the first half's growth, per step
AGAINST = 0.6
MANY = 40


def loss_bookkeeping(vitals: Vitals) -> Iterator[Finding]:
    """Yield that memory grows with the steps, or that loss and score contradict each other."""
    found = _graphs(vitals) or _memory(vitals) or _score(vitals)
    if found:
        yield found


def _graphs(vitals: Vitals) -> Finding | None:
    looks = [(step.number, step.graphs) for step in vitals.steps if step.graphs is not None and step.graphs >= GRAPHS]
    kept = _all_kept(vitals)
    number, alive = kept or (looks[TIMES - 1] if len(looks) >= TIMES else (0, 0))
    if not alive:
        return None
    first = number if kept else _since(vitals, number)
    before = f"From step {first} on no loss let its graph go: at" if first < number else "At"
    return Finding(
        "loss-bookkeeping",
        "warning",
        0.9,
        "loop",
        f"{before} step {number} {alive} of the last losses still have their graphs, with all activations of their "
        "steps: something keeps the losses themselves.",
        "Add loss.item() to totals and lists, not the loss itself, whose graph would be kept.",
        first,
    )


def _since(vitals: Vitals, number: int) -> int:
    """Return the step by which ALL losses were kept, in the unbroken growth that led to what this step shows."""
    first, fewer = number, inf
    for step in reversed([s for s in vitals.steps if s.graphs is not None and s.number <= number]):
        if not ALL <= (step.graphs or 0) <= fewer:
            break
        first, fewer = step.number, step.graphs or 0
    return first


def _all_kept(vitals: Vitals) -> tuple[int, int] | None:
    """Return the step by which every loss so far had kept its graph, unless some were let go later."""
    first = [step for step in vitals.steps if step.number <= ALL]
    if len(vitals.optimizers) != 1 or [step.number for step in first] != list(range(1, ALL + 1)):
        return None
    later = [step.graphs for step in vitals.steps if step.graphs is not None and step.number > GRAPHS]
    if (later and min(later) < GRAPHS) or (not later and vitals.finished):
        return None
    made = 0
    for step in first:
        made += step.backwards
        if not made or (step.graphs or 0) < made:
            return None
    return first[-1].number, made


def _memory(vitals: Vitals) -> Finding | None:
    seen = [(s.number, s.memory) for s in looked_at(vitals) if s.memory is not None and s.number > SETTLED]
    for count in places(len(seen), first=SAMPLES):
        part = [(number, memory or 0.0) for number, memory in seen[:count]]
        (first_step, first), (last_step, last) = part[0], part[-1]
        if last - first < max(MEGABYTES, PART * first):
            continue
        rises = sum(b > a for (_, a), (_, b) in itertools.pairwise(part)) / (count - 1)
        half_step, half = part[count // 2]
        early = (half - first) / max(1, half_step - first_step)
        late = (last - half) / max(1, last_step - half_step)
        if rises >= STEADY and late >= LINEAR * early:
            return Finding(
                "loss-bookkeeping",
                "warning",
                0.75,
                "loop",
                f"From step {first_step} to {last_step} the process grew from {first:,.0f} to {last:,.0f} MB, "
                f"{1000 * (last - first) / (last_step - first_step):.0f} kB in each step.",
                "Add loss.item() to totals and lists, not the loss itself, whose graph would be kept.",
                last_step,
            )
    return None


def _score(vitals: Vitals) -> Finding | None:
    if sober_loss(vitals) is None or not len(course(vitals)):
        return None
    pairs = [
        (step.number, step.loss, step.batch.correct)
        for step in looked_at(vitals)
        if step.batch is not None and step.batch.correct is not None and step.loss is not None
    ]
    if len(pairs) < MANY:
        return None
    some = pairs[:MANY]
    if len({correct for _, _, correct in some}) < 5:
        return None
    by_loss = sorted(some, key=lambda pair: pair[1] or 0.0)
    together = rank_correlation([correct or 0.0 for _, _, correct in by_loss])
    if together > AGAINST:
        return Finding(
            "loss-bookkeeping",
            "warning",
            0.6,
            "loss",
            f"Over {MANY} sampled batches up to step {some[-1][0]} more right answers go with a larger loss (rank "
            f"correlation {shown(together)}).",
            "Compare what the loss and the score are computed from: outputs, labels, axis.",
            some[-1][0],
        )
    return None
