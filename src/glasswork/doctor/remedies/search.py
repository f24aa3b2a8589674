"""Search: remedies tried one after another, each kept only where the training went better for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from glasswork.doctor.remedies.choice import FITTED, at_factor, candidates, joined, refined
from glasswork.doctor.remedies.course import Course, better, goes_on
from glasswork.doctor.remedies.remedy import Remedy
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["TRIES", "Found", "Report", "Trial", "following", "search"]

TRIES = 3
WELL = 0.98  # right answers in validation: what helped need not be taken further
STUCK = 0.9  # of the loss of guessing, or of the first
# With these, a training begins as it did.
AS_BEFORE = {
    *FITTED - {"more-passes"},
    "forgotten-parameters",
    "modes",
    "no-hand-changes",
    "schedule",
    "settings",
    "zero-grad",
}
# What is said of a training that learns, but not enough: then what helped is taken further.
_NOT_ENOUGH = {"learning-rate-too-low", "plateau", "slow-convergence", "too-few-epochs", "underfitting"}


@dataclass(frozen=True)
class Report:
    """What came of one run with remedies.

    Args:
        course: its curves.
        following: what its findings suggest to try next, in order.
    """

    course: Course
    following: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One run with one remedy more.

    Args:
        remedy: what was tried.
        course: how the run went; None where it did not come to its end in time.
        kept: whether it helped.
        why: by what that was judged.
    """

    remedy: Remedy
    course: Course | None
    kept: bool
    why: str


@dataclass
class Found:
    """What a search came to.

    Args:
        after: the curves with everything that was kept.
        trials: in order.
        kept: what is applied together.
        untried: what could still be tried.
        spent: whether the time was up.
    """

    after: Course
    trials: list[Trial] = field(default_factory=list)
    kept: list[Remedy] = field(default_factory=list)
    untried: list[Remedy] = field(default_factory=list)
    spent: bool = False


def following(findings: Iterable[Finding], vitals: Vitals, applied: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Return what to try after a run with remedies.

    What they cured for good may still look ill from outside. A rate is relative to that of the run, so a factor that
    was applied counts in.
    """
    settled = {remedy.fault for remedy in applied if not {part.kind for part in remedy.parts} & FITTED}
    suggested = candidates([one for one in findings if one.fault not in settled], vitals)
    factors = [part.settings["factor"] for remedy in applied for part in remedy.parts if part.kind == "learning-rate"]
    return tuple(at_factor(remedy, math.prod(factors)) for remedy in suggested)


def search(
    before: Course,
    plan: Sequence[Remedy],
    run: Callable[[list[Remedy]], Report | None],
    *,
    tries: int = TRIES,
    only_plan: bool = False,
) -> Found:
    """Try remedies in order; after one that helped, what the run with it suggests, or more of the same.

    Args:
        before: the curves of the run as it was.
        plan: what to try.
        run: trains with remedies; None where the time was up.
        tries: how many runs at most.
        only_plan: whether to stop after the first that helps.
    """
    found = Found(before, untried=list(plan))
    done: list[Remedy] = []
    while found.untried and len(found.trials) < tries:
        remedy = found.untried.pop(0)
        done.append(remedy)
        together = joined(found.kept, remedy)
        report = run(together)
        if report is None:
            found.trials.append(Trial(remedy, None, False, "it was not done when the time was up"))
            found.spent = True
            break
        rare = remedy.fault == "class-imbalance"
        good, why = better(found.after, report.course, same_loss=remedy.same_loss, balanced=rare)
        if good and {part.kind for part in remedy.parts} <= AS_BEFORE and goes_on(before, report.course):
            good, why = False, "it goes on from a checkpoint that the first run has left; without that, try again"
        found.trials.append(Trial(remedy, report.course, good, why))
        if good:
            found.kept, found.after = together, report.course
            if only_plan:
                break
            found.untried = _next(together, report, done)
    return found


def _next(kept: list[Remedy], report: Report, done: list[Remedy]) -> list[Remedy]:
    suggested, course = report.following, report.course
    well = bool(course.correct) and course.correct[-1] >= WELL
    guessing = course.baseline or max(course.training[:1], default=0.0)
    stuck = bool(course.training) and not course.training[-1] < STUCK * guessing
    further = [] if well else refined(kept, stuck=stuck)
    first = not suggested or suggested[0].fault in _NOT_ENOUGH
    ordered = [*further, *suggested] if first else [*suggested, *further]
    tried = [remedy.parts for remedy in done]
    return [remedy for remedy in ordered if remedy.parts not in tried]
