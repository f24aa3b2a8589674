"""Faults of the data: scale, labels, order, leaks."""

from __future__ import annotations

import math

import numpy as np
import torch
from programs.program import Program
from programs.rows import Pair, Rows
from torch import Tensor
from torch.utils.data import Dataset

from operators.operator import Faulty, Operator


def _then(p: Program, change, parts: str = "all") -> Program:
    """Return a program whose pipeline does one thing more: to all rows, or to the training rows."""

    def prepare(rows: Rows) -> Rows:
        rows = p.prepare(rows)
        if parts == "all":
            return rows.each(change)
        return Rows(change(rows.train), rows.valid if parts == "train" else change(rows.valid), rows.test)

    return p.changed(prepare=prepare)


def unscaled_inputs(factor: float, offset: float = 0.0) -> Operator:
    """Leave the columns in units of their own: sizes from 1 to `factor`, with an offset."""

    def change(p: Program) -> Faulty:
        def raw(pair: Pair) -> Pair:
            x = pair[0]
            count = x.shape[1]
            size = torch.logspace(0, math.log10(factor), count)[
                torch.randperm(count, generator=torch.Generator().manual_seed(5))
            ]
            size = size.reshape(1, -1, *[1] * (x.dim() - 2)) if count > 1 else torch.tensor(factor)
            return (x + offset) * size, pair[1]

        return Faulty(_then(p, raw), ("data",))

    return Operator("unscaled-inputs", f"x {factor:g} + {offset:g}", change)


def raw_inputs() -> Operator:
    """Leave the numbers as they came."""
    from programs.program import as_it_is

    return Operator("unscaled-inputs", "raw", lambda p: Faulty(p.changed(prepare=as_it_is), ("data",)))


def one_column(factor: float) -> Operator:
    """Leave one column in a unit of its own: an amount, a year, a distance in metres."""

    def change(p: Program) -> Faulty:
        def raw(pair: Pair) -> Pair:
            x = pair[0].clone()
            x[:, 1] = factor * (x[:, 1] + 3)
            return x, pair[1]

        return Faulty(_then(p, raw), ("data",))

    return Operator("unscaled-inputs", f"one column x {factor:g}", change)


def unscaled_targets(factor: float, offset: float) -> Operator:
    """Leave the targets in units of their own."""
    return Operator(
        "unscaled-targets", f"x {factor:g} + {offset:g}",
        lambda p: Faulty(_then(p, lambda pair: (pair[0], pair[1] * factor + offset)), ("data", "loss")),
    )  # fmt: skip


def scaled_twice(factor: float) -> Operator:
    """Divide inputs that are scaled already once more."""
    return Operator(
        "scaled-twice", f"/ {factor:g}", lambda p: Faulty(_then(p, lambda pair: (pair[0] / factor, pair[1])), ("data",))
    )


def constant_features(share: float) -> Operator:
    """Overwrite a share of the columns with one value: a join that failed."""

    def change(p: Program) -> Faulty:
        def dead(pair: Pair) -> Pair:
            x = pair[0].clone()
            x[:, : max(int(share * x.shape[1]), 1)] = 0.5
            return x, pair[1]

        return Faulty(_then(p, dead), ("data",))

    return Operator("constant-feature", f"{100 * share:g} %", change)


def non_finite_data(rows: int, value: float = math.nan) -> Operator:
    """Put NaN or Inf into some rows."""

    def change(p: Program) -> Faulty:
        def holes(pair: Pair) -> Pair:
            x = pair[0].clone().float()
            flat = x.reshape(len(x), -1)
            flat[torch.linspace(7, len(x) - 1, rows).long(), 1] = value
            return flat.reshape(x.shape), pair[1]

        return Faulty(_then(p, holes, "train"), ("data",))

    return Operator("non-finite-data", f"{rows} rows of {value}", change, ("non-finite",))


def channels_last() -> Operator:
    """Feed height x width x channels as if it were channels x height x width, same memory."""

    def change(p: Program) -> Faulty:
        mixed = lambda pair: (pair[0].permute(0, 2, 3, 1).contiguous().reshape(pair[0].shape), pair[1])  # noqa: E731
        return Faulty(_then(p, mixed), ("data", "model"))

    return Operator("channel-order", "reshaped", change)


def channels_last_into(network) -> Operator:
    """Feed height x width x channels into a network made for as many channels as there are rows."""

    def change(p: Program) -> Faulty:
        last = lambda pair: (pair[0].permute(0, 2, 3, 1).contiguous(), pair[1])  # noqa: E731
        return Faulty(_then(p, last).changed(network=network), ("data", "model"))

    return Operator("channel-order", "network made to fit", change)


def class_imbalance(keep: float) -> Operator:
    """Keep only a small share of the training rows of all classes but the first."""

    def change(p: Program) -> Faulty:
        def rare(pair: Pair) -> Pair:
            x, y = pair
            first = y == 0 if y.dim() == 1 else y[:, 0] == 0
            some = torch.rand(len(y), generator=torch.Generator().manual_seed(3)) < keep
            kept = (first | some).nonzero()[:, 0]
            return x[kept], y[kept]

        broken = _then(p, rare, "train")
        return Faulty(broken.changed(epochs=3 * p.epochs), ("data",), p)

    return Operator("class-imbalance", f"{100 * keep:g} % kept", change)


def label_noise(share: float) -> Operator:
    """Draw a share of the training labels anew."""

    def change(p: Program) -> Faulty:
        def noise(pair: Pair) -> Pair:
            x, y = pair[0], pair[1].clone()
            wrong = torch.rand(len(y)) < share
            y[wrong] = y[torch.randperm(len(y))][wrong]
            return x, y

        return Faulty(
            _then(p, noise, "train+valid").changed(epochs=2 * p.epochs), ("data",), p.changed(epochs=2 * p.epochs)
        )

    return Operator("label-noise", f"{100 * share:g} %", change)


def shuffled_labels(parts: str = "train") -> Operator:
    """Shuffle the labels against the inputs."""
    shuffle = lambda pair: (pair[0], pair[1][torch.randperm(len(pair[1]))])  # noqa: E731
    return Operator("shuffled-labels", parts, lambda p: Faulty(_then(p, shuffle, parts), ("data",)))


def labels_off_by_one(parts: str = "all") -> Operator:
    """Give every row its neighbour's label: a join that is off by one."""
    shift = lambda pair: (pair[0], pair[1].roll(1, 0))  # noqa: E731
    return Operator("shuffled-labels", f"off by one, {parts}", lambda p: Faulty(_then(p, shift, parts), ("data",)))


def collapsed_labels(how: str) -> Operator:
    """Lose the classes in a cast: to one class, or to two."""
    casts = {
        "one": lambda y: torch.zeros_like(y),
        "two": lambda y: y.bool().to(y.dtype),
        "ratio": lambda y: (y.float() / 16).to(y.dtype),
    }
    return Operator(
        "collapsed-labels", how, lambda p: Faulty(_then(p, lambda pair: (pair[0], casts[how](pair[1]))), ("data",))
    )


def duplicate_rows(share: float) -> Operator:
    """Let training rows be validation rows, too."""

    def change(p: Program) -> Faulty:
        def prepare(rows: Rows) -> Rows:
            rows = p.prepare(rows)
            count = int(share * len(rows.valid[0]))
            leaked = [torch.cat([a[:count], b[count:]]) for a, b in zip(rows.train, rows.valid, strict=True)]
            return Rows(rows.train, (leaked[0], leaked[1]), rows.test)

        return Faulty(p.changed(prepare=prepare), ("data",))

    return Operator("duplicate-rows", f"{100 * share:g} %", change)


def target_leakage(noise: float) -> Operator:
    """Overwrite a column (the last token, a corner of the picture) with the target."""

    def change(p: Program) -> Faulty:
        def leak(pair: Pair) -> Pair:
            x, y = pair[0].clone(), pair[1]
            answer = (y if y.dim() == 1 else y[:, 0]).float()
            answer = answer + noise * torch.randn(len(answer))
            if x.is_floating_point():
                x.reshape(len(x), -1)[:, 0] = (
                    (answer - answer.mean()) / answer.std() if x.dim() == 2 else answer / answer.max()
                )
            else:
                x[:, -1] = answer.to(x.dtype)
            return x, y

        return Faulty(_then(p, leak), ("data",))

    return Operator("target-leakage", f"noise {noise:g}", change)


def sorted_rows() -> Operator:
    """Read the training rows in the order of their classes, without shuffling."""

    def change(p: Program) -> Faulty:
        def ordered(pair: Pair) -> Pair:
            order = (pair[1] if pair[1].dim() == 1 else pair[1][:, 0]).argsort()
            return pair[0][order], pair[1][order]

        return Faulty(_then(p, ordered, "train").changed(shuffle=False), ("data", "loop"))

    return Operator("unshuffled-data", "sorted", change)


def noise_on_inputs(std: float) -> Operator:
    """Augment by noise far above the signal."""
    return Operator(
        "destructive-augmentation",
        f"noise {std:g}",
        lambda p: Faulty(p.changed(augment=lambda x: x + std * torch.randn_like(x)), ("data",)),
    )


def erased(share: float) -> Operator:
    """Augment by erasing nearly everything."""
    return Operator(
        "destructive-augmentation",
        f"{100 * share:g} % erased",
        lambda p: Faulty(p.changed(augment=lambda x: x * (torch.rand_like(x) > share)), ("data",)),
    )


class _Drawn(Dataset):
    """Rows with noise drawn from numpy's global generator, as people's transforms do."""

    def __init__(self, pair: Pair, std: float):
        self.pair, self.std = pair, std

    def __len__(self) -> int:
        return len(self.pair[0])

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        x = self.pair[0][i]
        return x + self.std * torch.from_numpy(np.random.randn(*x.shape)).float(), self.pair[1][i]  # noqa: NPY002


def worker_seeds() -> Operator:
    """Seed numpy alike in every worker."""

    def change(p: Program) -> Faulty:
        with_workers = p.changed(workers=2, epochs=2, batch=64, dataset=lambda pair: _Drawn(pair, 0.1), validate=0)
        alike = with_workers.changed(worker_init=lambda _: np.random.seed(0))  # noqa: NPY002
        apart = with_workers.changed(worker_init=lambda _: np.random.seed(torch.initial_seed() % 2**32))  # noqa: NPY002
        return Faulty(alike, ("data", "loop"), apart)

    return Operator("worker-seeds", "alike", change)
