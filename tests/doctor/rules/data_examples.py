"""Trainings on data of every kind, made by hand: scaled, uneven, sorted, with gaps."""

from doctor.rules.vitals_examples import (
    CLASSES,
    ROWS,
    classes,
    features,
    look,
    model,
    parameter,
    tensor,
    training,
)
from glasswork.doctor.rules import rules
from glasswork.doctor.vitals import (
    Evaluation,
)


def running(**fields):
    """A training that goes on."""
    return training(**{"steps": 60, "finished": False, "evaluations": False, **fields})


def said(code, vitals):
    return [finding for finding in rules()[code](vitals) if finding.severity != "note"]


def passed_on(vitals, size):
    """The first layer's outputs are as large as its inputs make them: 0.1 sqrt(8) times."""
    for step in vitals.steps:
        if step.sampled:
            step.layers["fc0"].std = 0.28 * size
    return vitals


def scaled(size, **fields):
    inputs = features(mean=0.0, std=size, low=-3 * size, high=3 * size, stds=[size] * 8, **fields)
    return passed_on(running(inputs=inputs), size)


def uneven(ratio):
    return passed_on(running(inputs=features(std=5.0, stds=[5.0] * 4 + [5.0 / ratio] * 4, means=[0.0] * 8)), 5.0)


def offset(mean):
    return running(inputs=features(mean=mean / 8, std=3.0, stds=[1.0] * 8, means=[mean] + [0.0] * 7))


def amounts(size, loss, outputs=0.3):
    vitals = running(
        kind="mse",
        facts=model(outputs=1),
        targets=tensor(ROWS, 1, mean=size, std=size, low=-size, high=3 * size),
        outputs=tensor(ROWS, 1, std=outputs),
        loss=loss,
    )
    for step in vitals.steps:
        if step.batch:
            step.batch.baseline_loss = size**2
    return vitals


def changing(make, **fields):
    """A training whose batches are made one by one."""
    vitals = running(**fields)
    for place, step in enumerate(step for step in vitals.steps if step.sampled):
        make(place, step)
    return vitals


def first_feature(value, low=-2.0):
    def make(place, step):
        means = [value] + [0.01 * place] * 7
        step.batch.inputs = {"0": features(64, means=means, stds=[0.0] + [1.0] * 7, low=low)}

    return changing(make)


def rows_alike(value):
    def make(_, step):
        step.batch.inputs = {"0": features(rows_alike=value)}

    return changing(make)


def with_gaps(loss):
    vitals = running()
    look(vitals, 4).batch.inputs = {"0": features(bad=3)}
    look(vitals, 4).loss = loss
    return vitals


def labels(counts_of, **fields):
    def make(place, step):
        step.batch.targets = classes(counts_of(place))

    return changing(make, **fields)


def one_label(second):
    return labels(lambda place: {2: ROWS - 1, 0: 1} if place == second else {2: ROWS})


def rare(count, hits, seen):
    fields = {"facts": model(outputs=2), "outputs": tensor(ROWS, 2), "steps": 120}
    vitals = labels(lambda _: {0: ROWS - count, 1: count}, **fields)
    for step in vitals.steps:
        if step.batch:
            step.batch.recall = {0: (30, 31), 1: (hits, seen)}
    return vitals


def sorted_by_class(purity):
    own = round(purity * ROWS)
    return labels(
        lambda place: {place % CLASSES: own, (place + 1) % CLASSES: ROWS - own} if own < ROWS else {place % 4: ROWS}
    )


def climbing(slope):
    def make(place, step):
        step.batch.targets = tensor(ROWS, 1, mean=slope * place + 0.02 * (-1) ** place, std=0.5)
        step.epoch = 0

    vitals = changing(make, kind="mse", facts=model(outputs=1), outputs=tensor(ROWS, 1))
    vitals.loader["shuffle"] = False
    return vitals


def images(*shape, channels, **fields):
    facts = model()
    facts.parameters["fc0.weight"] = parameter("fc0.weight", (64, channels, 3, 3))
    data = tensor(*shape, feature_means=[0.4], feature_stds=[0.3], **fields)
    return running(facts=facts, inputs=data)


def evaluated(share, batches=4):
    vitals = running()
    vitals.evaluations = [Evaluation(20, 1.0, 0.5, batches, repeated=share, inputs=features())]
    return vitals
