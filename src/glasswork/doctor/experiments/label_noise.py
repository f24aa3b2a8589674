"""How many labels contradict what the other rows say?

Two simple models, ridge regression on the columns and on nearness to other rows, say together which class each row is,
having been fitted on other rows. Where classes merely overlap, the rows that are said most surely are said rightly.
Where labels are wrong anywhere, they are wrong among the surest rows as well, and with no class preferred.

Figures of the probe ``label-noise``: ``rows``; ``correct``: fraction said rightly out of sample; ``top``: fraction
wrong among the surest quarter; ``suspicious``: how many of the surest half are wrong; ``second``: of the wrong ones
those whose label comes second, ``sure_second``: likewise in the surest half; ``one_way``: of two classes that are about
as frequent, how much oftener the one is told for the other than the reverse, as a part of both, and ``above``: how
surely that is no chance; ``classes``; ``held``: fraction wrong among the half of held-out rows of which the script's
own model is surest, where there are held-out rows; ``share``: ``top``, where all of this speaks for wrong labels or for
none, so that it can be trusted; ``asked``: how many held-out rows the same simple models were asked of,
``asked_correct`` and ``asked_top``: what part of these they said rightly, and what part of the surest quarter wrongly;
``own_rows`` and ``own_asked``: how many training rows and held-out rows the script's own model was asked of,
``own_correct`` and ``own_held``: what part of each it said rightly, ``own_top``: what part of the surest half of these
training rows wrongly, ``own_second``: of its wrong ones those whose label comes second, ``own_apart``: how far apart
the classes' shares are in the two, beyond a standard error of each. Of two classes, where the plainest rows of one have
the other's label in PLAIN of the cases: ``floor``, ``ceiling`` and ``gain`` (see two_classes); ``share`` is then the
share of wrong labels that these tell, and ``worst`` that within the class that has more of them.
Source: Northcutt, Jiang & Chuang 2021, "Confident Learning", section 3: out-of-sample probabilities, the sure ones.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from glasswork.doctor.experiments.simple import added, columns, folds, kinds_of, nearness, ridge_scores
from glasswork.doctor.experiments.subject import Clock, KeptBatch, Subject, aside, joined
from glasswork.doctor.experiments.two_classes import curves, sides
from glasswork.doctor.vitals import Probe

__all__ = ["label_noise"]

LEAST_ROWS, MOST_ROWS = 80, 512
LEAST_CLASSES = 3  # of two, one wrong label in three and classes that overlap by a third look alike at first sight
FOLDS = 4
PLAIN = 0.12  # of the plainest quarter on one side; with fewer there is nothing to ask
SURELY = 15.0  # gain: classes of several groups, which simple models see but dimly, have up to 14
TRUSTED = 0.35  # said rightly at the least, and ERRORS standard errors more often than by the commonest class
ERRORS = 3.0
SCATTERED = 0.25  # more than evenly spread, that wrong labels may come second
ALIKE = 2.0  # times as frequent, two classes
ONE_WAY, ABOVE = 0.7, 4.0  # of the wrong ones; standard deviations above chance
ONE_WAY_CLASSES = 4
DIMLY, LIKELY = 0.6, 1.2  # said rightly; standard errors
HELD = 0.1  # where the model is sure of held-out rows and right, it is the simple models that were wrong


def label_noise(subject: Subject, budget: float) -> Probe:
    """Judge every kept row by simple models that were fitted on the others; `budget` is not needed."""
    clock = Clock(budget)
    clean = sum(len(batch) for batch in subject.clean) >= LEAST_ROWS
    both = joined(subject.clean if clean else subject.batches)
    both = None if both is None else added(both, joined(subject.further) if clean or not subject.clean else None)
    kinds = None if both is None else kinds_of(both[1])
    if both is not None and kinds is not None and both[1].is_floating_point() and int(kinds.max()) > 1:
        kinds = None  # amounts that happen to be whole; 0 and 1 are yes and no
    if both is None or kinds is None or len(kinds) < LEAST_ROWS:
        return Probe("label-noise", clock.seconds)
    with aside(subject):
        labels = kinds[:MOST_ROWS].cpu()
        values = one_hot(labels).double()
        flat, parts = columns(both[0][:MOST_ROWS].cpu()), folds(len(labels), FOLDS)
        scores = ridge_scores(flat, values, parts) + ridge_scores(nearness(flat), values, parts)
        figures = _figures(scores, labels)
        figures |= _elsewhere(subject, both) | _own(subject)
    held = figures.get("held")
    common = float(labels.bincount().max()) / len(labels)
    error = (common * (1 - common) / len(labels)) ** 0.5
    known = figures["correct"] > max(TRUSTED, common + ERRORS * error)
    if figures["classes"] < LEAST_CLASSES:
        return Probe("label-noise", clock.seconds, figures | (_of_two(scores, labels, held) if known else {}))
    scattered = figures["second"] < 1 / (figures["classes"] - 1) + SCATTERED and not _side_by_side(figures)
    one_way = figures["classes"] >= ONE_WAY_CLASSES and figures["one_way"] > ONE_WAY and figures["above"] > ABOVE
    one_way &= both[0].is_floating_point()  # of tokens the order is missed, which may tell one class and not the other
    if known and (figures["top"] < HELD or ((scattered or one_way) and (held is None or held > HELD))):
        figures["share"] = figures["top"]
    return Probe("label-noise", clock.seconds, figures)


def _figures(scores: Tensor, labels: Tensor) -> dict[str, float]:
    values, said = scores.topk(min(2, scores.shape[1]), 1)
    surest = (values[:, 0] - values[:, -1]).argsort(descending=True)
    wrong = said[:, 0] != labels
    second = wrong & (said[:, -1] == labels)
    quarter, half = surest[: len(labels) // 4], surest[: len(labels) // 2]
    return {
        "rows": float(len(labels)),
        "classes": float(scores.shape[1]),
        "correct": float((~wrong).double().mean()),
        "top": float(wrong[quarter].double().mean()),
        "suspicious": float(wrong[half].sum()),
        "second": float(second.sum()) / max(float(wrong.sum()), 1.0),
        "sure_second": float(second[half].sum()) / max(float(wrong[half].sum()), 1.0),
        **_one_way(said[half, 0][wrong[half]], labels[half][wrong[half]], labels),
    }


def _side_by_side(figures: dict[str, float]) -> bool:
    """Whether many rows are said wrongly, and the surer ones among these have the label that comes second.

    So it is where all classes overlap. Labels that were drawn anew are no likelier to come second than any other.
    """
    even, wrong = 1 / (figures["classes"] - 1), max(figures["suspicious"], 1.0)
    error = (even * (1 - even) / wrong) ** 0.5
    return figures["correct"] < DIMLY and figures["sure_second"] > even + LIKELY * error


def _one_way(said: Tensor, told: Tensor, labels: Tensor) -> dict[str, float]:
    """Return how much oftener one class is told for another than the other way round, and whether chance does that.

    Classes that overlap take from each other, if they are about as frequent. A slip takes one way only.
    """
    count = int(labels.max()) + 1
    table = torch.zeros(count, count, dtype=torch.double).index_put_((said, told), torch.ones(len(said)).double(), True)
    often = labels.bincount(minlength=count).double()
    alike = often[:, None] < ALIKE * often
    table *= (alike & alike.T).double()
    both, gaps = (table + table.T).triu(1), (table - table.T).triu(1).abs()
    usual = torch.minimum((2 * both / torch.pi) ** 0.5, both)  # of so many fair coins: by how much they differ
    spread = float((both - usual**2).clamp(min=0).sum()) ** 0.5
    above = (float(gaps.sum()) - float(usual.sum())) / max(spread, 1.0)
    return {"one_way": float(gaps.sum()) / max(float(both.sum()), 1.0), "above": above}


def _elsewhere(subject: Subject, both: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Return how rightly held-out rows are said by the same simple models, fitted on training rows."""
    asked = joined(subject.held_out) if subject.held_out else None
    if asked is None or asked[0].shape[1:] != both[0].shape[1:] or asked[1].dim() != both[1].dim():
        return {}
    # As many rows as each fold is fitted on: more rows would find more, as a rule, and held-out labels look better.
    count = min(len(both[1]), MOST_ROWS) * (FOLDS - 1) // FOLDS
    taught, labels = both[0][:count].cpu(), both[1][:count].cpu()
    inputs = torch.cat([taught, asked[0].to(taught.dtype)])
    kinds = kinds_of(torch.cat([labels, asked[1].to(labels.dtype)]))
    rows = len(taught)
    if kinds is None or len(kinds[:rows].unique()) <= int(kinds.max()) or len(kinds) - rows < LEAST_ROWS:
        return {}
    codes = inputs.flatten(1).unique(dim=0, return_inverse=True)[1]
    if bool(torch.isin(codes[rows:], codes[:rows]).any()):
        return {}  # of rows that are known already the answers are, too
    flat, values = columns(inputs), one_hot(kinds).double()
    part = [torch.arange(rows, len(kinds))]
    scores = (ridge_scores(flat, values, part) + ridge_scores(nearness(flat), values, part))[rows:]
    best = scores.topk(min(2, scores.shape[1]), 1)
    wrong = best.indices[:, 0] != kinds[rows:]
    surest = (best.values[:, 0] - best.values[:, -1]).argsort(descending=True)
    return {
        "asked": float(len(wrong)),
        "asked_correct": float((~wrong).double().mean()),
        "asked_top": float(wrong[surest[: len(wrong) // 4]].double().mean()),
    }


def _of_two(scores: Tensor, labels: Tensor, held: float | None) -> dict[str, float]:
    """Return what the curves say, and the shares where that is sure."""
    score = scores[:, 1] - scores[:, 0]
    if max(sides(score, labels)) < PLAIN:
        return {"share": 0.0}
    found = curves(score, labels)
    worst = max(found["floor"], found["ceiling"])
    second = float((labels == 1).double().mean())
    # Of the rows that are really of the second class, 1 - ceiling have its label, and `floor` of the others.
    really = (second - found["floor"]) / max(1 - found["floor"] - found["ceiling"], 1e-9)
    share = found["floor"] * (1 - really) + found["ceiling"] * really
    if found["gain"] > SURELY and 0 < really < 1 and (held is None or held > share / 2):
        found |= {"share": share, "worst": worst}
    return found


def _own(subject: Subject) -> dict[str, float]:
    """Return what the script's own model says of training rows and of held-out rows."""
    model = copy.deepcopy(subject.model).eval()
    there = _answers(model, subject.held_out)
    if there is None:
        return {}
    half = there.surest(2)
    found = {"held": float(there.wrong[half].double().mean())}
    here = _answers(model, (subject.clean or subject.batches) + subject.further)
    if subject.clean:  # what the script made of the loader's rows may be another row, or what the model expects
        given = _answers(model, subject.batches)
        here = min(
            (one for one in (here, given) if one), key=lambda one: float(one.wrong.double().mean()), default=None
        )
    if here is None or here.classes != there.classes or min(len(here.wrong), len(there.wrong)) < LEAST_ROWS:
        return found
    parts = [each.labels.bincount(minlength=here.classes).double() / len(each.labels) for each in (here, there)]
    common = (parts[0] * len(here.labels) + parts[1] * len(there.labels)) / (len(here.labels) + len(there.labels))
    chance = (common * (1 - common) * (1 / len(here.labels) + 1 / len(there.labels))).sqrt().sum() / 2
    return found | {
        "own_rows": float(len(here.wrong)),
        "own_asked": float(len(there.wrong)),
        "own_correct": 1 - float(here.wrong.double().mean()),
        "own_held": 1 - float(there.wrong.double().mean()),
        "own_top": float(here.wrong[here.surest(2)].double().mean()),
        "own_second": float((here.wrong & here.second).sum()) / max(float(here.wrong.sum()), 1.0),
        "own_apart": max(float((parts[0] - parts[1]).abs().sum() / 2 - chance), 0.0),
    }


@dataclass(frozen=True)
class _Answers:
    """What a model says of rows: which it says wrongly, how surely, and whether the label comes second."""

    wrong: Tensor
    margin: Tensor
    second: Tensor
    labels: Tensor
    classes: int

    def surest(self, parts: int) -> Tensor:
        """Return the places of one part in `parts` of the rows: those that are said most surely."""
        return self.margin.argsort(descending=True)[: max(len(self.margin) // parts, 1)]


def _answers(model: nn.Module, batches: list[KeptBatch]) -> _Answers | None:
    """Return what a model says of batches; None where that is no class of each row."""
    kept: list[tuple[Tensor, Tensor]] = []
    for batch in batches:
        with torch.no_grad():
            outputs = model(*batch.inputs, **batch.named)
        targets = batch.targets
        if isinstance(outputs, Tensor) and outputs.numel() == len(outputs) == targets.numel():  # yes or no
            middle = 0.5 if float(outputs.min()) >= 0 and float(outputs.max()) <= 1 else 0.0
            outputs, targets = outputs.flatten() - middle, targets.flatten().long()
            outputs = torch.stack([-outputs, outputs], 1)
        if not isinstance(outputs, Tensor) or outputs.dim() != 2 or outputs.shape[1] < 2:
            return None
        if targets.shape != outputs.shape[:1] or targets.is_floating_point():
            return None
        kept.append((outputs, targets))
    if not kept:
        return None
    scores, labels = (torch.cat(parts) for parts in zip(*kept, strict=True))
    best = scores.topk(2, 1)
    return _Answers(
        best.indices[:, 0] != labels,
        best.values[:, 0] - best.values[:, 1],
        best.indices[:, 1] == labels,
        labels,
        scores.shape[1],
    )
