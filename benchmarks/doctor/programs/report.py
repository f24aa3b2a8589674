"""The 60 healthy recipes on which the rules are judged: no constant was chosen on them, nobody who mends rules reads them."""

from __future__ import annotations

from functools import partial

from torch import nn

from programs import program as p
from programs import report_networks as net
from programs import report_pictures as pic
from programs import report_rows as rows
from programs import report_sequences as seq
from programs import report_settings as t
from programs import settings as s
from programs.calibration import noisy
from programs.program import Program

CE = nn.CrossEntropyLoss()
MACHINES = Program(rows.machines, partial(net.Tower, 8, [40, 24], 4), CE, s.adam(4e-3), epochs=9, batch=40)
RARE = MACHINES.changed(
    rows=rows.rare_machines, network=partial(net.Tower, 8, [32], 4, nn.Hardswish), optimizer=s.nadam(5e-3), epochs=18
)
TAUGHT = Program(
    rows.soft_machines,
    partial(net.Concatenated, 8, 16, 3, 4),
    t.taught,
    s.adamw(4e-3),
    t.as_taught,
    p.as_it_is,
    epochs=14,
)
IRIS = Program(
    rows.iris, partial(net.Tower, 4, [12], 3, nn.Tanh), CE, s.sgd(0.08, momentum=0.9), batch=15, epochs=30, validate=3
)
PARITY = Program(rows.parity, partial(net.Lecture, 6, 48, 4), CE, s.adam(4e-3), prepare=p.as_it_is, epochs=16)
QUANTILES = Program(
    rows.quantiles, partial(net.Lecture, 5, 40, 3, nn.GELU), CE, s.adamw(6e-3), batch=56, epochs=16, schedule=t.linear
)
FAN = Program(
    rows.fan, partial(net.Tower, 2, [40, 40], 5, nn.Tanh), CE, s.adam(1e-2), epochs=16, batch=50, schedule=s.cosine
)
HIGHWAY = FAN.changed(network=partial(net.Highway, 2, 32, 3, 5), optimizer=s.adam(6e-3), epochs=14)
ORDERS = Program(
    rows.orders,
    partial(net.WideAndDeep, (12, 6, 4), 5, 32, 1),
    nn.BCEWithLogitsLoss(),
    s.adamw(5e-3, weight_decay=0.1),
    prepare=p.as_it_is,
    epochs=12,
    batch=42,
    schedule=s.cosine,
)
TWINS = Program(
    rows.twins,
    partial(net.Siamese, 10, 48, 16),
    nn.BCEWithLogitsLoss(),
    s.adam(4e-3),
    prepare=p.as_it_is,
    epochs=12,
    schedule=s.cosine,
)
CHORDS = Program(
    rows.chords,
    partial(net.Tower, 40, [48], 6, nn.ELU),
    nn.BCEWithLogitsLoss(),
    s.adam(5e-3),
    p.many_accuracy,
    epochs=14,
)
CLOUDS = Program(
    rows.clouds, partial(net.PointSet, 2, 24, 3), CE, s.adam(2e-3), prepare=p.as_it_is, epochs=14, batch=28
)
CIRCUIT = Program(
    rows.circuit,
    partial(net.Tower, 4, [36, 36], 1, nn.SiLU),
    nn.MSELoss(),
    s.adam(8e-3),
    p.r2,
    p.both_standardised,
    epochs=22,
    schedule=t.polynomial,
)
ROLL = Program(
    rows.roll,
    partial(net.Lecture, 3, 48, 1, nn.Tanh),
    nn.SmoothL1Loss(),
    s.adam(8e-3),
    p.r2,
    epochs=28,
    schedule=s.cosine,
)
ARM = Program(
    rows.arm,
    partial(net.Tower, 3, [32, 32], 2, nn.Softplus),
    nn.MSELoss(),
    s.adam(1e-2),
    p.r2,
    p.as_it_is,
    epochs=16,
    batch=28,
    schedule=t.milestones(0.5, 0.8),
)
ARM_RELU = ARM.changed(network=partial(net.Tower, 3, [56, 28], 2), optimizer=s.sgd(0.03, momentum=0.9), epochs=22)
REGIMES = Program(
    rows.regimes,
    partial(net.Experts, 6, 16, 4, 1),
    nn.MSELoss(),
    s.adam(8e-3),
    p.r2,
    p.as_it_is,
    epochs=22,
    schedule=s.cosine,
)
CALLS = Program(
    rows.calls,
    partial(net.Tower, 6, [24], 1, nn.Tanh),
    nn.PoissonNLLLoss(),
    s.adam(6e-3),
    t.count_r2,
    p.as_it_is,
    epochs=14,
)
GUSTS = Program(
    rows.gusts,
    partial(net.Spread, 4, 32),
    t.gaussian,
    s.adam(5e-3),
    t.mean_r2,
    p.as_it_is,
    epochs=24,
    schedule=s.cosine,
)
TASTE = Program(
    rows.ratings,
    partial(net.Taste, 50, 40, 4),
    nn.MSELoss(),
    s.adamw(1e-2, weight_decay=0.02),
    p.r2,
    p.as_it_is,
    batch=60,
    epochs=22,
    schedule=s.cosine,
)
MOLECULES = Program(
    rows.molecules,
    partial(net.GraphNet, 3, 24),
    nn.MSELoss(),
    s.adam(6e-3),
    p.r2,
    p.as_it_is,
    epochs=18,
    schedule=s.cosine,
)
TIDES = Program(
    rows.tides,
    partial(seq.Last, 2, 24, 3, nn.LSTM),
    nn.MSELoss(),
    s.adam(1e-2),
    p.r2,
    p.as_it_is,
    epochs=8,
    schedule=s.cosine,
)
CELL = TIDES.changed(network=partial(seq.ByHand, 2, 20, 3), optimizer=s.rmsprop(4e-3), clip=1.0)
GLYPHS = Program(
    rows.glyphs, partial(pic.Stacked, 1, 5, activation=nn.ELU), CE, s.adam(2.5e-3), prepare=p.as_it_is, epochs=10
)
MOBILE = GLYPHS.changed(
    network=partial(pic.Mobile, 1, 5),
    optimizer=s.sgd(0.08, momentum=0.9, nesterov=True),
    prepare=p.standardised,
    epochs=7,
    schedule=s.cosine,
)
DENSE = GLYPHS.changed(network=partial(pic.Dense2d, 1, 5), optimizer=s.adamw(8e-3), epochs=8, schedule=s.cosine)
FLAGS = Program(
    rows.flags,
    partial(pic.Stacked, 3, 5, 10, 10, pic.instances, 0.1, nn.LeakyReLU),
    CE,
    s.adam(4e-3),
    prepare=p.to_unit,
    epochs=8,
)
CELLS = Program(
    rows.cells, pic.Mask, nn.BCEWithLogitsLoss(), s.adam(8e-3), p.many_accuracy, p.as_it_is, batch=20, epochs=9
)
GAIT = Program(rows.gait, partial(seq.Sensors, 3, 16, 4), CE, s.adam(4e-3), prepare=p.as_it_is, epochs=10)
GRU_GAIT = GAIT.changed(network=partial(seq.Gated, 3, 20, 4), optimizer=s.adam(8e-3), epochs=8, clip=1.0)
READER_GAIT = GAIT.changed(
    network=partial(seq.Reader, 3, 24, 4, 40, tokens=False),
    optimizer=s.adamw(4e-3, weight_decay=0.05),
    schedule=s.warm_up(0.15),
    epochs=8,
)
MOTIFS = Program(
    rows.motifs, partial(seq.WordConv, 4, 6, 24, 4), CE, s.adam(7e-3), prepare=p.as_it_is, epochs=10, batch=35
)
BRACKETS = Program(
    rows.brackets,
    partial(seq.Last, 8, 24, 4, nn.GRU, 6),
    CE,
    s.adam(1e-2),
    prepare=p.as_it_is,
    epochs=9,
    clip=0.5,
    schedule=s.cosine,
)
OPINIONS = Program(
    rows.opinions, partial(seq.Phrases, 30, 10, 24), nn.BCEWithLogitsLoss(), s.adam(8e-3), prepare=p.as_it_is, epochs=12
)
LADDERS = Program(
    rows.ladders,
    partial(seq.Reader, 11, 32, 11, 15, causal=True),
    s.each_token,
    s.adamw(8e-3),
    prepare=p.as_it_is,
    epochs=10,
    schedule=s.warm_up(0.1),
)
ECHOES = Program(
    rows.echoes, partial(seq.Dilated, 8, 24, 8, True, 2, True), s.each_token, s.adam(8e-3), prepare=p.as_it_is, epochs=8
)
PULSES = Program(
    rows.pulses,
    partial(net.hourglass, 40, 48, 4, nn.SiLU),
    nn.MSELoss(),
    s.adam(8e-3),
    p.r2,
    p.as_it_is,
    epochs=22,
    schedule=s.cosine,
)
CURVES = PULSES.changed(network=partial(net.Curves, 40, 48, 4), loss=t.free_bits, epochs=24)
DOTS = Program(rows.dots, pic.Compressed, nn.MSELoss(), s.adam(8e-3), p.r2, p.as_it_is, epochs=18, schedule=s.cosine)
DUEL = Program(
    rows.crescent,
    net.Duel,
    nn.MSELoss(),
    s.players(1e-3),
    p.likeness,
    p.as_it_is,
    epochs=30,
    batch=70,
    loop="gan",
    validate=0,
)
TUNED = Program(
    rows.bars, partial(pic.Tuned, 4), CE, s.adam(1e-2), prepare=p.as_it_is, epochs=24, schedule=s.cosine, batch=30
)
TALL = Program(
    rows.parity,
    partial(net.tall, 6, 32, 5, 4),
    CE,
    s.adamw(3e-3, weight_decay=0.3),
    prepare=p.as_it_is,
    epochs=14,
    batch=40,
    schedule=s.cosine,
)

REPORT: dict[str, Program] = {
    "tower-machines": MACHINES,
    "tower-machines-large-rate-warm-up": MACHINES.changed(optimizer=s.sgd(0.35, momentum=0.8), schedule=s.warm_up(0.25), batch=80, epochs=12),
    "tower-machines-layernorm-batch-of-two": MACHINES.changed(network=partial(net.Tower, 8, [24], 4, norm=nn.LayerNorm), batch=2, epochs=4, optimizer=s.adam(3e-3), schedule=s.cosine),
    "tower-machines-label-noise": MACHINES.changed(rows=noisy(rows.machines, 4, 0.02), network=partial(net.Tower, 8, [24], 4), optimizer=s.adamw(6e-3, weight_decay=0.02), schedule=s.cosine, epochs=16),
    "tower-machines-batchnorm-mish": MACHINES.changed(network=partial(net.Tower, 8, [32, 16], 4, nn.Mish, nn.BatchNorm1d), batch=48, schedule=t.rise_then_root(), optimizer=s.adam(8e-3), epochs=16),
    "tower-machines-lbfgs": MACHINES.changed(network=partial(net.Tower, 8, [12], 4, nn.Softplus), optimizer=s.lbfgs(0.3, max_iter=4, history_size=8), loop="closure", epochs=7, loss=s.nll, validate=2),
    "tanh-iris": IRIS,
    "tanh-iris-full-batch-rprop": IRIS.changed(optimizer=t.kind("Rprop", 0.01), batch=200, epochs=24),
    "rare-machines": RARE,
    "rare-machines-weighted": RARE.changed(loss=nn.CrossEntropyLoss(weight=p.torch.tensor([1.0, 1.0, 1.0, 2.0])), optimizer=s.adam(6e-3), schedule=s.cosine),
    "taught-machines": TAUGHT,
    "lecture-parity": PARITY,
    "lecture-parity-adamax-accumulate": PARITY.changed(optimizer=t.kind("Adamax", 1.5e-2), accumulate=3, batch=12, epochs=16),
    "lecture-parity-full-batch": PARITY.changed(batch=2000, epochs=150, validate=15, optimizer=s.adam(1.5e-2)),
    "lecture-quantiles": QUANTILES,
    "lecture-quantiles-restarts": QUANTILES.changed(optimizer=s.sgd(0.12, momentum=0.9), schedule=t.restarts(3), loop="indices", epochs=18),
    "dropout-quantiles": QUANTILES.changed(network=partial(net.Tower, 5, [64], 3, dropout=0.1), optimizer=s.adamw(8e-3, weight_decay=0.05), epochs=20),
    "tanh-fan": FAN,
    "tanh-fan-half-precision": FAN.changed(forward=t.half_precision, batch=64),
    "highway-fan": HIGHWAY,
    "wide-orders": ORDERS,
    "siamese-twins": TWINS,
    "tower-chords": CHORDS,
    "tower-chords-sgd-clip": CHORDS.changed(optimizer=s.sgd(0.5, momentum=0.9), clip=0.5, loop="indices", schedule=s.cosine),
    "set-clouds": CLOUDS,
    "silu-circuit": CIRCUIT,
    "relu-circuit-huber-plateau": CIRCUIT.changed(network=partial(net.Tower, 4, [48], 1), loss=nn.HuberLoss(delta=0.5), schedule=t.plateau, schedule_every="validation", optimizer=s.adam(1e-2), epochs=26),
    "tanh-roll": ROLL,
    "softplus-arm": ARM,
    "relu-arm-sgd": ARM_RELU,
    "experts-regimes": REGIMES,
    "lecture-regimes-pinball": REGIMES.changed(network=partial(net.Lecture, 6, 48, 1), loss=t.pinball, optimizer=t.kind("RAdam", 6e-3), epochs=20),
    "poisson-calls": CALLS,
    "spread-gusts": GUSTS,
    "factors-taste": TASTE,
    "graph-molecules": MOLECULES,
    "lstm-tides": TIDES,
    "cell-tides": CELL,
    "stacked-glyphs": GLYPHS,
    "stacked-glyphs-nudged-smoothing": GLYPHS.changed(network=partial(pic.Stacked, 1, 5, norm=nn.BatchNorm2d, activation=nn.SiLU), augment=t.nudged, loss=nn.CrossEntropyLoss(label_smoothing=0.08), epochs=10, schedule=s.one_cycle(6e-3)),
    "mobile-glyphs": MOBILE,
    "dense-glyphs": DENSE,
    "instance-flags": FLAGS,
    "mask-cells": CELLS,
    "mask-cells-groupnorm-overlap": CELLS.changed(network=partial(pic.Mask, 8, partial(nn.GroupNorm, 2)), loss=t.overlap, batch=8, epochs=6, optimizer=s.adamw(5e-3), schedule=s.cosine),
    "sensors-gait": GAIT,
    "gru-gait": GRU_GAIT,
    "reader-gait": READER_GAIT,
    "words-motifs": MOTIFS,
    "gru-brackets": BRACKETS,
    "pairs-opinions": OPINIONS,
    "reader-ladders": LADDERS,
    "dilated-echoes": ECHOES,
    "hourglass-pulses": PULSES,
    "vae-pulses": CURVES,
    "conv-dots": DOTS,
    "gan-crescent": DUEL,
    "frozen-bars": TUNED,
    "slow-body-bars": TUNED.changed(network=partial(pic.Tuned, 4, False, 24), optimizer=t.body_and_head(5e-4, 5e-3), schedule=s.cosine, epochs=14),
    "tall-parity": TALL,
}  # fmt: skip
