"""The 60 healthy recipes on which the rules may be tuned."""

from __future__ import annotations

from functools import partial

from torch import nn

from programs import networks as net
from programs import program as p
from programs import rows
from programs import settings as s
from programs.program import Program

DIGITS = Program(rows.digits, partial(net.MLP, 64, [64], 10), nn.CrossEntropyLoss(), s.adam(1e-3), epochs=10)
CONV = Program(
    rows.digit_images, partial(net.ConvNet, 1, 10), nn.CrossEntropyLoss(), s.adam(2e-3), prepare=p.to_unit, epochs=4
)
CLUSTERS = Program(
    rows.clusters, partial(net.MLP, 20, [48, 48], 4), nn.CrossEntropyLoss(), s.sgd(0.05, momentum=0.9), epochs=10
)
MOONS = Program(rows.moons, partial(net.MLP, 2, [32, 32], 1), nn.BCEWithLogitsLoss(), s.adam(5e-3), epochs=12)
DIABETES = Program(
    rows.diabetes, partial(net.MLP, 10, [32], 1), nn.MSELoss(), s.adam(3e-3), p.r2, p.both_standardised, epochs=25
)
FRIEDMAN = Program(rows.friedman, partial(net.MLP, 10, [64, 64], 1), nn.MSELoss(), s.adam(2e-3), p.r2, epochs=15)
RESIDUAL = Program(
    rows.clusters, partial(net.ResidualMLP, 20, 32, 2, 4), nn.CrossEntropyLoss(), s.adamw(2e-3), epochs=8
)
LSTM = Program(rows.most_frequent, partial(net.Recurrent, 10, 32, 3, nn.LSTM, tokens=True), nn.CrossEntropyLoss(), s.adam(1e-2), prepare=p.as_it_is, epochs=10, clip=1.0)  # fmt: skip
TRANSFORMER = Program(rows.most_frequent, partial(net.Transformer, 10, 24, 3, 16), nn.CrossEntropyLoss(), s.adamw(3e-3), prepare=p.as_it_is, epochs=7)  # fmt: skip
KEYWORDS = Program(rows.keywords, partial(net.MLP, 30, [64], 6), nn.BCEWithLogitsLoss(), s.adam(3e-3), p.many_accuracy, epochs=12)  # fmt: skip
COPIES = Program(rows.digit_copies, partial(net.Autoencoder, 64, 48, 12), nn.MSELoss(), s.adam(5e-3), p.r2, p.as_it_is, epochs=12)  # fmt: skip
FROZEN = Program(rows.digit_images, lambda: net.Frozen(net.random_features(1, 24), 96, 10), nn.CrossEntropyLoss(), s.adam(1e-2), prepare=p.standardised, epochs=6)  # fmt: skip
DEEP = Program(rows.clusters, partial(net.deep, 20, 48, 6, 4), nn.CrossEntropyLoss(), s.adam(2e-3), epochs=12)
SPIRALS = Program(
    rows.spirals, partial(net.MLP, 2, [48, 48], 2, nn.Tanh), nn.CrossEntropyLoss(), s.adam(1e-2), epochs=14
)
ONE_HOT = Program(rows.one_hot, partial(net.MLP, 48, [32], 3), nn.CrossEntropyLoss(), s.adam(3e-3), prepare=p.as_it_is, epochs=10)  # fmt: skip
GRU = Program(rows.recall, partial(net.Recurrent, 2, 24, 2, nn.GRU), nn.CrossEntropyLoss(), s.adam(1e-2), epochs=7)


COLOURED = Program(
    rows.coloured_digits, partial(net.strided, 3, 10), nn.CrossEntropyLoss(), s.adam(3e-3), prepare=p.to_unit, epochs=5
)


def rare(seed: int) -> rows.Rows:
    """Drop most of one class from training: mild imbalance."""
    whole = rows.digits(seed)
    x, y = whole.train
    keep = (y != 3) | (rows.torch.arange(len(y)) % 4 == 0)
    return rows.Rows((x[keep], y[keep]), whole.valid, whole.test)


def noisy(make, classes: int, share: float = 0.02):
    """Draw the labels of a few training rows anew."""

    def made(seed: int) -> rows.Rows:
        whole = make(seed)
        y = whole.train[1]
        wrong = rows.torch.rand(len(y)) < share
        y[wrong] = rows.torch.randint(0, classes, (int(wrong.sum()),))
        return whole

    return made


CALIBRATION: dict[str, Program] = {
    "mlp-digits": DIGITS,
    "mlp-digits-sgd": DIGITS.changed(optimizer=s.sgd(0.1), batch=64),
    "mlp-digits-momentum-cosine": DIGITS.changed(optimizer=s.sgd(0.05, momentum=0.9), schedule=s.cosine),
    "mlp-digits-nesterov": DIGITS.changed(optimizer=s.sgd(0.03, momentum=0.9, nesterov=True), loop="indices"),
    "mlp-digits-rmsprop": DIGITS.changed(optimizer=s.rmsprop(1e-3), validate=2),
    "mlp-digits-dropout": DIGITS.changed(network=partial(net.MLP, 64, [128], 10, dropout=0.5), epochs=12),
    "mlp-digits-decay": DIGITS.changed(optimizer=s.adamw(2e-3, weight_decay=0.05)),
    "mlp-digits-layernorm-small-batch": DIGITS.changed(network=partial(net.MLP, 64, [48], 10, norm=nn.LayerNorm), batch=4, optimizer=s.adam(5e-4), epochs=2),
    "mlp-digits-full-batch": DIGITS.changed(optimizer=s.adam(1e-2), batch=2000, epochs=120, validate=10),
    "mlp-digits-warm-up-large-rate": DIGITS.changed(optimizer=s.sgd(0.3, momentum=0.8), schedule=s.warm_up(0.2), batch=64),
    "mlp-digits-label-noise": DIGITS.changed(rows=noisy(rows.digits, 10)),
    "mlp-digits-imbalance": DIGITS.changed(rows=rare),
    "mlp-digits-label-smoothing": DIGITS.changed(loss=nn.CrossEntropyLoss(label_smoothing=0.1)),
    "mlp-digits-accumulate": DIGITS.changed(accumulate=4, batch=16, epochs=10),
    "mlp-digits-one-cycle": DIGITS.changed(schedule=s.one_cycle(5e-3)),
    "conv-coloured": COLOURED,
    "mlp-digits-unscaled-harmless": DIGITS.changed(prepare=p.as_it_is, optimizer=s.adam(1e-3)),
    "conv-digits": CONV,
    "conv-digits-sgd-cosine": CONV.changed(optimizer=s.sgd(0.05, momentum=0.9), schedule=s.cosine),
    "conv-digits-augmented": CONV.changed(augment=s.jitter(0.05), epochs=5),
    "conv-digits-small-batch": CONV.changed(batch=12, epochs=2),
    "conv-digits-dropout": CONV.changed(network=partial(net.ConvNet, 1, 10, dropout=0.3), epochs=5),
    "conv-digits-accumulate-clip": CONV.changed(accumulate=2, batch=16, clip=1.0, optimizer=s.adam(3e-3)),
    "conv-digits-warm-up": CONV.changed(schedule=s.warm_up(), optimizer=s.adamw(5e-3)),
    "conv-digits-groupnorm": CONV.changed(network=partial(net.ConvNet, 1, 10, norm=net.groups), batch=8, epochs=1),
    "mlp-clusters": CLUSTERS,
    "mlp-clusters-adam": CLUSTERS.changed(optimizer=s.adam(2e-3), loop="indices"),
    "mlp-clusters-lbfgs": CLUSTERS.changed(optimizer=s.lbfgs(0.5, max_iter=4), loop="closure", epochs=6, validate=2, network=partial(net.MLP, 20, [16], 4, nn.Tanh)),
    "mlp-clusters-adagrad": CLUSTERS.changed(optimizer=s.adagrad(0.03)),
    "mlp-clusters-batchnorm": CLUSTERS.changed(network=partial(net.MLP, 20, [32], 4, norm=nn.BatchNorm1d), batch=48),
    "mlp-clusters-nll": CLUSTERS.changed(loss=s.nll),
    "mlp-clusters-clip": CLUSTERS.changed(clip=0.5, optimizer=s.sgd(0.1, momentum=0.9)),
    "mlp-moons": MOONS,
    "mlp-moons-sgd": MOONS.changed(optimizer=s.sgd(0.2, momentum=0.9)),
    "mlp-moons-full-batch-sgd": MOONS.changed(optimizer=s.sgd(0.5, momentum=0.9), batch=1000, epochs=80, validate=10),
    "mlp-diabetes": DIABETES,
    "mlp-diabetes-sgd": DIABETES.changed(optimizer=s.sgd(0.02, momentum=0.9), epochs=12),
    "mlp-diabetes-decay": DIABETES.changed(optimizer=s.decay_on_matrices(3e-3, 0.1)),
    "linear-diabetes": DIABETES.changed(network=partial(nn.Linear, 10, 1), optimizer=s.sgd(0.05)),
    "mlp-friedman": FRIEDMAN,
    "mlp-friedman-huber": FRIEDMAN.changed(loss=nn.HuberLoss(), optimizer=s.adamw(3e-3)),
    "mlp-friedman-l1-clip": FRIEDMAN.changed(loss=nn.L1Loss(), clip=1.0),
    "mlp-friedman-by-hand": FRIEDMAN.changed(loss=s.by_hand, loop="indices", validate=0),
    "residual-clusters": RESIDUAL,
    "residual-clusters-deep": RESIDUAL.changed(network=partial(net.ResidualMLP, 20, 24, 6, 4), epochs=5, schedule=s.warm_up()),
    "residual-clusters-sgd": RESIDUAL.changed(optimizer=s.sgd(0.05, momentum=0.9), clip=1.0),
    "lstm-tokens": LSTM,
    "lstm-tokens-warm-up": LSTM.changed(schedule=s.warm_up(), optimizer=s.adamw(1.5e-2)),
    "transformer-tokens": TRANSFORMER,
    "transformer-tokens-dropout": TRANSFORMER.changed(network=partial(net.Transformer, 10, 32, 3, 16, dropout=0.1), schedule=s.warm_up(), clip=1.0),
    "transformer-tokens-two-blocks": TRANSFORMER.changed(network=partial(net.Transformer, 10, 24, 3, 16, 2), optimizer=s.decay_on_matrices(2e-3, 0.1), epochs=5),
    "many-keywords": KEYWORDS,
    "many-keywords-dropout": KEYWORDS.changed(network=partial(net.MLP, 30, [96], 6, dropout=0.2), optimizer=s.adamw(4e-3)),
    "auto-digits": COPIES,
    "auto-digits-bounded": COPIES.changed(network=partial(net.Autoencoder, 64, 48, 12, nn.ReLU, bounded=True), schedule=s.cosine),
    "frozen-digits": FROZEN,
    "deep-clusters": DEEP,
    "tanh-spirals": SPIRALS,
    "gru-recall": GRU,
    "mlp-one-hot": ONE_HOT,
}  # fmt: skip
