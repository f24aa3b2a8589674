"""Cure: try what may help a run, one change at a time; keep what validation shows to help, take back the rest.

Each trial is an ordinary run in a folder of its own. After a change was kept, the doctor's findings of the new run are
what is treated next; where it has none, it is compared once with the usual recipe around the same model. It ends when
nothing is left to treat or to try, when time is up, or with Ctrl-C.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from glasswork.cures.compare import Standing, Verdict, compare, standing
from glasswork.cures.proposals import Proposal, last_resort, proposals
from glasswork.cures.recipes import difference
from glasswork.data import Prepared
from glasswork.doctor.causes import explained
from glasswork.records import Finding
from glasswork.runs.folder import RunFolder
from glasswork.runs.recipe import Recipe

__all__ = ["Cured", "Train", "Trial", "cure"]

MOST = 8  # trials
LEAST_BUDGET = 60.0  # seconds: a short run is worth that much

Train = Callable[[Recipe, float], tuple[RunFolder, str | None]]


@dataclass
class Trial:
    """One change that was tried.

    Args:
        fault: what it was to cure.
        advice: the change in words.
        changes: values by recipe path; empty where everything but the model was put back to what is usual.
        difference: of the recipes, as a unified diff.
        run: where it was trained.
        seconds: how long that took.
        kept: whether it helped.
        why: by what that was decided.
        failed: the training's error; None where it came to its end.
    """

    fault: str
    advice: str
    changes: dict[str, Any]
    difference: str
    run: str
    seconds: float
    kept: bool
    why: str
    failed: str | None = None


@dataclass
class Cured:
    """What came of it.

    Args:
        original: the run that was to be cured.
        best: the best run: a trial's, or the original.
        metric: the validation figure that a person reads.
        before: the original's.
        after: the best run's.
        difference: of their recipes.
        trials: in order.
        left: alarms of the best run that are still there.
        sentence: which run is the best and why.
        interrupted: what Ctrl-C ended, in words; None where it came to its end.
    """

    original: str
    best: str
    metric: str
    before: float | None
    after: float | None
    difference: str = ""
    trials: list[Trial] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    sentence: str = ""
    interrupted: str | None = None

    @property
    def kept(self) -> list[Trial]:
        """The changes that helped."""
        return [trial for trial in self.trials if trial.kept]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as written to ``cures.json``."""
        names = ("original", "best", "metric", "before", "after", "difference", "sentence", "interrupted")
        return {
            **{name: getattr(self, name) for name in names},
            "trials": [asdict(trial) for trial in self.trials],
            "left": [finding.to_json() for finding in self.left],
        }


def cure(
    folder: RunFolder,
    findings: Sequence[Finding],
    prepared: Prepared,
    *,
    train: Train,
    read: Callable[[RunFolder], list[Finding]],
    budget: float,
    say: Callable[[Trial, Proposal, RunFolder, RunFolder], None],
    notes: bool = False,
    most: int = MOST,
) -> Cured:
    """Try treatments of a run's findings; nothing in its folder changes.

    Args:
        folder: the run.
        findings: what is wrong with it.
        prepared: its data.
        train: trains a recipe until a time (of ``time.monotonic``), and returns its folder, and what stopped it.
        read: the findings of a run.
        budget: seconds for all trials together; one is always tried.
        say: told of each trial, with the run that it was compared with and its own.
        notes: whether notes are treated as well.
        most: trials.
    """
    began = time.monotonic()
    recipe, best = folder.recipe(), folder
    now = first = standing(folder, prepared)
    cured = Cured(str(folder), str(folder), first.metric, first.value, first.value)
    tried: set[str] = set()
    found, raised = list(findings), read(folder)
    try:
        while True:
            choice = proposals(found, recipe, prepared, notes=notes)
            step = next((one for one in choice if one.recipe.to_yaml() not in tried), None)
            if step is None and cured.kept:  # no alarm is left, but is it as good as it could be?
                last = last_resort(findings[0], recipe, prepared)
                step = last if last.recipe.to_yaml() not in tried | {recipe.to_yaml()} else None
            spent = time.monotonic() - began
            longest = max((trial.seconds for trial in cured.trials), default=0.0)
            if step is None or len(cured.trials) >= most or (cured.trials and spent + longest > budget):
                break
            tried.add(step.recipe.to_yaml())
            started = time.monotonic()
            made, failed = train(step.recipe, began + budget)
            findings_now = read(made)
            relieved = _relieved(step.finding.fault, raised, findings_now) and failed is None
            after, verdict = _judged(made, prepared, now, failed, relieved=relieved)
            trial = _trial(step, recipe, made, time.monotonic() - started, verdict, failed)
            cured.trials.append(trial)
            say(trial, step, best, made)
            if verdict.better:
                recipe, best, now = made.recipe(), made, after
                found = raised = findings_now
    except KeyboardInterrupt as stopped:
        cured.interrupted = str(stopped) or "stopped."
    cured.best, cured.after, cured.metric = str(best), now.value, now.metric
    cured.difference = difference(folder.recipe(), recipe, names=(str(folder), str(best)))
    cured.left = _alarms(found)
    cured.sentence = _sentence(cured, _alarms(findings))
    return cured


def _relieved(fault: str, before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Whether an alarm is gone, and no worse one has come in its place."""
    alarms = [{one.fault for one in found if one.severity != "note"} for found in (before, after)]
    grave = [sum(one.severity == "critical" for one in found) for found in (before, after)]
    return fault in alarms[0] and fault not in alarms[1] and grave[1] <= grave[0]


def _judged(
    made: RunFolder, prepared: Prepared, now: Standing, failed: str | None, *, relieved: bool
) -> tuple[Standing, Verdict]:
    if failed is not None and not (made.path / "checkpoints").is_dir():
        return now, Verdict(False, f"the training failed: {failed}")
    after = standing(made, prepared)
    verdict = compare(now, after, relieved=relieved)
    if failed is not None and not verdict.better:
        return after, Verdict(False, f"{verdict.why}; the training stopped: {failed}")
    return after, verdict


def _trial(
    step: Proposal, recipe: Recipe, made: RunFolder, seconds: float, verdict: Verdict, failed: str | None
) -> Trial:
    return Trial(
        fault=step.finding.fault,
        advice=step.advice,
        changes=dict(step.changes),
        difference=difference(recipe, step.recipe, names=("before", "after")),
        run=str(made),
        seconds=round(seconds, 2),
        kept=verdict.better,
        why=verdict.why,
        failed=failed,
    )


def _alarms(findings: Sequence[Finding]) -> list[Finding]:
    symptoms = explained(list(findings))
    return [one for place, one in enumerate(findings) if one.severity != "note" and place not in symptoms]


def _sentence(cured: Cured, alarms: list[Finding]) -> str:
    figure = f"valid/{cured.metric} "
    after = "unknown" if cured.after is None else f"{cured.after:.4g}"
    before = "unknown" if cured.before is None else f"{cured.before:.4g}"
    tries = f"{len(cured.trials)} tried" if cured.trials else "nothing tried"
    if cured.kept:
        changes = "; ".join(trial.advice.rstrip(".") for trial in cured.kept)
        return f"best run: {cured.best} ({figure}{after}, before {before}). What helped: {changes}."
    if not alarms:
        return f"best run: {cured.best} ({figure}{after}), as it was: the doctor raised no alarm about it."
    if not cured.trials and not cured.interrupted:
        return (
            f"best run: {cured.best} ({figure}{after}), as it was: no setting of the recipe cures {alarms[0].fault}. "
            f"For a person: {alarms[0].advice}"
        )
    return (
        f"best run: {cured.best} ({figure}{after}), as it was: {tries}, nothing was better by more than chance. "
        f"For a person: {alarms[0].advice}"
    )
