"""Vitals made by hand: trainings of every kind that are well, and the parts to make sick ones from."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from glasswork.doctor.vitals import (
    BatchVitals,
    Evaluation,
    LayerFacts,
    LayerVitals,
    LossFacts,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    StepVitals,
    TensorVitals,
    Vitals,
)

ROWS, FEATURES, HIDDEN, CLASSES = 32, 8, 64, 4
LN4 = math.log(4)


def tensor(*shape, low=-2.0, high=2.0, mean=0.0, std=1.0, **fields):
    """A floating tensor that looks standardised and differs from row to row."""
    return TensorVitals(tuple(shape), "float32", mean, std, low, high, **{"zeros": 0.0, "rows_alike": 3.0, **fields})


def features(rows=ROWS, *, means=None, stds=None, **fields):
    """Standardised columns."""
    width = len(means or stds or [0] * FEATURES)
    return tensor(rows, width, feature_means=means or [0.0] * width, feature_stds=stds or [1.0] * width, **fields)


def classes(counts=None, **fields):
    """Labels of whole examples."""
    counts = counts or dict.fromkeys(range(CLASSES), ROWS // CLASSES)
    rows = sum(counts.values())
    return TensorVitals(
        (rows,),
        "int64",
        low=float(min(counts)),
        high=float(max(counts)),
        counts=counts,
        distinct=len(counts),
        longest_run=2,
        std=1.0 if len(counts) > 1 else 0.0,
        mean=float(min(counts)),
        **fields,
    )


def layer(name, kind, family, order, *, after=(), units=HIDDEN, **fields):
    """Facts of a layer that ran."""
    return LayerFacts(name, kind, family, order, after=tuple(after), units=units, **{"runs": 10, **fields})


def parameter(name, shape, **fields):
    """A matrix as torch draws it, or a vector."""
    fan = math.prod(shape[1:]) if len(shape) > 1 else None
    std = 1 / math.sqrt(3 * fan) if fan else 0.1
    return ParameterFacts(
        name,
        name.rpartition(".")[0],
        tuple(shape),
        **{"optimized": True, "mean": 0.0, "std": std, "zeros": 0.0, "alike": False, "fan_in": fan, **fields},
    )


def model(hidden=2, *, activation="ReLU", outputs=CLASSES, inputs=FEATURES, norm=None, dropout=None):
    """A multi-layer perceptron: fc0 act0 fc1 act1 … out."""
    facts = ModelFacts("model", "MLP")
    order, last, width = 0, "", inputs

    def add(name, kind, family, **fields):
        nonlocal order, last
        facts.layers[name] = layer(name, kind, family, order, after=(last,) if last else (), **fields)
        order, last = order + 1, name

    for place in range(hidden):
        add(f"fc{place}", "Linear", "linear")
        facts.parameters[f"fc{place}.weight"] = parameter(f"fc{place}.weight", (HIDDEN, width))
        facts.parameters[f"fc{place}.bias"] = parameter(f"fc{place}.bias", (HIDDEN,))
        width = HIDDEN
        if norm:
            add(f"norm{place}", norm, "norm", settings={"momentum": 0.1, "track_running_stats": True})
            facts.parameters[f"norm{place}.weight"] = parameter(f"norm{place}.weight", (HIDDEN,))
        add(f"act{place}", activation, "activation")
        if dropout is not None:
            add(f"drop{place}", "Dropout", "dropout", settings={"p": dropout})
    add("out", "Linear", "linear", units=outputs, last=True)
    facts.parameters["out.weight"] = parameter("out.weight", (outputs, width))
    facts.parameters["out.bias"] = parameter("out.bias", (outputs,))
    return facts


def layer_vitals(facts, name, *, rate=1e-3):
    """What a sound layer shows in a sampled step."""
    known = facts.layers[name]
    if known.family == "linear":
        return LayerVitals(
            weight=0.1, gradient=0.01, update=rate, gradient_alike=False, mean=0.0, std=0.6, low=-2, high=2, zeros=0.0
        )
    if known.family == "norm":
        return LayerVitals(
            mean=0.0,
            std=1.0,
            running_gap=0.1,
            running_zero=False,
            training=True,
            weight=1.0,
            gradient=0.01,
            update=rate,
        )
    if known.family == "dropout":
        return LayerVitals(mean=0.4, std=0.6, zeros=0.6, training=True)
    bounded = known.kind in ("Sigmoid", "Tanh")
    return LayerVitals(
        mean=0.4,
        std=0.6,
        low=0.0,
        high=3.0,
        units=HIDDEN,
        zeros=0.5 if known.kind == "ReLU" else 0.0,
        silent=0b11 if known.kind == "ReLU" else None,
        saturated=0.05 if bounded else None,
        stuck=0 if bounded else None,
    )


def sampled(number, steps):
    """Whether an observer would look at this step closely."""
    return number <= 10 or number % max(1, steps // 20) == 0


def falling(number, start=1.45, end=0.05, pace=25.0, noise=0.05):
    """A loss that comes down with some noise, the same for the same number."""
    wobble = random.Random(number).gauss(0, noise)
    return (end + (start - end) * math.exp(-(number - 1) / pace)) * math.exp(wobble)


def training(
    steps=120,
    *,
    facts=None,
    loss=falling,
    kind="cross_entropy",
    optimizer="Adam",
    rate=1e-3,
    inputs=None,
    targets=None,
    outputs=None,
    finished=True,
    evaluations=True,
    **group,
):
    """A training that is well; parts of it are then made sick."""
    facts = facts or model()
    inputs, targets = inputs or features(), targets or classes()
    outputs = outputs or tensor(ROWS, CLASSES, row_sums=(-3.0, 3.0), std=0.4)
    vitals = Vitals(
        models={"model": facts},
        optimizers={
            "optimizer": OptimizerFacts(
                "optimizer", optimizer, [{"lr": rate, "weight_decay": 0.0, **group}], list(facts.parameters)
            )
        },
        losses=[LossFacts(kind, f"F.{kind}", "mean")],
        planned_steps=steps,
        finished=finished,
        loader={"batch_size": ROWS, "shuffle": True, "workers": 0, "rows": 2000},
    )
    for number in range(1, steps + 1):
        step = StepVitals(
            number,
            loss=loss(number),
            learning_rates=(rate,),
            zeroed=True,
            backwards=1,
            epoch=number // 63,
            seconds=0.01,
        )
        if sampled(number, steps):
            step.sampled = True
            step.gradient_norm = 0.5 * math.exp(random.Random(number).gauss(0, 0.3))
            step.weight_norm, step.update_norm, step.alignment, step.carried = 10.0, 0.05, 0.4, 0.0
            step.memory = 400.0
            step.layers = {name: layer_vitals(facts, name, rate=rate) for name in facts.layers}
            step.batch = BatchVitals(
                inputs={"0": inputs},
                outputs=outputs,
                targets=targets,
                baseline_loss=LN4 if kind == "cross_entropy" else None,
                correct=min(0.98, 0.3 + number / steps),
                recall=dict.fromkeys(range(CLASSES), (7, 8)) if kind == "cross_entropy" else None,
            )
        vitals.steps.append(step)
    if evaluations:
        for number in range(20, steps + 1, 20):
            late = loss(number)
            vitals.evaluations.append(
                Evaluation(
                    number, None if late is None else late * 1.1, min(0.95, 0.4 + number / steps), 4, repeated=0.0
                )
            )
            vitals.evaluations[-1].inputs = replace(inputs)
    return vitals


def look(vitals, number):
    """The step of that number."""
    return vitals.steps[number - 1]


# --- trainings that are well ------------------------------------------------------------------------------------------


def classifier():
    """A plain classifier, trained with Adam."""
    return training()


def regression():
    """A regression on standardised targets."""
    return training(
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(ROWS, 1),
        outputs=tensor(ROWS, 1, std=0.3),
        loss=lambda n: falling(n, 1.1, 0.1),
    )


def language_model():
    """Next words: starts at the logarithm of the vocabulary, ends high, on tokens; weight decay 0.1, clipped."""
    facts = ModelFacts("model", "GPT")
    facts.layers["tokens"] = layer("tokens", "Embedding", "embedding", 0)
    facts.parameters["tokens.weight"] = parameter("tokens.weight", (1000, 64), fan_in=None, std=0.02)
    for place in range(2):
        facts.layers[f"norm{place}"] = layer(f"norm{place}", "LayerNorm", "norm", 4 * place + 1)
        for number, (part, shape) in enumerate({"up": (256, 64), "down": (64, 256)}.items()):
            name = f"{part}{place}"
            facts.layers[name] = layer(name, "Linear", "linear", 4 * place + 2 + number, units=shape[0])
            facts.parameters[f"{name}.weight"] = parameter(f"{name}.weight", shape, std=0.02)
    facts.layers["head"] = layer("head", "Linear", "linear", 10, units=1000, last=True)
    facts.parameters["head.weight"] = parameter("head.weight", (1000, 64), std=0.02)
    targets = TensorVitals(
        (16, 64), "int64", counts={w: 1 + 500 // (w + 1) for w in range(1000)}, low=0, high=999, std=200.0
    )
    vitals = training(
        facts=facts,
        optimizer="AdamW",
        rate=3e-4,
        weight_decay=0.1,
        targets=targets,
        outputs=tensor(16, 1000, 64, std=0.2),
        loss=lambda n: falling(n, math.log(1000), 4.0, noise=0.01),
    )
    for step in vitals.steps:
        step.backwards = 4  # accumulated
        if step.sampled:
            step.before_clip, step.gradient_norm = 3.0, 1.0
            step.batch.inputs, step.batch.baseline_loss, step.batch.recall = {}, 5.5, None
            step.batch.tokens = {"0": TensorVitals((16, 64), "int64", 100.0, 90.0, 0, 999, rows_alike=4.0)}
            for seen in step.layers.values():
                if seen.weight:
                    seen.decay = 0.1 * seen.weight
    return vitals


def fine_tuning():
    """A trained body, frozen, under a new head: the loss is small from the start, batch norms evaluate."""
    facts = model(norm="BatchNorm1d")
    for known in facts.parameters.values():
        if not known.name.startswith("out"):
            known.trainable, known.optimized, known.std = False, False, (known.std or 0) * 1.7
            known.mean = 0.02
    vitals = training(facts=facts, loss=lambda n: falling(n, 0.5, 0.2, noise=0.02), rate=1e-4)
    for step in vitals.steps:
        for name, seen in step.layers.items():
            if not name.startswith("out"):
                seen.gradient = seen.update = seen.gradient_alike = None
                seen.training = False if seen.training is not None else None
    return vitals


def game():
    """A GAN: two optimizers in turns, losses that do not fall, sigmoid outputs, labels all 1 or all 0."""
    vitals = training(evaluations=False, kind="binary_cross_entropy_with_logits", facts=model(outputs=1))
    vitals.optimizers["generator"] = OptimizerFacts("generator", "Adam", [{"lr": 1e-3, "betas": (0.0, 0.9)}], [])
    for place, step in enumerate(vitals.steps):
        step.optimizer = "generator" if place % 2 else "optimizer"
        step.number = place // 2 + 1
        step.loss = 0.7 + 0.4 * math.sin(place / 3) + place / 100
        if step.batch:
            step.batch.targets = tensor(
                ROWS, 1, mean=float(place % 2), std=0.0, counts={place % 2: ROWS}, rows_alike=0.0
            )
            step.batch.outputs = tensor(ROWS, 1)
    return vitals


def reinforcement():
    """A policy's loss: no known kind, noisy, below 0, rising."""
    vitals = training(kind="unknown", evaluations=False, loss=lambda n: random.Random(n).gauss(n / 400, 0.5))
    for step in vitals.steps:
        if step.batch:
            step.batch.targets = step.batch.baseline_loss = step.batch.correct = step.batch.recall = None
    return vitals


def variational():
    """A variational autoencoder: a sum over pixels, divided by hand, to sigmoid outputs in [0, 1]."""
    facts = model(activation="Sigmoid", outputs=HIDDEN)
    pixels = tensor(ROWS, 64, low=0.0, high=1.0, mean=0.3, std=0.3)
    vitals = training(
        facts=facts,
        kind="binary_cross_entropy",
        targets=pixels,
        inputs=replace(pixels, feature_stds=[0.3] * 64, feature_means=[0.3] * 64),
        outputs=replace(pixels, std=0.05, mean=0.5),
        loss=lambda n: falling(n, 45.0, 30.0),
    )
    vitals.losses[0].reduction = "sum"
    for step in vitals.steps:
        if step.batch:
            step.batch.correct = step.batch.recall = None
            step.batch.baseline_loss = ROWS * 40.0
    return vitals


def multi_label():
    """Several labels at once, of which most are rare."""
    facts = model(outputs=20)
    labels = tensor(ROWS, 20, low=0.0, high=1.0, mean=0.1, std=0.3, counts={0: 576, 1: 64}, row_sums=(0.0, 6.0))
    vitals = training(
        facts=facts,
        kind="binary_cross_entropy_with_logits",
        targets=labels,
        outputs=tensor(ROWS, 20),
        loss=lambda n: falling(n, 0.7, 0.1),
    )
    for step in vitals.steps:
        if step.batch:
            step.batch.recall = None
            step.batch.baseline_loss = 0.33
    return vitals


def warm_up_and_cosine():
    """A rate that starts at 0, rises, and comes down to 0 at the very end."""
    vitals = training()
    for step in vitals.steps:
        n = step.number - 1
        rate = 1e-2 * (n / 12 if n < 12 else (1 + math.cos(math.pi * (n - 12) / 107)) / 2)
        step.learning_rates = (rate,)
        if step.update_norm:
            step.update_norm = 50 * rate
    vitals.scheduler = {"kind": "LambdaLR", "steps": 120, "before_optimizer": False}
    return vitals


def convolutional():
    """Images through batch norm; validated in evaluation mode."""
    facts = model(norm="BatchNorm2d", dropout=0.5)
    facts.parameters["fc0.weight"] = parameter("fc0.weight", (HIDDEN, 3, 3, 3))
    images = tensor(
        ROWS,
        3,
        28,
        28,
        low=0.0,
        high=1.0,
        mean=0.45,
        std=0.25,
        feature_means=[0.45] * 3,
        feature_stds=[0.25] * 3,
        neighbours=(0.95, 0.9, 0.85, 0.8),
    )
    vitals = training(facts=facts, inputs=images)
    for evaluation in vitals.evaluations:
        evaluation.matters = True
    return vitals


def full_batch_lbfgs():
    """A tiny set, one batch, a closure that clears its own gradients."""
    vitals = training(steps=40, optimizer="LBFGS", loss=lambda n: falling(n, 1.4, 0.001, 5, 0.0), evaluations=False)
    vitals.loader = {}
    for step in vitals.steps:
        step.zeroed, step.carried, step.backwards = None, None, 20
    return vitals


def residual_zero():
    """Branches that end in weights of 0, and a head of 0: the first gradients of what lies before are 0."""
    facts = model(hidden=3)
    for name in ("fc1", "out"):
        known = facts.parameters[f"{name}.weight"]
        known.zeros, known.std, known.alike = 1.0, 0.0, True
    vitals = training(facts=facts)
    for step in vitals.steps[:2]:
        step.layers["fc0"].gradient = 0.0
        step.layers["fc0"].gradient_alike = None
    look(vitals, 1).batch.outputs = tensor(
        ROWS, CLASSES, std=0.0, low=0.0, high=0.0, rows_alike=0.0, row_sums=(0.0, 0.0)
    )
    return vitals


HEALTHY = [
    classifier,
    regression,
    language_model,
    fine_tuning,
    game,
    reinforcement,
    variational,
    multi_label,
    warm_up_and_cosine,
    convolutional,
    full_batch_lbfgs,
    residual_zero,
]


def blind(steps=60):
    """A training of which nothing could be seen but that it ran."""
    vitals = Vitals(
        models={"model": ModelFacts("model", "Net")}, optimizers={"optimizer": OptimizerFacts("optimizer", "SGD")}
    )
    vitals.steps = [
        StepVitals(n, sampled=n < 10, layers={"a": LayerVitals()}, batch=BatchVitals()) for n in range(1, steps)
    ]
    vitals.evaluations = [Evaluation(10), Evaluation(20)]
    vitals.finished = True
    return vitals


def broken(steps=60):
    """A training in which every number is NaN."""
    nan = math.nan
    vitals = training(steps, loss=lambda _: nan)
    for step in vitals.steps:
        if step.sampled:
            step.gradient_norm = step.update_norm = step.weight_norm = step.alignment = nan
            for seen in step.layers.values():
                seen.weight = seen.gradient = seen.update = seen.mean = seen.std = nan
            step.batch.outputs = TensorVitals((ROWS, CLASSES), "float32", bad=ROWS * CLASSES)
            step.batch.baseline_loss = nan
    return vitals
