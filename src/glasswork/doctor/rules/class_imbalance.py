"""Classes of which one is rare.

Looks at:     how often each class occurs in the sampled batches, how often examples of the rarest are recognised, and
              the weights that the loss gives to classes.
Fires when:   the most frequent class occurs RATIO times as often as the rarest, after ROWS examples, and fewer than
              RECALL of the rarest one's recent examples were recognised once the training is PART through; or at once
              where the ratio is above GRAVE. Where classes are weighted: when hardly any (LOST) is recognised all the
              same, or when the weights make the frequent class count more; or when the last evaluation recognises
              hardly any of FEWEST and more examples of a class that all of the training has so rarely; or several
              classes are that rare, one of them by GRAVE, and of all their late examples together hardly any is
              recognised.
Why it hurts: always saying the frequent class is nearly right; the gradient of the rare class drowns.
Try first:    weight the loss by class, or draw the rare class more often; judge by recall of each class, not
              accuracy.
Can be wrong: when the rare class is learned later; hence recall is asked for and not only the ratio, early only where
              the other classes are recognised, and what is recognised in the end is a note. Words, pixels and several
              labels at once are left out: there imbalance is the rule.
Source:       SageMaker Debugger's class-imbalance rule: ratio 10, error of a class 0.7.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import main_loss, shown
from glasswork.doctor.rules._labels import classified, outputs_wide
from glasswork.doctor.vitals import LossFacts, StepVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["class_imbalance"]

RATIO = 10.0
GRAVE = 35.0
ROWS = 200
RECALL = 0.5
LOST = 0.1
UPSIDE = 2.0  # times that a frequent class counts more than a rare one, by weights that should do the reverse
PART = 0.3
FIRST = 80
EARLIEST = 30
MOST = 100  # classes, above which frequencies fall off by nature
COUNTED = 50  # rows of the frequent class, or of all data, below which frequencies are chance
ASKED = 200  # rows of an evaluation: none of a class among them says that it is not asked for
FEWEST = 5  # examples of it in an evaluation, or, of more than two classes, in training
SEEN = 20  # examples of the rare class over which its recall is taken


def class_imbalance(vitals: Vitals) -> Iterator[Finding]:
    """Yield that a class is rare and not recognised."""
    loss = main_loss(vitals)
    if loss is None:
        return
    weighted = bool(loss.settings.get("weight") or loss.settings.get("pos_weight"))
    total: dict[int, int] = {}
    recent: dict[int, list[tuple[int, int]]] = {}
    found = list(classified(vitals))
    last = found[-1][0].number if found else 0
    for step, counts in found:
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
        for value, pair in ((step.batch.recall if step.batch else None) or {}).items():
            recent.setdefault(value, []).append(pair)
        if sum(total.values()) < _enough(vitals) or not 1 < len(total) <= MOST:
            continue
        if vitals.loader.get("rows") and vitals.loader["rows"] <= COUNTED:
            return
        if outputs_wide(vitals, step) is None:
            return
        rare, often = _ends(total)
        if weighted and _upside_down(loss, total, rare, often):
            yield _inverted(loss, total, rare, often, step.number)
            return
        hits, shown_ = _last(recent.get(rare, []))
        if not _missed(vitals, step.number, last, total[often] / total[rare], total, hits, shown_, weighted):
            continue
        if step.number < _patience(vitals) and not _others(recent, rare):
            continue  # nothing is recognised yet
        seldom = {value for value, count in total.items() if total[often] >= RATIO * count}
        said = f", and {hits} of its last {shown_} examples were recognised" if shown_ else ""
        advice = "Weight the loss by class or draw the rare class more often, and judge by the recall of each class."
        if weighted:
            advice = "See whether the weights of the loss are those of the rare classes (one over their frequency)."
        yield Finding(
            "class-imbalance",
            "note" if _recognised(vitals, seldom, found) else "warning",
            0.85 if shown_ >= SEEN else 0.6,
            "data",
            f"{_counted(total, rare, often, step.number)}{said}.",
            advice,
            step.number,
            () if weighted else (Treatment(advice, {"loss.class_weight": "balanced"}),),
        )
        return
    if found and outputs_wide(vitals, found[-1][0]) is not None:
        yield from list(_evaluated(vitals)) or _together(vitals, total, found, weighted)


def _evaluated(vitals: Vitals) -> Iterator[Finding]:
    """Yield a class that is rare in all of the training and that the last evaluation does not recognise."""
    total = {value: count for value, count in (vitals.labels or {}).items() if count}
    judged = [evaluation for evaluation in vitals.evaluations if evaluation.recall]
    if not vitals.finished or not judged or not 1 < len(total) <= MOST:
        return
    rare, often = _ends(total)
    recall = judged[-1].recall or {}
    hits, seen = recall.get(rare, (0, 0))
    if not _others({value: [pair] for value, pair in recall.items()}, rare):
        return
    if total[often] < max(RATIO * total[rare], COUNTED) or seen < FEWEST or hits >= LOST * seen:
        return
    advice = "Weight the loss by class or draw the rare class more often, and judge by the recall of each class."
    yield Finding(
        "class-imbalance",
        "warning",
        0.85 if seen >= SEEN else 0.7,
        "data",
        f"{_counted(total, rare, often, judged[-1].step)}, and the evaluation then recognised {hits} of {seen}.",
        advice,
        judged[-1].step,
        (Treatment(advice, {"loss.class_weight": "balanced"}),),
    )


def _together(
    vitals: Vitals, total: dict[int, int], found: list[tuple[StepVitals, dict[int, int]]], weighted: bool
) -> Iterator[Finding]:
    """Yield several rare classes of which in the end hardly any example is recognised; each alone has too few."""
    last = found[-1][0].number
    if weighted or not vitals.finished or last < EARLIEST or sum(total.values()) < _enough(vitals):
        return
    rare, often = _ends(total)
    if not 2 < len(total) <= MOST or total[often] < GRAVE * total[rare]:
        return
    seldom = {value for value, count in total.items() if total[often] >= RATIO * count}
    late = [step.batch.recall or {} for step, _ in found if step.batch is not None and step.number > last / 2]
    pairs = [recall[value] for recall in late for value in seldom & recall.keys()]
    hits, seen = sum(good for good, _ in pairs), sum(count for _, count in pairs)
    if (
        len(seldom) < 2
        or seen < SEEN
        or hits >= LOST * seen
        or not _others({-1: [r[often] for r in late if often in r]}, rare)
    ):
        return
    advice = "Weight the loss by class or draw the rare classes more often, and judge by the recall of each class."
    yield Finding(
        "class-imbalance",
        "warning",
        0.7,
        "data",
        f"{_counted(total, rare, often, last)}; of the last {seen} examples of {len(seldom)} such classes {hits} were "
        "recognised.",
        advice,
        last,
        (Treatment(advice, {"loss.class_weight": "balanced"}),),
    )


def _missed(
    vitals: Vitals, number: int, last: int, ratio: float, total: dict[int, int], hits: int, seen: int, weighted: bool
) -> bool:
    """Return whether a class is rare, long enough so, and not recognised."""
    wait = _patience(vitals)
    if vitals.finished and number == last and number >= EARLIEST and seen >= SEEN and not hits:
        wait = number  # nothing later was looked at
    soon = number < wait and (ratio < GRAVE or sum(total.values()) < 2 * _enough(vitals))
    if ratio < RATIO or soon:
        return False
    if weighted:
        return seen >= SEEN and number >= wait and hits < LOST * seen
    return hits < RECALL * seen if seen else ratio >= GRAVE


def _ends(total: dict[int, int]) -> tuple[int, int]:
    """Return the rarest and the most frequent class; of many, the rarest that occurs more than now and then.

    Of sums, counts and the like there are hardly any at the ends, by nature.
    """
    known = [value for value in total if total[value] >= FEWEST or len(total) == 2]
    often = max(total, key=lambda value: total[value])
    return min(known, key=lambda value: total[value], default=often), often


def _patience(vitals: Vitals) -> float:
    """Return the step from which a class must be recognised."""
    return max(FIRST, PART * (vitals.planned_steps or 0))


def _others(recent: dict[int, list[tuple[int, int]]], rare: int) -> bool:
    """Return whether the examples of the other classes are mostly recognised of late; also where that is not seen."""
    pairs = [_last(of_class) for value, of_class in recent.items() if value != rare]
    return sum(hits for hits, _ in pairs) >= RECALL * sum(seen for _, seen in pairs)


def _recognised(vitals: Vitals, rare: set[int], found: list[tuple[StepVitals, dict[int, int]]]) -> bool:
    """Return whether the rare classes are recognised in the end, though they were learned later than the others.

    In validation, or, where that has hardly an example of them, in both together; also where validation has many rows
    and none of theirs: nothing is asked of such classes.
    """
    last = found[-1][0].number
    late = [e.recall for e in vitals.evaluations if e.recall and e.step > last / 2]
    judged = [late[-1][value] for value in rare & late[-1].keys()] if late else []
    plain = [(hits, seen) for hits, seen in judged if seen >= FEWEST]
    if plain:
        return all(hits >= RECALL * seen for hits, seen in plain)
    if sum(seen for _, seen in judged) < FEWEST:
        if late and not judged and sum(seen for _, seen in late[-1].values()) >= ASKED:
            return True
        recalls = [step.batch.recall or {} for step, _ in found if step.batch is not None and step.number > last / 2]
        judged.append(_last([recall[value] for recall in recalls for value in rare & recall.keys()]))
    return 0 < RECALL * sum(seen for _, seen in judged) <= sum(hits for hits, _ in judged)


def _enough(vitals: Vitals) -> int:
    """Return how many labels tell frequencies: of a small data set each row, seen once."""
    return min(ROWS, int(vitals.loader.get("rows") or ROWS))


def _upside_down(loss: LossFacts, total: dict[int, int], rare: int, often: int) -> bool:
    """Return whether the weights of the loss make a class that is frequent anyway count more."""
    weights, positive = loss.settings.get("weights"), loss.settings.get("pos_weights")
    if weights and max(total) < len(weights) and min(total) >= 0:
        return total[often] >= UPSIDE * total[rare] and float(weights[often]) >= UPSIDE * float(weights[rare])
    if positive and len(positive) == 1 and set(total) == {0, 1}:
        times = total[1] / total[0]
        factor = float(positive[0])
        return (times >= UPSIDE and factor >= UPSIDE) or (times <= 1 / UPSIDE and factor <= 1 / UPSIDE)
    return False


def _inverted(loss: LossFacts, total: dict[int, int], rare: int, often: int, number: int) -> Finding:
    weights = loss.settings.get("weights")
    if weights:
        said = f"weighs them {shown(float(weights[often]))} and {shown(float(weights[rare]))}"
    else:
        said = f"counts class 1 {shown(float(loss.settings['pos_weights'][0]))} times"
    return Finding(
        "class-imbalance",
        "warning",
        0.9,
        "loss",
        f"{_counted(total, rare, often, number)}, and {loss.name} {said}: the frequent class counts still more.",
        "Weight each class by one over its frequency, not by its frequency.",
        number,
        (Treatment("Balance the classes.", {"loss.class_weight": "balanced"}),),
    )


def _counted(total: dict[int, int], rare: int, often: int, number: int) -> str:
    return (
        f"Of {sum(total.values()):,} labels up to step {number}, {total[often]:,} are class {often} and "
        f"{total[rare]:,} are class {rare}, {total[often] / total[rare]:.0f} to 1"
    )


def _last(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    """Return hits and examples of the last batches that together hold enough."""
    hits = seen = 0
    for good, count in reversed(pairs):
        hits, seen = hits + good, seen + count
        if seen >= SEEN:
            break
    return hits, seen
