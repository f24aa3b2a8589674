"""A network that does not even learn its training data.

Looks at:     the training loss at the end against that of guessing, whether it still falls, the validation loss, and
              the one-batch probe where it was made.
Fires when:   the training has ended, its loss is flat and above HIGH of that of guessing, and the probe could not learn
              even one batch (a warning); without the probe, above VERY_HIGH (a warning of low confidence). Likewise a
              classifier with a hidden layer of a PART of its classes or fewer (or of one unit), if above NARROW, flat
              or outdone by simple models by OUTDONE of the answers (then also one of fewer units than classes and
              inputs); a regression with a hidden layer of at most THIN units, fewer than its inputs, above WORSE, where
              simple models explain more by OUTDONE or the probe could not learn one batch; an autoencoder
              that lets a single number through, where its first layer has DIRECTIONS or more, above SQUEEZED; a
              model of a single linear layer, above HALF, where simple models find FAR more; and convolutions that all
              look at one place at a time, before a mean over the places, where simple models find more than the
              network.
Why it hurts: the network is too small, too regularised or too badly driven for the task; more steps do not help.
Try first:    a wider or deeper network, less dropout and decay; see whether one batch can be learned by heart.
Can be wrong: where the data hold little to learn: noise cannot be fitted by a sound network either. Where simple models
              do no better on rows they have not seen, it is a note; where they find nothing at all, too, unless not
              even one batch was learned; so it is where it says more rows rightly than they do, or
              KNOWN of those that guessing leaves, its loss below FALLEN, or MOST of them; and where each row of a batch
              is to find its own partner among the others' (labels 0, 1, 2 …): partners that are alike keep that loss
              high.
Source:       Goodfellow et al. 2016, section 5.2; AUTOTRAINER's not-converge. HIGH, VERY_HIGH: a regression that
              explains less than 30 %, or 20 %, of the variance of its own training data.
Probe:        ``one-batch``: figure ``ratio`` (last loss over first, on one batch learned by heart, without dropout);
              ``shuffled-labels``: figures ``score`` (out-of-sample R2 of a simple model) and ``p``; ``leakage``: figure
              ``all`` (share of rows that a simple model says rightly).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from glasswork.doctor.rules._anatomy import kind, ordered, weighted
from glasswork.doctor.rules._history import (
    AMOUNTS,
    baseline,
    course,
    in_the_data,
    looked_at,
    main_loss,
    right_answers,
    shown,
    sober_loss,
)
from glasswork.doctor.rules._labels import beyond_guessing
from glasswork.doctor.vitals import LayerFacts, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["underfitting"]

HIGH = 0.7
VERY_HIGH = 0.8
ENOUGH = 60  # losses
FALLING = 0.95  # of the last quarter's first half
LEARNED = 0.3
PART = 0.25
NARROW = 0.3
THIN = 4
WORSE = 0.2
SQUEEZED = 0.4
KNOWN = 0.5
MOST = 0.95
FALLEN = 0.85  # of guessing: a loss that has gone down by that little as well
FEW = 5  # batches
DIRECTIONS = 4.0  # effective rank
RIGHT = 0.85  # of the answers: then it is wide enough
BEYOND = 0.02  # of the answers
OUTDONE = 0.15  # simple models on rows they have not seen, against the network on rows it was trained on
SLOWLY = 0.85  # of the last quarter's first half
PASSING = ("flatten", "identity", "unflatten")
FAR = 0.3  # of the loss of guessing, by which simple models find more than a linear one
HALF = 0.5
AS_GOOD = 0.1  # of the loss of guessing: so near to what a simple model reaches is as good


def underfitting(vitals: Vitals) -> Iterator[Finding]:
    """Yield, at the end, that little was learned of the training data themselves."""
    seen, guess = course(vitals), baseline(vitals)
    if not vitals.finished or vitals.error or sober_loss(vitals) is None or len(seen) < ENOUGH or not guess:
        return
    width = len(seen) // 8
    now, before = seen.recent(len(seen), width=width), seen.recent(len(seen) - width, width=width)
    probe = vitals.probes.get("one-batch")
    ratio = probe.figures.get("ratio") if probe else None
    learnable = ratio is not None and ratio < LEARNED
    unlearnable = ratio is not None and ratio >= LEARNED
    narrow = _narrow(vitals)
    outdone = not narrow and (in_the_data(vitals) or 0.0) > 1 - now / guess + OUTDONE
    thin = _thin(vitals) if outdone or unlearnable else ""
    thin = thin or (_squeezed(vitals) if outdone and now > SQUEEZED * guess else "")
    lines = _linear(vitals) if (in_the_data(vitals) or 0.0) > 1 - now / guess + FAR else ""
    narrow = narrow or thin or lines
    least = WORSE if thin else HALF if lines else NARROW if narrow else HIGH if unlearnable else VERY_HIGH
    falling = SLOWLY if thin or (narrow and _outdone(vitals)) else FALLING
    if now < falling * before or now > 2 * guess or now < least * guess:
        return
    apart = _one_by_one(vitals) if (in_the_data(vitals) or 0.0) > 1 - now / guess + AS_GOOD else ""
    narrow = narrow or apart
    said = f"; one batch alone was learned to {ratio:.0%} of its loss" if ratio is not None else ""
    found, asked = in_the_data(vitals), vitals.probes.get("leakage")
    simple = asked.figures.get("all") if asked and asked.figures.get("classes") and found is None else None
    noisy = found is not None and now / guess <= 1 - found + AS_GOOD and (found > 0 or not unlearnable)
    noisy |= not unlearnable and now < FALLEN * guess and (beyond_guessing(vitals) or 0.0) > KNOWN
    noisy |= (beyond_guessing(vitals) or 0.0) > MOST  # scores that cannot be far apart, as cosines
    noisy |= simple is not None and not unlearnable and right_answers(vitals) >= simple + BEYOND
    noisy |= not unlearnable and _among_each_other(vitals)
    yield Finding(
        "underfitting",
        "note" if not narrow and (learnable or noisy) else "warning",
        0.9 if apart else 0.85 if narrow else 0.75 if unlearnable else 0.45,
        "model",
        f"After {seen.numbers[-1]} steps the training loss is{' flat' if now >= FALLING * before else ''} at "
        f"{shown(now)}, {now / guess:.0%} of that of "
        "guessing"
        f"{said}{narrow}.",
        "Give the convolutions a kernel of 3, so that they see neighbours."
        if apart
        else "Add a hidden layer with an activation after it: a linear model draws straight lines only."
        if lines
        else "Use a wider or deeper network and less regularisation; see whether one batch can be learned by heart.",
        seen.numbers[-1],
        (
            Treatment("A wider network.", {"model.hidden": [512, 512]}),
            Treatment("No dropout.", {"model.dropout": 0.0}),
        ),
    )


def _among_each_other(vitals: Vitals) -> bool:
    """Return whether the classes are the places of the batch's own rows, as in contrastive losses."""
    batches = [step.batch for step in looked_at(vitals) if step.batch is not None and step.batch.targets is not None]
    counts = [batch.targets.counts for batch in batches[:FEW] if batch.targets is not None]
    return bool(counts) and all(
        one and len(one) > 2 and set(one) == set(range(len(one))) and max(one.values()) == 1 for one in counts
    )


def _outdone(vitals: Vitals) -> bool:
    """Return whether simple models say rows they have not seen better than the network says its training rows."""
    for name, figure in (("label-noise", "correct"), ("leakage", "all")):
        probe = vitals.probes.get(name)
        found = probe.figures.get(figure) if probe and probe.figures.get("classes", 0.0) > 1 else None
        right = [s.batch.correct for s in looked_at(vitals) if s.batch and s.batch.correct is not None]
        if found is not None and right:
            return fmean(right[-5:]) < found - OUTDONE
    return False


def _linear(vitals: Vitals) -> str:
    """Return what to say of a model that is a single linear layer; empty of any other."""
    if len(vitals.models) != 1:
        return ""
    model = next(iter(vitals.models.values()))
    layers = [x for x in ordered(model) if x.family not in ("dropout", "norm") and x.kind.lower() not in PASSING]
    if not layers or layers[0].kind != "Linear" or any(not _squashes(x) for x in layers[1:]):
        return ""
    return f"; {layers[0].name} is the only layer, and the model a linear one, where simple models find far more"


def _squashes(layer: LayerFacts) -> bool:
    return layer.family == "activation" and kind(layer) in ("sigmoid", "softmax", "logsoftmax", "logsigmoid")


def _one_by_one(vitals: Vitals) -> str:
    """Return what to say of convolutions over pictures of which none sees two places at once; empty without."""
    for model in vitals.models.values():
        layers = weighted(model)
        seeing = [x for x in layers if x.kind == "Conv2d"]
        after = next((x for x in layers if x.kind == "Linear"), None)
        alone = all(set(x.settings.get("kernel_size") or (0,)) == {1} for x in seeing)
        if len(seeing) > 1 and alone and after is not None and after.settings.get("in_features") == seeing[-1].units:
            return f"; all {len(seeing)} convolutions look at one pixel at a time (kernel_size 1)"
    return ""


def _thin(vitals: Vitals) -> str:
    """Return what to say of a regression that goes through a few units; empty without, or where that is meant to be."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return ""
    for model in vitals.models.values():
        layers = [x for x in weighted(model) if x.family == "linear" and x.units]
        last = next((x for x in layers if x.last), None)
        wide = layers[0].settings.get("in_features") if layers else None
        if last is None or not wide or (last.units or 0) >= wide:
            continue  # a decoder gives back as much as it was given: what lies between is narrow on purpose
        for layer in layers:
            if not layer.last and (layer.units or 0) <= THIN and (layer.units or 0) < wide:
                return f"; {layer.name} lets {layer.units} numbers through, of {wide} that come in"
    return ""


def _squeezed(vitals: Vitals) -> str:
    """Return what to say of an autoencoder that lets one number through, of inputs with many directions."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return ""
    for model in vitals.models.values():
        layers = [x for x in weighted(model) if x.family == "linear" and x.units]
        one = next((x for x in layers[1:] if x.units == 1 and not x.last), None)
        if one is None or not layers[-1].last or (layers[-1].units or 0) < DIRECTIONS:
            continue
        ranks = [s.layers[layers[0].name].rank for s in looked_at(vitals) if layers[0].name in s.layers]
        rank = next((rank for rank in ranks if rank is not None), None)
        if rank is not None and rank >= DIRECTIONS:
            return f"; {one.name} lets one number through, where {layers[0].name} has {shown(rank)} directions"
    return ""


def _narrow(vitals: Vitals) -> str:
    """Return what to say of a classifier's hidden layer that is far narrower than its classes; empty without."""
    loss, right = (
        main_loss(vitals),
        [s.batch.correct for s in looked_at(vitals) if s.batch and s.batch.correct is not None],
    )
    if loss is None or loss.kind not in ("cross_entropy", "nll") or not right or fmean(right[-5:]) > RIGHT:
        return ""
    for model in vitals.models.values():
        layers = [x for x in weighted(model) if x.family == "linear" and x.units]
        last = next((x for x in layers if x.last), None)
        wide = layers[0].settings.get("in_features") if layers else None
        outdone = bool(wide) and _outdone(vitals)  # then a layer is narrow that has fewer units than there are classes
        for layer in layers:
            most = max(PART * (last.units or 0), 1.0 if (last.units or 0) > 2 else 0.0) if last else 0.0
            below = last is not None and outdone and (layer.units or 0) < min(last.units or 0, wide or 0)
            if last is not None and not layer.last and (0 < (layer.units or 0) <= most or below):
                return (
                    f"; {layer.name} has {layer.units} unit{'' if layer.units == 1 else 's'} for {last.units} classes"
                )
    return ""
