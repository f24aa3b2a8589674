"""Labels of which many are wrong.

Looks at:     the label-noise probe: what simple models say of training rows that they were not fitted on, against the
              labels, among the rows of which they are surest.
Fires when:   the probe estimates that more than SHARE of the labels are wrong, and no fewer than ROWS, or more than
              SOME where these prefer no class and the network says no more rightly than simple models; of two classes,
              that more than WORST of one class are, however plainly their rows speak. Or, where held-out rows have
              better labels, when the same simple models say LESS of the training rows rightly, of the surest TOP
              wrongly, and hardly any of the surest held-out ones; or when the network itself, in evaluation mode, says
              WORSE of them rightly, with the same signs.
Why it hurts: the network spends itself on learning mistakes by heart; what it then says of new data is worse, and its
              measured accuracy has a ceiling.
Try first:    look at the rows that the probe lists, and correct them; else stop early, smooth the labels, or use a
              loss that forgives (generalised cross-entropy).
Can be wrong: hard examples look like wrong ones to a weak model; so the script's own model must be wrong about held-out
              rows that it is sure of, too, where there are any. Where two classes overlap, labels that are wrong near
              the border only cannot be told from chance, and are not. A few per cent are found in most data sets and
              not reported.
Source:       Northcutt et al. 2021, "Confident learning"; they find 3.4 % in ten well-kept test sets on average.
              SHARE: benchmarks/doctor, calibration half: classes that overlap have up to 12 % wrong in the surest
              quarter, labels of which 40 % were drawn anew 34 % and more.
Probe:        ``label-noise``: figures ``share`` (estimated part of wrong labels), ``rows`` (how many rows it looked
              at), ``worst`` (of two classes, the part that is wrong in the class with more).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median

from glasswork.doctor.rules._history import right_answers
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["label_noise"]

SHARE = 0.2
WORST = 0.15
GRAVE = 0.3
ROWS = 20
LATE = 5  # sampled steps
HALF = 0.5
KNOWN = 0.95
SOME = 0.15  # of the surest, where the network does no better and the wrong labels prefer no class
EVEN = 1.15  # times as often as chance has it, that wrong labels come second
SURELY_EVEN = 1.05  # likewise, among the surest half
BETTER = 0.05
OUTDONE = 0.1  # of the answers
ASKED = 80  # held-out rows
CERTAIN = 3.0  # standard errors
LIKELY = 2.0
BY_HEART = 0.1  # of the answers, more in training than in the evaluation
LESS = 0.15  # of training rows are said rightly than of held-out ones
TOP = 0.12  # of the surest quarter: 128 rows at most, and held-out ones a quarter of that
SCATTERED = 0.25  # more than evenly spread, that wrong labels may come second
WORSE = 0.08  # of the rows that a network was trained on it says rightly than of held-out ones
SURE_ERRORS = 4.0
OWN_TOP = 0.06  # of the surest half
ALIKE = 0.1  # of the rows would have to be of other classes, for the same shares; beyond chance
APART = 0.75  # of rows told rightly whether they are training's
TREATMENTS = (Treatment("Smooth the labels.", {"loss.name": "cross_entropy", "loss.label_smoothing": 0.1}),)
ELSEWHERE = (
    "See what gives the training rows their labels, which the evaluation's do not have; correct them, or smooth the "
    "labels and stop early."
)


def label_noise(vitals: Vitals) -> Iterator[Finding]:
    """Yield how many labels look wrong, when they are many."""
    probe = vitals.probes.get("label-noise")
    found = (_worse_than_held_out(vitals, probe.figures) or _worse_by_itself(vitals, probe.figures)) if probe else None
    if found:
        yield found
        return
    share = probe.figures.get("share") if probe else None
    if probe is None or share is None:
        return
    rows, worst = probe.figures.get("rows"), probe.figures.get("worst")
    plain = share > SOME and _even(vitals, probe.figures)
    if not plain and share - _fading(probe.figures) <= SHARE and (worst is None or worst <= WORST):
        return
    if _of_tokens(vitals) and (worst is not None or _misread(vitals, probe.figures.get("correct"))):
        return  # simple models count tokens and miss their order: their doubt does not fade
    if rows is not None and share * rows < ROWS:
        return
    if "held" not in probe.figures and _learned(vitals, share, probe.figures.get("correct")):
        return
    among = f" of {rows:,.0f}" if rows else ""
    said = f"Among the rows{among} of which models that had not seen them are surest, {share:.0%} have another label."
    if worst is not None:
        said = (
            f"Rows that lie plainly in one class{among and f' ({rows:,.0f} were looked at)'} have the other's label in "
            f"{worst:.0%} of cases, however sure models are that had not seen them; of classes that overlap it fades."
        )
    yield Finding(
        "label-noise",
        "warning",
        0.8 if share > GRAVE else 0.65,
        "data",
        said,
        "Look at the listed rows and correct them; else smooth the labels and stop early.",
        vitals.steps[-1].number if vitals.steps else None,
        TREATMENTS,
    )


def _worse_than_held_out(vitals: Vitals, figures: dict[str, float]) -> Finding | None:
    """Return the finding of labels that simple models contradict in training, and hardly ever among held-out rows."""
    names = ("correct", "top", "second", "classes", "asked", "asked_correct", "asked_top")
    if any(name not in figures for name in names):
        return None
    if min(_said(vitals), right_answers(vitals)) > KNOWN:
        return None  # the network finds held-out rows and training rows alike
    share = 1 - figures["correct"] / max(figures["asked_correct"], 1e-9)
    gap = _gap(vitals)
    if gap is not None and -BY_HEART < gap < share / 2 * right_answers(vitals):
        return None  # it is the simple models that find the one harder than the other, not the network
    scattered = figures["classes"] < 3 or figures["second"] < 1 / (figures["classes"] - 1) + SCATTERED
    if figures["asked"] < ASKED or share < LESS or figures["top"] < TOP or not scattered:
        return None
    if figures["asked_top"] > figures["top"] / 4:
        return None
    rows, apart = figures.get("rows", 2 * figures["asked"]), figures["asked_correct"] - figures["correct"]
    certain = LIKELY if (gap or 0.0) > LESS else CERTAIN  # the network finds them harder, too
    if apart < certain * (figures["correct"] * (1 - figures["correct"]) * (1 / rows + 1 / figures["asked"])) ** 0.5:
        return None
    if _augmented(vitals):
        return None
    if any((evaluation.repeated or 0.0) > 0 for evaluation in vitals.evaluations):
        return None
    return Finding(
        "label-noise",
        "warning",
        0.85,
        "data",
        f"Simple models say {figures['asked_correct']:.0%} of {figures['asked']:.0f} held-out rows rightly, but only "
        f"{figures['correct']:.0%} of training rows that they were not fitted on either: of those of which they are "
        f"surest, {figures['top']:.0%} have another label in training, {figures['asked_top']:.0%} in the evaluation.",
        ELSEWHERE,
        vitals.steps[-1].number if vitals.steps else None,
        TREATMENTS,
    )


def _worse_by_itself(vitals: Vitals, figures: dict[str, float]) -> Finding | None:
    """Return the finding of labels that the network itself contradicts in training, and hardly ever in the evaluation.

    It has seen the training rows, so that it should know them better. Rows that were changed on the way to it, rows of
    other classes and rows that were trained on say nothing.
    """
    names = (
        "classes",
        "held",
        "own_rows",
        "own_asked",
        "own_correct",
        "own_held",
        "own_top",
        "own_second",
        "own_apart",
    )
    if any(name not in figures for name in names):
        return None
    rows, asked, here, there = (figures[name] for name in ("own_rows", "own_asked", "own_correct", "own_held"))
    error = (here * (1 - here) / rows + there * (1 - there) / asked) ** 0.5
    if there - here < max(WORSE, SURE_ERRORS * error) or figures["own_apart"] > ALIKE:
        return None
    scattered = figures["classes"] < 3 or figures["own_second"] < 1 / (figures["classes"] - 1) + SCATTERED
    if figures["own_top"] < OWN_TOP or figures["held"] > figures["own_top"] / 3 or not scattered:
        return None
    if _augmented(vitals) or any((evaluation.repeated or 0.0) > 0 for evaluation in vitals.evaluations):
        return None
    return Finding(
        "label-noise",
        "warning",
        0.8,
        "data",
        f"The network says {there:.0%} of {asked:.0f} held-out rows rightly, but only {here:.0%} of {rows:.0f} that it "
        f"was trained on: of the half of which it is surest, {figures['own_top']:.0%} have another label in training, "
        f"{figures['held']:.0%} in the evaluation.",
        ELSEWHERE,
        vitals.steps[-1].number if vitals.steps else None,
        TREATMENTS,
    )


def _augmented(vitals: Vitals) -> bool:
    """Return whether training rows are told from held-out ones: other rows, not other labels."""
    augmentation = vitals.probes.get("augmentation")
    return augmentation is not None and augmentation.figures.get("apart", 0.0) > APART


def _even(vitals: Vitals, figures: dict[str, float]) -> bool:
    """Return whether labels that are wrong are of any class, where the network does no better than simple models.

    Classes that overlap do so in pairs: the label that a row has is the one that comes second. Of three and more.
    """
    classes, second, correct = (figures.get(name) for name in ("classes", "second", "correct"))
    if classes is None or second is None or correct is None or classes < 3:
        return False
    sure = figures.get("sure_second", 1.0)
    return (
        (second * (classes - 1) < EVEN or sure * (classes - 1) < SURELY_EVEN)
        and correct > HALF
        and abs(_said(vitals) - correct) < BETTER
    )


def _fading(figures: dict[str, float]) -> float:
    """Return how much smaller the share would be still, were one surer than of the surest quarter; of three and more.

    Where classes merely overlap, labels disagree the less, the surer one is: far less in the first quarter than in the
    second. Labels that were drawn anew disagree everywhere.
    """
    top, suspicious, rows = (figures.get(name) for name in ("top", "suspicious", "rows"))
    if top is None or suspicious is None or not rows or "worst" in figures:
        return 0.0
    quarter = rows // 4
    following = (suspicious - top * quarter) / max(rows // 2 - quarter, 1)
    return max(following - top, 0.0) / 2


def _of_tokens(vitals: Vitals) -> bool:
    return any(step.batch and step.batch.tokens for step in vitals.sampled())


def _misread(vitals: Vitals, found: float | None) -> bool:
    """Return whether simple models say few labels rightly, or the network, which may not work, no more than they do."""
    return found is None or found < HALF or _said(vitals) < found


def _said(vitals: Vitals) -> float:
    """Return the part of the training rows' labels that the network said rightly of late; 0 where that is not known."""
    right = [step.batch.correct for step in vitals.sampled() if step.batch and step.batch.correct is not None]
    return fmean(right[-2 * LATE :]) if right else 0.0


def _gap(vitals: Vitals) -> float | None:
    """Return how many more held-out rows than training rows the network said rightly of late, at the same times."""
    judged = [(one.step, one.correct) for one in vitals.evaluations if one.correct is not None]
    seen = [
        (step.number, step.batch.correct)
        for step in vitals.sampled()
        if step.batch is not None and step.batch.correct is not None
    ]
    if not judged or not seen:
        return None
    then = [next((right for at, right in judged if at >= number), judged[-1][1]) for number, _ in seen[-2 * LATE :]]
    return fmean(then) - fmean(right for _, right in seen[-2 * LATE :])


def _learned(vitals: Vitals, share: float, found: float | None) -> bool:
    """Return whether the training rows' labels are said rightly in the end: by heart, or because they are right.

    Also where the network says clearly more of them rightly than the simple models do: then these understand too little
    to be believed.
    """
    right = [step.batch.correct for step in vitals.sampled() if step.batch and step.batch.correct is not None]
    if not right:
        return False
    return median(right[-LATE:]) > 1 - share / 2 or (found is not None and fmean(right[-2 * LATE :]) > found + OUTDONE)
