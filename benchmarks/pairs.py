"""Pairs: each part beside what torch has for the same thing; parts.py times them, tests/test_pairs.py compares them.

A pair stands on a kernel of torch (then ours must run the same operations and take at most 1.05 times as long), or there
is none (then its peer is the best plain-torch expression known to us, and 1.3 times as long is allowed).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.nn import functional

from glasswork import activations, layers, losses, optimizers

Call = Callable[..., Any]
WIDTH = 16  # of the last dimension, where one must be small: classes, channels


@dataclass(frozen=True)
class Pair:
    """Ours and theirs.

    Args:
        room: where the part lives.
        name: of the part, with the setting where there are several.
        make: given the number of elements, returns our call, the peer's and the inputs; one that floats gets a gradient.
        kernel: whether it stands on a kernel of torch.
        backward: whether there is anything to send back.
    """

    room: str
    name: str
    make: Callable[[int], tuple[Call, Call, tuple[Any, ...]]]
    kernel: bool = True
    backward: bool = True

    @property
    def bound(self) -> float:
        """How many times as long as the peer ours may take."""
        return 1.05 if self.kernel else 1.3


def pairs() -> list[Pair]:
    """Return all pairs, in the order of the rooms."""
    return [*_activations(), *_losses(), *_layers(), *_optimizers()]


def _drawn(*shape: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def _flat(n: int) -> Tensor:
    return _drawn(max(1, n // 1024), min(n, 1024))


def _of(make: Callable[[int], Tensor], ours: Call, theirs: Call) -> Callable[[int], tuple[Call, Call, tuple[Any, ...]]]:
    """One input; modules get equal weights."""

    def made(n: int) -> tuple[Call, Call, tuple[Any, ...]]:
        if isinstance(ours, nn.Module) and isinstance(theirs, nn.Module) and ours.state_dict():
            theirs.load_state_dict(ours.state_dict())
        return ours, theirs, (make(n),)

    return made


def _activations() -> Iterator[Pair]:
    own = {
        "elu": (activations.ELU(), nn.ELU()),
        "gelu": (activations.GELU(), nn.GELU()),
        "hard_sigmoid": (activations.HardSigmoid(), nn.Hardsigmoid()),
        "hard_swish": (activations.HardSwish(), nn.Hardswish()),
        "hard_tanh": (activations.HardTanh(), nn.Hardtanh()),
        "leaky_relu": (activations.LeakyReLU(), nn.LeakyReLU()),
        "log_softmax": (activations.LogSoftmax(), nn.LogSoftmax(dim=-1)),
        "logistic": (activations.Logistic(), nn.Sigmoid()),
        "parametric_relu": (activations.ParametricReLU(), nn.PReLU()),
        "relu": (activations.ReLU(), nn.ReLU()),
        "selu": (activations.SELU(), nn.SELU()),
        "sigmoid": (activations.Sigmoid(), nn.Sigmoid()),
        "silu": (activations.SiLU(), nn.SiLU()),
        "softmax": (activations.Softmax(), nn.Softmax(dim=-1)),
        "softplus": (activations.Softplus(), nn.Softplus(threshold=40)),
        "tanh": (activations.Tanh(), nn.Tanh()),
    }
    for name, (ours, theirs) in own.items():
        yield Pair("activations", name, _of(_flat, ours, theirs))
    maxout = activations.Maxout(inputs=64, outputs=64)
    yield Pair(
        "activations",
        "maxout",
        _of(
            lambda n: _drawn(n // 64, 64),
            maxout,
            lambda x: functional.linear(x, maxout.weight, maxout.bias).view(-1, 2, 64).amax(1),
        ),
        kernel=False,
    )
    yield Pair(
        "activations",
        "threshold",
        _of(_flat, activations.Threshold(), lambda x: (x >= 0).to(x.dtype)),
        kernel=False,
        backward=False,
    )
    yield Pair(
        "activations",
        "stochastic",
        _of(_flat, activations.Stochastic(), lambda x: torch.where(torch.rand_like(x) < torch.sigmoid(x), 1.0, -1.0)),
        kernel=False,
        backward=False,
    )


def _losses() -> Iterator[Pair]:
    def two(n: int) -> tuple[Tensor, ...]:
        return _drawn(n), _drawn(n, 1)[:, 0].clone()

    def signs(n: int) -> tuple[Tensor, ...]:
        return _drawn(n), _drawn(n, 1)[:, 0].sign()

    def shares(n: int) -> tuple[Tensor, ...]:
        return _drawn(n), _drawn(n, 1)[:, 0].sigmoid()

    def classes(n: int) -> tuple[Tensor, ...]:
        logits = _drawn(n // WIDTH, WIDTH)
        return logits, logits.roll(1, 0).argmax(1)

    def soft(n: int) -> tuple[Tensor, ...]:
        return _drawn(n // WIDTH, WIDTH), _drawn(WIDTH, n // WIDTH).T.softmax(1).contiguous()

    def three(n: int) -> tuple[Tensor, ...]:
        return tuple(_drawn(n // WIDTH, WIDTH).roll(places, 0) for places in range(3))

    def beside(make: Callable[[int], tuple[Tensor, ...]], ours: Call, theirs: Call) -> Call:
        def made(n: int) -> tuple[Call, Call, tuple[Any, ...]]:
            learned, *data = make(n)  # a gradient is wanted for predictions alone
            return lambda x: ours(x, *data), lambda x: theirs(x, *data), (learned,)

        return made

    kernels: dict[str, tuple[Callable[[int], tuple[Tensor, ...]], Call, Call]] = {
        "absolute_error": (two, losses.absolute_error, functional.l1_loss),
        "binary_cross_entropy": (
            shares, losses.binary_cross_entropy, functional.binary_cross_entropy_with_logits,
        ),
        "binary_cross_entropy_from_probabilities": (
            lambda n: (_drawn(n).sigmoid(), _drawn(n, 1)[:, 0].sigmoid()),
            losses.binary_cross_entropy_from_probabilities, functional.binary_cross_entropy,
        ),
        "cross_entropy": (classes, losses.cross_entropy, functional.cross_entropy),
        "cross_entropy, dense targets": (soft, losses.cross_entropy, functional.cross_entropy),
        "huber": (two, losses.huber, functional.huber_loss),
        "multi_class_hinge": (classes, losses.multi_class_hinge, functional.multi_margin_loss),
        "squared_error": (two, losses.squared_error, functional.mse_loss),
        "triplet": (three, losses.triplet, functional.triplet_margin_loss),
    }  # fmt: skip
    for name, (make, ours, theirs) in kernels.items():
        yield Pair("losses", name, beside(make, ours, theirs))

    def focal(logits: Tensor, targets: Tensor) -> Tensor:
        log_p = logits.log_softmax(-1).gather(-1, targets[:, None])
        return -((1 - log_p.exp()) ** 2 * log_p).mean()

    def log_cosh(a: Tensor, b: Tensor) -> Tensor:
        error = a - b
        return (error + functional.softplus(-2 * error) - math.log(2)).mean()

    def quantile(a: Tensor, b: Tensor) -> Tensor:
        rest = b - a
        return (0.9 * rest + functional.relu(-rest)).mean()

    def squared_triplet(a: Tensor, p: Tensor, n: Tensor) -> Tensor:
        return functional.relu(((a - p) ** 2).sum(-1) - ((a - n) ** 2).sum(-1) + 1).mean()

    plain: dict[str, tuple[Callable[[int], tuple[Tensor, ...]], Call, Call]] = {
        "absolute_percentage_error": (
            two, losses.absolute_percentage_error, lambda a, b: ((a - b).abs() / b.abs().clamp(min=1e-6)).mean(),
        ),
        "discriminator_loss": (
            two, losses.discriminator_loss, lambda a, b: functional.softplus(-a).mean() + functional.softplus(b).mean(),
        ),
        "error_energy": (
            two, losses.error_energy, lambda a, b: 0.5 / len(a) * functional.mse_loss(a, b, reduction="sum"),
        ),
        "exponential": (signs, losses.exponential, lambda a, b: torch.exp(-b * a).mean()),
        "focal": (classes, losses.focal, focal),
        "hinge": (signs, losses.hinge, lambda a, b: functional.relu(1 - b * a).mean()),
        "kl_divergence": (
            soft, losses.kl_divergence, lambda a, b: functional.kl_div(a.log_softmax(-1), b, reduction="batchmean"),
        ),
        "log_cosh": (two, losses.log_cosh, log_cosh),
        "minimax_generator_loss": (
            lambda n: (_drawn(n),), losses.minimax_generator_loss, lambda a: -functional.softplus(a).mean(),
        ),
        "non_saturating_generator_loss": (
            lambda n: (_drawn(n),), losses.non_saturating_generator_loss, lambda a: functional.softplus(-a).mean(),
        ),
        "perceptron_criterion": (signs, losses.perceptron_criterion, lambda a, b: functional.relu(-b * a).mean()),
        "quantile": (two, lambda a, b: losses.quantile(a, b, tau=0.9), quantile),
        "squared_hinge": (signs, losses.squared_hinge, lambda a, b: (functional.relu(1 - b * a) ** 2).mean()),
        "squared_triplet": (three, losses.squared_triplet, squared_triplet),
    }  # fmt: skip
    for name, (make, ours, theirs) in plain.items():
        yield Pair("losses", name, beside(make, ours, theirs), kernel=False)


def _layers() -> Iterator[Pair]:
    def series(n: int) -> Tensor:
        return _drawn(max(1, n // (WIDTH * 256)), WIDTH, min(256, n // WIDTH))

    def maps(n: int) -> Tensor:
        side = 32 if n >= WIDTH * 1024 else 8
        return _drawn(max(1, n // (WIDTH * side * side)), WIDTH, side, side)

    def rows(n: int) -> Tensor:
        return _drawn(n // 256, 256)

    def sequences(n: int) -> Tensor:
        return _drawn(max(1, n // (64 * 256)), min(64, n // 256), 256)

    both = {"1-D": (series, 1), "2-D": (maps, 2)}
    for said, (make, sides) in both.items():
        torchs = (nn.Conv1d, nn.Conv2d)[sides - 1]
        size = (3,) * sides
        for setting, ours, theirs in (
            ("padding 1", {"padding": 1}, {"padding": 1}),
            ("same", {"padding": "same"}, {"padding": 1}),
            ("stride 2", {"stride": 2}, {"stride": 2}),
            ("near values", {"padding": 1, "border": "replicate"}, {"padding": 1, "padding_mode": "replicate"}),
        ):
            own = layers.Convolution(channels=WIDTH, maps=WIDTH, size=size, **ours)
            yield Pair(
                "layers", f"convolution, {said}, {setting}", _of(make, own, torchs(WIDTH, WIDTH, size, **theirs))
            )
        largest, mean, power = (
            (nn.MaxPool1d, nn.AvgPool1d, nn.LPPool1d),
            (nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d),
        )[sides - 1]
        yield Pair("layers", f"max_pool, {said}", _of(make, layers.MaxPool(), largest(2)))
        yield Pair("layers", f"min_pool, {said}", _of(make, layers.MinPool(), lambda x, pool=largest: -pool(2)(-x)))
        yield Pair("layers", f"average_pool, {said}", _of(make, layers.AveragePool(), mean(2)))
        yield Pair("layers", f"l2_pool, {said}", _of(make, layers.L2Pool(), power(2, 2)), kernel=False)
        over = (2, 3)[:sides]
        yield Pair(
            "layers", f"global_pool, mean, {said}", _of(make, layers.GlobalPool(), lambda x, over=over: x.mean(over))
        )
        yield Pair(
            "layers",
            f"global_pool, max, {said}",
            _of(make, layers.GlobalPool("max"), lambda x, over=over: x.amax(over)),
        )
        batch_norm = (nn.BatchNorm1d, nn.BatchNorm2d)[sides - 1]
        yield Pair("layers", f"batch_norm, {said}", _of(make, layers.BatchNorm(WIDTH), batch_norm(WIDTH)))
    yield Pair("layers", "flatten", _of(maps, layers.Flatten(), nn.Flatten()))
    yield Pair("layers", "layer_norm", _of(rows, layers.LayerNorm(256), nn.LayerNorm(256)))
    yield Pair("layers", "group_norm", _of(maps, layers.GroupNorm(4, WIDTH), nn.GroupNorm(4, WIDTH)))
    yield Pair("layers", "dropout", _of(rows, layers.Dropout(0.5), nn.Dropout(0.5)))
    yield Pair(
        "layers", "classic_dropout",
        _of(rows, layers.ClassicDropout(0.5), lambda x: x * torch.bernoulli(torch.full_like(x, 0.5))), kernel=False,
    )  # fmt: skip
    yield Pair(
        "layers", "gaussian_noise",
        _of(rows, layers.GaussianNoise(0.1), lambda x: x + 0.1 * torch.randn_like(x)), kernel=False,
    )  # fmt: skip
    yield Pair(
        "layers", "min_max",
        _of(rows, layers.min_max, lambda x: 255 * (x - x.min()) / (x.max() - x.min())), kernel=False,
    )  # fmt: skip

    def heads(n: int) -> tuple[Tensor, ...]:
        places = 128 if n >= 2**18 else 8
        made = _drawn(max(1, n // (4 * places * 64)), 4, places, 64)
        return made, made.roll(1, 2), made.roll(2, 2)

    for said, settings in (("", {}), (", causal", {"causal": True})):
        yield Pair(
            "layers",
            f"attention{said}",
            lambda n, settings=settings: (
                lambda *own: layers.attention(*own, **settings),
                lambda *own: functional.scaled_dot_product_attention(*own, is_causal=bool(settings)),
                heads(n),
            ),
        )
    for name, ours, theirs in (
        ("rnn", layers.RNN, nn.RNN),
        ("gru", layers.GRU, nn.GRU),
        ("lstm", layers.LSTM, nn.LSTM),
    ):
        yield Pair("layers", name, _of(sequences, ours(inputs=256, hidden=32), theirs(256, 32, batch_first=True)))
    for name, ours, theirs in (
        ("rnn_cell", layers.RNNCell, nn.RNNCell),
        ("gru_cell", layers.GRUCell, nn.GRUCell),
        ("lstm_cell", layers.LSTMCell, nn.LSTMCell),
    ):
        yield Pair("layers", name, _of(rows, ours(inputs=256, hidden=64), theirs(256, 64)))


def _optimizers() -> Iterator[Pair]:
    def stepper(made: Any, weights: list[Tensor]) -> Call:
        step = made.step if hasattr(made, "step") else made

        def call() -> list[Tensor]:
            step()
            return weights

        return call

    def step(ours: Callable[[list[Tensor]], Any], theirs: Callable[[list[Tensor]], Any]) -> Call:
        def make(n: int) -> tuple[Call, Call, tuple[Any, ...]]:
            calls = []
            for begin in (ours, theirs):
                weights = [nn.Parameter(_flat(n // 2)), nn.Parameter(_flat(n // 2))]
                for weight in weights:
                    weight.grad = _flat(n // 2).roll(1, 0).clone()
                calls.append(stepper(begin(weights), weights))
            return calls[0], calls[1], ()

        return make

    known = {
        "adadelta": (
            lambda w: optimizers.Adadelta(w, lr=1e-3), lambda w: optim.Adadelta(w, lr=1e-3, rho=0.9, foreach=True),
        ),
        "adagrad": (lambda w: optimizers.Adagrad(w), lambda w: optim.Adagrad(w, fused=True)),
        "adam": (lambda w: optimizers.Adam(w), lambda w: optim.Adam(w, fused=True)),
        "adamw": (lambda w: optimizers.AdamW(w), lambda w: optim.AdamW(w, fused=True)),
        "nesterov_torch": (
            lambda w: optimizers.NesterovTorch(w),
            lambda w: optim.SGD(w, lr=1e-2, momentum=0.9, nesterov=True, fused=True),
        ),
        "rmsprop": (lambda w: optimizers.RMSprop(w), lambda w: optim.RMSprop(w, foreach=True)),
        "sgd": (lambda w: optimizers.SGD(w), lambda w: optim.SGD(w, lr=1e-2, fused=True)),
        "sgd, momentum": (
            lambda w: optimizers.SGD(w, momentum=0.9), lambda w: optim.SGD(w, lr=1e-2, momentum=0.9, fused=True),
        ),
    }  # fmt: skip
    for name, (ours, theirs) in known.items():
        yield Pair("optimizers", name, step(ours, theirs), backward=False)

    def plain(update: Callable[..., None], states: int) -> Callable[[list[Tensor]], Call]:
        """A step in place, tensor by tensor."""

        def begin(weights: list[Tensor]) -> Call:
            kept = [[torch.zeros_like(weight) for _ in range(states)] for weight in weights]
            count = [0]

            @torch.no_grad()
            def call() -> None:
                count[0] += 1
                for weight, own in zip(weights, kept, strict=True):
                    update(weight, weight.grad, *own, count[0])

            return call

        return begin

    def momentum(w: Tensor, g: Tensor, v: Tensor, _: int) -> None:
        v.mul_(0.9).add_(g, alpha=1e-2)
        w.sub_(v)

    def adagrad_inside(w: Tensor, g: Tensor, s: Tensor, _: int) -> None:
        s.addcmul_(g, g)
        w.addcdiv_(g, (s + 1e-8).sqrt_(), value=-1e-2)

    def rmsprop_inside(w: Tensor, g: Tensor, s: Tensor, _: int) -> None:
        s.mul_(0.9).addcmul_(g, g, value=0.1)
        w.addcdiv_(g, (s + 1e-8).sqrt_(), value=-1e-2)

    def adam_inside(w: Tensor, g: Tensor, m: Tensor, s: Tensor, t: int) -> None:
        m.lerp_(g, 0.1)
        s.mul_(0.999).addcmul_(g, g, value=1e-3)
        w.addcdiv_(m, (s / (1 - 0.999**t) + 1e-8).sqrt_(), value=-1e-3 / (1 - 0.9**t))

    def nesterov(w: Tensor, g: Tensor, v: Tensor, _: int) -> None:
        v.mul_(0.9).add_(g, alpha=1e-2)
        w.sub_(g, alpha=1e-2).sub_(v, alpha=0.9)

    def adaptive_gains(w: Tensor, g: Tensor, gain: Tensor, before: Tensor, t: int) -> None:
        if t == 1:
            gain.fill_(1.0)
        sign = g.sign()
        kept = sign * before
        changed = torch.where(kept > 0, gain + 0.05, torch.where(kept < 0, gain * 0.95, gain))
        gain.copy_(changed.clamp_(0.01, 100.0))
        w.addcmul_(gain, g, value=-1e-2)
        before.copy_(sign)

    for name, ours, theirs in (
        ("nesterov", lambda w: optimizers.Nesterov(w), plain(nesterov, 1)),
        ("adaptive_gains", lambda w: optimizers.AdaptiveGains(w), plain(adaptive_gains, 2)),
        ("momentum", lambda w: optimizers.Momentum(w), plain(momentum, 1)),
        ("adagrad_epsilon_inside", lambda w: optimizers.AdagradEpsilonInside(w), plain(adagrad_inside, 1)),
        ("rmsprop_epsilon_inside", lambda w: optimizers.RMSpropEpsilonInside(w), plain(rmsprop_inside, 1)),
        ("adam_epsilon_inside", lambda w: optimizers.AdamEpsilonInside(w), plain(adam_inside, 2)),
    ):
        yield Pair("optimizers", name, step(ours, theirs), kernel=False, backward=False)
