"""Which fault is put into which program: at least 160 faulty trainings a half, each with its fixed twin.

The halves share no recipe, and strengths differ. Not expressed, as nothing of them shows inside one process's loop or in
two seconds: ``fitted-before-split``, ``replicas-out-of-step``.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial

from operators import data as d
from operators import loop as l
from operators import loss as c
from operators import network as n
from operators import optimizer as o
from operators.operator import Faulty, Operator
from programs import HALVES
from programs import networks as net
from programs import settings as s
from torch import nn

__all__ = ["HURTING", "Case", "cases", "seeds"]

# Faults 1 to 24 and 48 to 55 are faults only where they hurt on clean test data.
HURTING = frozenset(
    [
        "vanishing-gradient",
        "exploding-gradient",
        "non-finite",
        "divergence",
        "dying-relu",
        "saturated-activation",
        "softmax-in-hidden-layer",
        "missing-nonlinearity",
        "symmetric-initialisation",
        "zero-initialisation",
        "initialisation-scale",
        "initial-loss",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "plateau",
        "oscillating-loss",
        "slow-convergence",
        "overfitting",
        "underfitting",
        "too-few-epochs",
        "cannot-overfit-one-batch",
        "unscaled-inputs",
        "unscaled-targets",
        "scaled-twice",
        "over-regularised",
        "dropout-too-strong",
        "optimizer-settings",
        "batch-size-noise",
        "edge-of-stability",
        "representation-collapse",
        "weight-growth",
        "destructive-augmentation",
    ]
)
SEEDS = 5  # of every healthy recipe


@dataclass(frozen=True)
class Case:
    """A fault in a program."""

    half: str
    recipe: str
    operator: Operator

    @property
    def key(self) -> str:
        """Return its name: recipe, code and way."""
        return f"{self.recipe}+{self.operator.code} ({self.operator.name})"

    @property
    def seed(self) -> int:
        """Return its seed: never one of the healthy recipes' own."""
        return 100 + zlib.crc32(self.key.encode()) % 900

    def faulty(self) -> Faulty:
        """Return the program with the fault."""
        return self.operator.change(HALVES[self.half][self.recipe].changed())


def seeds() -> range:
    """Return the seeds of every healthy recipe."""
    return range(SEEDS)


_SMALL = partial(net.MLP, 20, [1], 4, nn.ReLU)

CALIBRATION: list[tuple[Operator, str]] = [
    (n.all_sigmoid(), "deep-clusters"),
    (n.small_weights(0.15), "deep-clusters"),
    (n.large_weights(3.0), "deep-clusters"),
    (n.large_weights(8.0), "mlp-friedman mlp-clusters-clip"),
    (c.class_mean(9), "mlp-digits conv-digits"),
    (c.log_of_probability(400.0), "mlp-clusters transformer-tokens"),
    (c.root_of_zero(), "mlp-friedman auto-digits"),
    (n.logarithm_inside(0), "mlp-digits conv-digits"),
    (o.growing_rate(1.06), "mlp-digits-sgd mlp-friedman lstm-tokens"),
    (n.dead_units(0, -10.0), "mlp-digits mlp-friedman many-keywords"),
    (n.dead_units(-2, -20.0), "deep-clusters mlp-clusters"),
    (n.saturated(0, 200.0), "tanh-spirals"),
    (n.saturated(0, 60.0, partial(net.MLP, 10, [48, 48], 1, nn.Sigmoid)), "mlp-friedman"),
    (n.saturated(1, 500.0, partial(net.MLP, 20, [48, 48], 4, nn.Tanh)), "mlp-clusters"),
    (n.softmax_inside(-1), "mlp-clusters mlp-clusters-clip"),
    (n.softmax_inside(0), "mlp-digits-sgd mlp-clusters mlp-digits-warm-up-large-rate"),
    (n.no_activations(), "tanh-spirals mlp-moons"),
    (n.constant_weights(0.1, None), "mlp-digits-sgd mlp-friedman conv-digits"),
    (n.constant_weights(0.05, None), "mlp-moons-sgd"),
    (n.constant_weights(0.0, None), "mlp-digits mlp-clusters many-keywords"),
    (n.constant_weights(0.0, 1), "deep-clusters mlp-friedman"),
    (n.scaled_weights(25.0, None), "mlp-digits mlp-clusters"),
    (n.scaled_weights(60.0, 0), "mlp-friedman tanh-spirals"),
    (n.scaled_weights(0.005, None), "mlp-digits-sgd deep-clusters"),
    (n.large_head(1000.0), "mlp-clusters mlp-moons-sgd"),
    (n.wrong_head_bias(1000.0), "mlp-clusters-adam mlp-digits"),
    (o.rate(400.0), "lstm-tokens"),
    (o.rate(300.0), "conv-digits transformer-tokens mlp-friedman"),
    (o.rate(60.0), "mlp-clusters mlp-digits-sgd lstm-tokens"),
    (o.rate(0.001), "mlp-digits mlp-clusters transformer-tokens mlp-friedman"),
    (o.rate(0.01), "mlp-moons many-keywords"),
    (n.at_a_saddle(0.003), "tanh-spirals deep-clusters mlp-friedman"),
    (o.swinging(1.5, 0.97), "mlp-digits-sgd mlp-moons-sgd"),
    (o.swinging(2.5, 0.9), "mlp-clusters"),
    (o.slow(s.sgd(1e-3), "SGD 0.001"), "mlp-friedman conv-digits"),
    (o.slow(s.adagrad(2e-4), "Adagrad 0.0002"), "mlp-clusters mlp-digits"),
    (o.few_rows(30, 80), "mlp-digits mlp-friedman conv-digits"),
    (o.few_rows(24, 120, partial(net.MLP, 20, [256], 4)), "mlp-clusters"),
    (n.too_narrow(_SMALL), "mlp-clusters-adam residual-clusters"),
    (n.too_narrow(partial(net.MLP, 2, [1], 2, nn.Tanh)), "tanh-spirals"),
    (o.few_epochs(1, 128), "mlp-digits mlp-friedman many-keywords"),
    (n.blind(), "mlp-digits conv-digits mlp-friedman"),
    (n.fresh_targets(), "mlp-clusters lstm-tokens"),
    (d.unscaled_inputs(3e3, 2.0), "mlp-clusters mlp-digits-sgd mlp-friedman"),
    (d.unscaled_inputs(300.0, 20.0), "many-keywords mlp-clusters-adam"),
    (d.unscaled_targets(300.0, 1000.0), "mlp-friedman mlp-diabetes-sgd"),
    (d.unscaled_targets(80.0, 150.0), "mlp-diabetes mlp-friedman-huber"),
    (d.scaled_twice(255.0), "mlp-digits-sgd mlp-clusters mlp-diabetes-sgd"),
    (d.constant_features(0.9), "mlp-digits mlp-clusters mlp-friedman"),
    (d.non_finite_data(5), "mlp-clusters conv-digits mlp-friedman"),
    (d.non_finite_data(2, float("inf")), "many-keywords"),
    (d.channels_last(), "conv-coloured"),
    (d.class_imbalance(0.02), "mlp-digits mlp-clusters conv-digits"),
    (d.label_noise(0.4), "mlp-digits conv-digits mlp-clusters"),
    (d.shuffled_labels("train"), "mlp-digits transformer-tokens mlp-friedman"),
    (d.shuffled_labels("all"), "conv-digits mlp-moons"),
    (d.collapsed_labels("one"), "mlp-digits mlp-clusters"),
    (d.collapsed_labels("two"), "conv-digits mlp-digits-sgd"),
    (d.duplicate_rows(1.0), "mlp-digits mlp-friedman"),
    (d.duplicate_rows(0.5), "conv-digits"),
    (d.target_leakage(0.0), "mlp-clusters mlp-friedman"),
    (d.target_leakage(0.05), "mlp-diabetes many-keywords"),
    (d.sorted_rows(), "mlp-digits conv-digits mlp-clusters"),
    (c.activation_before(partial(nn.Softmax, -1)), "mlp-digits conv-digits transformer-tokens"),
    (c.activation_before(nn.Sigmoid), "mlp-moons mlp-clusters many-keywords"),
    (c.activation_before(nn.ReLU), "mlp-clusters-adam mlp-moons-sgd"),
    (c.activation_before(partial(nn.Softmax, -1), nn.BCELoss()), "mlp-moons"),
    (c.squared_error_on_classes(10), "mlp-digits"),
    (n.bounded_head(nn.Sigmoid), "mlp-friedman mlp-diabetes-sgd"),
    (n.bounded_head(nn.ReLU), "mlp-diabetes"),
    (c.summed_module(nn.MSELoss), "mlp-diabetes-sgd"),
    (c.summed_module(nn.CrossEntropyLoss), "mlp-clusters mlp-digits-sgd residual-clusters-sgd"),
    (c.divided_twice(), "mlp-clusters mlp-digits-sgd"),
    (c.broadcast_targets(), "mlp-friedman mlp-diabetes"),
    (n.softmax_over_batch(), "transformer-tokens transformer-tokens-two-blocks"),
    (n.time_as_batch(), "lstm-tokens gru-recall"),
    (n.reshaped_wrongly(), "mlp-digits mlp-clusters"),
    (n.tiny_batch(2), "conv-digits mlp-clusters-batchnorm"),
    (l.never_back_to_training(), "conv-digits mlp-digits-dropout mlp-clusters-batchnorm"),
    (l.always_evaluating(), "conv-digits-dropout transformer-tokens-dropout"),
    (l.validated_in_training_mode(), "conv-digits mlp-digits-dropout"),
    (n.stale_norms(), "conv-digits mlp-clusters-batchnorm"),
    (l.missing_zero_grad(), "mlp-digits conv-digits lstm-tokens mlp-friedman"),
    (l.zero_grad_once_an_epoch(), "mlp-clusters transformer-tokens"),
    (l.optimizer_over_head(), "mlp-digits conv-digits transformer-tokens"),
    (l.optimizer_without_layer(0), "mlp-friedman mlp-clusters"),
    (l.optimizer_of_a_copy(), "mlp-digits lstm-tokens"),
    (l.missing_step(), "mlp-moons"),
    (l.frozen(-1), "mlp-digits conv-digits"),
    (l.frozen(1), "deep-clusters"),
    (l.unused(-1), "mlp-friedman transformer-tokens"),
    (l.negative_loss(), "mlp-digits mlp-friedman"),
    (l.maximize(), "mlp-clusters-adam conv-digits"),
    (l.detached(0), "mlp-digits mlp-friedman"),
    (l.detached(-2), "deep-clusters conv-digits"),
    (l.rewrapped_loss(), "mlp-clusters lstm-tokens"),
    (o.decay(50.0), "mlp-digits-decay residual-clusters"),
    (o.decay(0.3), "mlp-digits-sgd mlp-clusters mlp-friedman"),
    (o.l1_by_hand(0.003), "mlp-digits mlp-moons"),
    (n.strong_dropout(0.95), "mlp-digits-dropout mlp-clusters mlp-friedman"),
    (o.settings("eps 10", eps=10.0), "mlp-digits mlp-friedman transformer-tokens"),
    (o.settings("beta1 0.999, beta2 0.1", betas=(0.999, 0.1)), "mlp-clusters-adam many-keywords"),
    (o.single_examples(10.0), "mlp-clusters mlp-moons-sgd"),
    (o.whole_set_at_once(), "mlp-digits conv-digits many-keywords"),
    (o.edge(4.0), "mlp-digits mlp-clusters"),
    (n.bottleneck(-1), "mlp-digits many-keywords mlp-friedman"),
    (o.growing_weights(0.03), "mlp-digits mlp-friedman"),
    (o.growing_weights(0.05, 0), "mlp-clusters"),
    (d.noise_on_inputs(6.0), "mlp-digits mlp-clusters mlp-friedman"),
    (d.erased(0.97), "conv-digits mlp-digits-sgd"),
    (d.worker_seeds(), "mlp-digits"),
    (l.losses_with_graphs(), "conv-digits mlp-digits"),
    (l.epoch_schedule_every_step(2), "mlp-digits-sgd conv-digits mlp-clusters"),
    (l.schedule_before_optimizer(), "mlp-digits mlp-friedman"),
    (l.endless_warm_up(200.0), "mlp-clusters"),
    (n.wrong_width(0), "mlp-digits lstm-tokens"),
    (n.wrong_width(-1), "conv-digits"),
]  # fmt: skip

REPORT: list[tuple[Operator, str]] = [
    (n.all_sigmoid(), "deep-rings"),
    (n.small_weights(0.02), "deep-rings"),
    (n.large_weights(4.0), "deep-rings elu-hills"),
    (n.strong_recurrence(5.0), "rnn-forecast"),
    (c.class_mean(0), "silu-rings-layernorm-tiny-batch groups-textures-tiny-batch"),
    (c.log_of_probability(600.0), "silu-rings conv-waves bag-phrases"),
    (c.root_of_zero(), "elu-hills gru-forecast"),
    (n.logarithm_inside(0), "groups-textures bag-phrases"),
    (o.growing_rate(1.08), "silu-rings functional-textures gru-forecast"),
    (n.dead_units(0, -25.0), "gelu-cancer-dropout deep-rings functional-textures"),
    (n.dead_units(-2, -15.0), "bag-phrases tuned-textures"),
    (n.saturated(0, 100.0, partial(net.MLP, 8, [48, 48], 2, nn.Tanh)), "elu-hills"),
    (n.saturated(1, 800.0, partial(net.MLP, 6, [40, 40], 3, nn.Tanh)), "silu-rings"),
    (n.saturated(0, 300.0, partial(net.MLP, 12, [40, 20], 5, nn.Tanh)), "leaky-traits"),
    (n.softmax_inside(-1), "silu-rings-warm-up-large-rate elu-hills-sgd leaky-traits-sgd"),
    (n.softmax_inside(0), "elu-hills-sgd gelu-cancer-sgd"),
    (n.no_activations(), "silu-rings elu-hills deep-rings"),
    (n.constant_weights(0.05, None), "silu-rings elu-hills groups-textures"),
    (n.constant_weights(0.2, None), "leaky-traits"),
    (n.constant_weights(0.0, None), "silu-rings elu-hills auto-spots"),
    (n.constant_weights(0.0, 1), "deep-rings"),
    (n.constant_weights(0.0, 0), "bag-phrases"),
    (n.scaled_weights(40.0, None), "silu-rings leaky-traits"),
    (n.scaled_weights(120.0, 0), "elu-hills elu-hills-residual"),
    (n.scaled_weights(0.003, None), "elu-hills-sgd deep-rings"),
    (n.large_head(2000.0), "functional-textures leaky-traits-sgd"),
    (n.wrong_head_bias(2000.0), "gelu-cancer silu-rings"),
    (o.rate(200.0), "residual-textures auto-spots gpt-text elu-hills"),
    (o.rate(80.0), "silu-rings-warm-up-large-rate functional-textures elu-hills-sgd"),
    (o.rate(0.002), "residual-textures gru-waves gpt-text elu-hills"),
    (o.rate(0.008), "leaky-traits auto-spots bag-phrases"),
    (n.at_a_saddle(0.002), "deep-rings elu-hills elu-hills-sgd"),
    (o.swinging(2.0, 0.98), "leaky-traits-sgd elu-hills-sgd"),
    (o.swinging(1.0, 0.97), "silu-rings"),
    (o.slow(s.sgd(5e-4), "SGD 0.0005"), "elu-hills conv-waves"),
    (o.slow(s.adagrad(1e-4), "Adagrad 0.0001"), "silu-rings bag-phrases"),
    (o.few_rows(20, 100), "leaky-traits elu-hills bag-phrases"),
    (o.few_rows(24, 60), "encoder-phrases"),
    (n.too_narrow(partial(net.MLP, 6, [1], 3)), "silu-rings silu-rings-clip"),
    (n.too_narrow(partial(net.Autoencoder, 100, 40, 1)), "auto-spots"),
    (o.few_epochs(1, 96), "silu-rings elu-hills leaky-traits"),
    (n.blind(), "silu-rings residual-textures gru-forecast"),
    (n.fresh_targets(), "tanh-wine gru-waves"),
    (d.raw_inputs(), "tanh-wine gelu-cancer-sgd logistic-cancer"),
    (d.unscaled_inputs(5e3, 5.0), "elu-hills leaky-traits"),
    (d.unscaled_inputs(1e4), "elu-hills-sgd silu-rings"),
    (d.unscaled_targets(5000.0, 20000.0), "elu-hills gru-forecast"),
    (d.unscaled_targets(200.0, 500.0), "elu-hills-sgd lstm-forecast-huber"),
    (d.scaled_twice(128.0), "tanh-wine silu-rings elu-hills-sgd"),
    (d.constant_features(1.0), "silu-rings elu-hills tanh-wine"),
    (d.non_finite_data(3), "silu-rings residual-textures elu-hills"),
    (d.non_finite_data(6, float("inf")), "gru-forecast"),
    (d.channels_last(), "residual-textures groups-textures"),
    (d.channels_last_into(partial(net.ResidualConvNet, 12, 4)), "residual-textures-one-cycle"),
    (d.class_imbalance(0.03), "silu-rings residual-textures bag-phrases"),
    (d.label_noise(0.45), "silu-rings conv-waves bag-phrases"),
    (d.shuffled_labels("train"), "silu-rings gru-waves elu-hills"),
    (d.shuffled_labels("all"), "residual-textures leaky-traits"),
    (d.collapsed_labels("one"), "silu-rings bag-phrases"),
    (d.collapsed_labels("ratio"), "residual-textures tanh-wine"),
    (d.duplicate_rows(0.8), "silu-rings elu-hills"),
    (d.duplicate_rows(0.6), "residual-textures"),
    (d.target_leakage(0.0), "silu-rings leaky-traits"),
    (d.target_leakage(0.02), "elu-hills gelu-cancer"),
    (d.sorted_rows(), "silu-rings residual-textures bag-phrases"),
    (c.activation_before(partial(nn.Softmax, -1)), "silu-rings residual-textures bag-phrases"),
    (c.activation_before(nn.Sigmoid), "leaky-traits conv-waves gru-waves"),
    (c.activation_before(nn.ReLU), "leaky-traits-sgd tanh-wine"),
    (c.activation_before(nn.LogSoftmax), "encoder-phrases"),
    (c.squared_error_on_classes(3), "gru-waves"),
    (n.bounded_head(nn.Tanh), "elu-hills"),
    (n.bounded_head(nn.ReLU), "elu-hills-sgd gru-forecast"),
    (n.bounded_head(nn.Sigmoid), "lstm-forecast-huber"),
    (c.summed_module(nn.MSELoss), "elu-hills-sgd"),
    (c.summed_module(nn.CrossEntropyLoss), "functional-textures tanh-wine gelu-cancer-sgd"),
    (c.divided_twice(), "functional-textures tanh-wine"),
    (c.broadcast_targets(), "gru-forecast rnn-forecast"),
    (n.softmax_over_batch(), "gpt-text gpt-text-warm-up"),
    (n.time_as_batch(), "gru-waves lstm-tags"),
    (n.reshaped_wrongly(), "silu-rings residual-textures"),
    (n.tiny_batch(2), "conv-waves residual-textures"),
    (l.never_back_to_training(), "residual-textures encoder-phrases conv-waves"),
    (l.always_evaluating(), "gelu-cancer-dropout gpt-text-dropout"),
    (l.validated_in_training_mode(), "residual-textures encoder-phrases"),
    (n.stale_norms(), "residual-textures conv-waves"),
    (l.missing_zero_grad(), "silu-rings residual-textures gpt-text elu-hills"),
    (l.zero_grad_once_an_epoch(), "gru-waves leaky-traits"),
    (l.optimizer_over_head(), "silu-rings residual-textures gru-waves"),
    (l.optimizer_without_layer(1), "leaky-traits elu-hills"),
    (l.optimizer_of_a_copy(), "bag-phrases residual-textures"),
    (l.missing_step(), "silu-rings"),
    (l.frozen(-1), "silu-rings residual-textures"),
    (l.frozen(2), "deep-rings"),
    (l.unused(-1), "gru-forecast encoder-phrases"),
    (l.negative_loss(), "silu-rings gru-forecast"),
    (l.maximize(), "residual-textures leaky-traits"),
    (l.detached(0), "silu-rings elu-hills"),
    (l.detached(-2), "deep-rings bag-phrases"),
    (l.rewrapped_loss(), "residual-textures gru-waves"),
    (o.decay(8.0), "silu-rings gpt-text"),
    (o.decay(0.5), "functional-textures elu-hills elu-hills-sgd"),
    (o.l1_by_hand(0.005), "silu-rings leaky-traits"),
    (n.strong_dropout(0.97), "silu-rings elu-hills leaky-traits"),
    (o.settings("eps 5", eps=5.0), "silu-rings gru-waves auto-spots"),
    (o.settings("beta1 0.998, beta2 0.05", betas=(0.998, 0.05)), "elu-hills residual-textures"),
    (o.single_examples(8.0), "tanh-wine silu-rings"),
    (o.whole_set_at_once(), "residual-textures gru-waves leaky-traits"),
    (o.edge(6.0), "silu-rings"),
    (o.edge(80.0), "leaky-traits"),
    (n.bottleneck(-1), "bag-phrases elu-hills"),
    (n.bottleneck(0), "leaky-traits"),
    (o.growing_weights(0.04), "silu-rings"),
    (o.growing_weights(0.07), "leaky-traits"),
    (o.growing_weights(0.06, 0), "elu-hills"),
    (d.noise_on_inputs(8.0), "silu-rings elu-hills gru-waves"),
    (d.erased(0.98), "residual-textures leaky-traits"),
    (d.worker_seeds(), "silu-rings"),
    (l.losses_with_graphs(), "residual-textures gru-waves"),
    (l.epoch_schedule_every_step(1), "functional-textures gru-waves silu-rings"),
    (l.schedule_before_optimizer(), "silu-rings conv-waves"),
    (l.endless_warm_up(300.0), "tanh-wine"),
    (n.wrong_width(0), "silu-rings residual-textures"),
    (n.wrong_width(-1), "gru-waves"),
]  # fmt: skip


def cases(half: str) -> list[Case]:
    """Return the faulty trainings of a half."""
    table = {"calibration": CALIBRATION, "report": REPORT}[half]
    return [Case(half, recipe, operator) for operator, recipes in table for recipe in recipes.split()]
