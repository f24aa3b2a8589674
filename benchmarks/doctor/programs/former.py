"""60 more healthy recipes on which rules may be tuned: they judged once, and were read since. Other networks and data."""

from __future__ import annotations

from functools import partial

from torch import nn

from programs import networks as net
from programs import program as p
from programs import rows
from programs import settings as s
from programs.calibration import noisy
from programs.program import Program

CANCER = Program(rows.breast_cancer, partial(net.MLP, 30, [24], 2, nn.GELU), nn.CrossEntropyLoss(), s.adam(2e-3), batch=24, epochs=10)  # fmt: skip
WINE = Program(rows.wine, partial(net.MLP, 13, [20], 3, nn.Tanh), nn.CrossEntropyLoss(), s.sgd(0.1, momentum=0.8), batch=16, epochs=20)  # fmt: skip
RINGS = Program(rows.rings, partial(net.MLP, 6, [64, 32], 3, nn.SiLU), nn.CrossEntropyLoss(), s.adamw(5e-3), epochs=10)
TEXTURES = Program(rows.textures, partial(net.ResidualConvNet, 3, 4), nn.CrossEntropyLoss(), s.adam(5e-3), prepare=p.as_it_is, epochs=5)  # fmt: skip
PLAIN_CONV = TEXTURES.changed(
    network=partial(net.FunctionalConvNet, 3, 4), optimizer=s.sgd(0.05, momentum=0.9), epochs=6, prepare=p.standardised
)
GROUPS = TEXTURES.changed(
    network=partial(net.ConvNet, 3, 4, 8, 12, net.groups), optimizer=s.adamw(3e-3), batch=16, epochs=4
)
WAVES = Program(
    rows.waves, partial(net.WaveNet1d, 1, 3), nn.CrossEntropyLoss(), s.adam(5e-3), prepare=p.as_it_is, epochs=7
)
GRU = Program(rows.waves, partial(net.Recurrent, 1, 24, 3, nn.GRU, both=True), nn.CrossEntropyLoss(), s.adam(1e-2), prepare=p.as_it_is, epochs=7, clip=1.0)  # fmt: skip
FORECAST = Program(rows.forecast, partial(net.Recurrent, 1, 20, 1, nn.GRU), nn.MSELoss(), s.adam(1e-2), p.r2, p.as_it_is, epochs=6)  # fmt: skip
HILLS = Program(
    rows.hills, partial(net.MLP, 8, [48, 48], 2, nn.ELU), nn.MSELoss(), s.adam(5e-3), p.r2, p.as_it_is, epochs=15
)
TRAITS = Program(rows.traits, partial(net.MLP, 12, [40, 20], 5, nn.LeakyReLU), nn.BCEWithLogitsLoss(), s.adam(5e-3), p.many_accuracy, p.as_it_is, epochs=12)  # fmt: skip
GPT = Program(rows.text, partial(net.Transformer, 15, 24, 15, 20, 1, 2, True), s.each_token, s.adamw(5e-3), prepare=p.as_it_is, epochs=7, clip=1.0)  # fmt: skip
TAGS = Program(rows.tagging, partial(net.Recurrent, 12, 20, 4, nn.LSTM, tokens=True, each=True), s.each_token, s.adam(1e-2), prepare=p.as_it_is, epochs=7)  # fmt: skip
BAG = Program(
    rows.phrases, partial(net.BagOfWords, 60, 24, 4), nn.CrossEntropyLoss(), s.adam(1e-2), prepare=p.as_it_is, epochs=8
)
ENCODER = Program(rows.phrases, partial(net.TorchTransformer, 60, 24, 4, 24), nn.CrossEntropyLoss(), s.adam(3e-3), prepare=p.as_it_is, epochs=5)  # fmt: skip
SPOTS = Program(rows.spot_images, partial(net.VAE, 100, 48, 4), s.evidence, s.adam(5e-3), p.r2, p.as_it_is, epochs=12)
SQUEEZE = Program(rows.spot_images, partial(net.Autoencoder, 100, 40, 6, nn.GELU), nn.SmoothL1Loss(), s.adamw(5e-3), p.r2, p.as_it_is, epochs=12)  # fmt: skip
GAN = Program(rows.banana, net.Gan, nn.MSELoss(), s.players(2e-3), p.likeness, p.as_it_is, epochs=12, batch=64, loop="gan", validate=0)  # fmt: skip
TUNED = Program(rows.textures, lambda: net.Frozen(net.random_features(3, 16), 144, 4, 32), nn.CrossEntropyLoss(), s.adamw(5e-3), epochs=6)  # fmt: skip
TALL = Program(rows.rings, partial(net.deep, 6, 40, 8, 3), nn.CrossEntropyLoss(), s.adamw(3e-3), epochs=14)

FORMER: dict[str, Program] = {
    "gelu-cancer": CANCER,
    "gelu-cancer-sgd": CANCER.changed(optimizer=s.sgd(0.05)),
    "gelu-cancer-nadam": CANCER.changed(optimizer=s.nadam(2e-3)),
    "gelu-cancer-decay": CANCER.changed(optimizer=s.adamw(3e-3, weight_decay=0.1), schedule=s.cosine),
    "gelu-cancer-dropout": CANCER.changed(network=partial(net.MLP, 30, [48], 2, dropout=0.3), epochs=12),
    "gelu-cancer-full-batch": CANCER.changed(batch=400, epochs=100, validate=10, optimizer=s.adam(1e-2)),
    "gelu-cancer-lbfgs": CANCER.changed(optimizer=s.lbfgs(0.3, max_iter=3), loop="closure", epochs=12, network=partial(net.MLP, 30, [8], 2, nn.Tanh)),
    "gelu-cancer-weighted": CANCER.changed(loss=nn.CrossEntropyLoss(weight=rows.torch.tensor([1.3, 0.8]))),
    "logistic-cancer": CANCER.changed(network=partial(nn.Linear, 30, 2), optimizer=s.sgd(0.1, momentum=0.9)),
    "tanh-wine": WINE,
    "tanh-wine-adam": WINE.changed(optimizer=s.adam(5e-3), loop="indices"),
    "tanh-wine-batchnorm": WINE.changed(network=partial(net.MLP, 13, [16], 3, norm=nn.BatchNorm1d), batch=24, optimizer=s.adam(1e-2)),
    "tanh-wine-one-cycle": WINE.changed(schedule=s.one_cycle(0.2)),
    "silu-rings": RINGS,
    "silu-rings-warm-up-large-rate": RINGS.changed(optimizer=s.sgd(0.4, momentum=0.7), schedule=s.warm_up(0.15), epochs=12),
    "silu-rings-label-noise": RINGS.changed(rows=noisy(rows.rings, 3)),
    "silu-rings-accumulate": RINGS.changed(accumulate=4, batch=12),
    "silu-rings-layernorm-tiny-batch": RINGS.changed(network=partial(net.MLP, 6, [32], 3, norm=nn.LayerNorm), batch=3, epochs=4, optimizer=s.adam(4e-3)),
    "silu-rings-rmsprop": RINGS.changed(optimizer=s.rmsprop(2e-3, momentum=0.5), validate=0),
    "silu-rings-clip": RINGS.changed(clip=0.25, loop="indices"),
    "residual-textures": TEXTURES,
    "residual-textures-sgd-cosine": TEXTURES.changed(optimizer=s.sgd(0.1, momentum=0.9, weight_decay=5e-4), schedule=s.cosine),
    "residual-textures-shifted": TEXTURES.changed(augment=s.shifted, prepare=p.standardised),
    "residual-textures-deep": TEXTURES.changed(network=partial(net.ResidualConvNet, 3, 4, 8, 4), epochs=5),
    "residual-textures-one-cycle": TEXTURES.changed(schedule=s.one_cycle(1e-2), batch=48),
    "functional-textures": PLAIN_CONV,
    "functional-textures-adam": PLAIN_CONV.changed(optimizer=s.adamw(4e-3), schedule=s.halved(2), schedule_every="epoch"),
    "groups-textures": GROUPS,
    "groups-textures-tiny-batch": GROUPS.changed(batch=6, epochs=4, optimizer=s.adamw(2e-3)),
    "conv-waves": WAVES,
    "conv-waves-smoothing": WAVES.changed(loss=nn.CrossEntropyLoss(label_smoothing=0.05), schedule=s.one_cycle(1e-2)),
    "gru-waves": GRU,
    "gru-waves-adamw-warm-up": GRU.changed(optimizer=s.adamw(1.5e-2, weight_decay=0.01), schedule=s.warm_up()),
    "lstm-waves": GRU.changed(network=partial(net.Recurrent, 1, 24, 3, nn.LSTM, both=True)),
    "gru-forecast": FORECAST,
    "rnn-forecast": FORECAST.changed(network=partial(net.Recurrent, 1, 24, 1, nn.RNN), optimizer=s.adam(5e-3), clip=1.0),
    "lstm-forecast-huber": FORECAST.changed(network=partial(net.Recurrent, 1, 20, 1, nn.LSTM), loss=nn.HuberLoss(), optimizer=s.adam(1.5e-2)),
    "elu-hills": HILLS,
    "elu-hills-sgd": HILLS.changed(optimizer=s.sgd(0.05, momentum=0.9), epochs=16),
    "elu-hills-residual": HILLS.changed(network=partial(net.ResidualMLP, 8, 24, 3, 2), optimizer=s.adam(3e-3), epochs=10),
    "elu-hills-by-hand-accumulate": HILLS.changed(loss=s.by_hand, accumulate=2, batch=16),
    "leaky-traits": TRAITS,
    "leaky-traits-sgd": TRAITS.changed(optimizer=s.sgd(0.3, momentum=0.9), loop="indices"),
    "leaky-traits-dropout-decay": TRAITS.changed(network=partial(net.MLP, 12, [64], 5, dropout=0.15), optimizer=s.decay_on_matrices(6e-3, 0.05)),
    "gpt-text": GPT,
    "gpt-text-warm-up": GPT.changed(schedule=s.warm_up(), optimizer=s.decay_on_matrices(8e-3, 0.1)),
    "gpt-text-dropout": GPT.changed(network=partial(net.Transformer, 15, 32, 15, 20, 1, 2, True, 0.1), batch=24, epochs=5),
    "lstm-tags": TAGS,
    "lstm-tags-both-ways": TAGS.changed(network=partial(net.Recurrent, 12, 16, 4, nn.LSTM, tokens=True, each=True, both=True)),
    "bag-phrases": BAG,
    "bag-phrases-adagrad": BAG.changed(optimizer=s.adagrad(0.1)),
    "encoder-phrases": ENCODER,
    "encoder-phrases-warm-up": ENCODER.changed(optimizer=s.adamw(5e-3), schedule=s.warm_up(0.2)),
    "vae-spots": SPOTS,
    "auto-spots": SQUEEZE,
    "auto-spots-noisy-inputs": SQUEEZE.changed(augment=s.jitter(0.05), loss=nn.MSELoss()),
    "gan-banana": GAN,
    "tuned-textures": TUNED,
    "tuned-textures-linear": TUNED.changed(network=lambda: net.Frozen(net.random_features(3, 24), 216, 4), optimizer=s.adam(1e-2), schedule=s.cosine, epochs=8),
    "deep-rings": TALL,
}  # fmt: skip
