"""The report half's networks for rows, sets and graphs: shapes that no other half has. Heads are made last, as in any script."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn


class Tower(nn.Sequential):
    """Dense layers, norm and activation after each, in one sequence with the head as `out`."""

    def __init__(self, inputs, widths, outputs, activation=nn.ReLU, norm=None, dropout=0.0):
        super().__init__()
        for number, width in enumerate(widths, 1):
            self.add_module(f"fc{number}", nn.Linear(inputs, width))
            if norm:
                self.add_module(f"norm{number}", norm(width))
            self.add_module(f"act{number}", activation())
            if dropout:
                self.add_module(f"drop{number}", nn.Dropout(dropout))
            inputs = width
        self.add_module("out", nn.Linear(inputs, outputs))


class Lecture(nn.Module):
    """Two hidden layers as in a first lecture, activations as modules of their own."""

    def __init__(self, inputs, width, outputs, activation=nn.ReLU):
        super().__init__()
        self.hidden, self.act = nn.Linear(inputs, width), activation()
        self.hidden2, self.act2 = nn.Linear(width, width), activation()
        self.output = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.act2(self.hidden2(self.act(self.hidden(x)))))


def tall(inputs, width, depth, outputs):
    """Return a tower of many layers, drawn by He's rule."""
    made = Tower(inputs, [width] * depth, outputs)
    for module in made:
        if isinstance(module, nn.Linear):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return made


class Concatenated(nn.Module):
    """Each layer reads the input and all that the layers before said."""

    def __init__(self, inputs, growth, layers, outputs):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(inputs + growth * k, growth) for k in range(layers))
        self.act = nn.ReLU()
        self.head = nn.Linear(inputs + growth * layers, outputs)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, self.act(layer(x))], 1)
        return self.head(x)


class Highway(nn.Module):
    """Layers whose gates decide how much of the input goes by."""

    def __init__(self, inputs, width, layers, outputs):
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.carry = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.change = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.head = nn.Linear(width, outputs)
        for gate in self.carry:
            nn.init.constant_(gate.bias, -1.0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for carry, change in zip(self.carry, self.change, strict=True):
            open_ = torch.sigmoid(carry(x))
            x = open_ * torch.tanh(change(x)) + (1 - open_) * x
        return self.head(x)


class WideAndDeep(nn.Module):
    """Embedded category codes beside numbers, a tower, and a straight way past it."""

    def __init__(self, levels, numbers, width, outputs, size=4):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(count, size) for count in levels)
        inputs = size * len(levels) + numbers
        self.deep = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.head = nn.Linear(width + inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        count = len(self.tables)
        codes = [table(x[:, k].long()) for k, table in enumerate(self.tables)]
        every = torch.cat([*codes, x[:, count:]], 1)
        return self.head(torch.cat([self.deep(every), every], 1))


class Experts(nn.Module):
    """A gate weighs what several small networks say."""

    def __init__(self, inputs, width, experts, outputs):
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, experts))
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, outputs)) for _ in range(experts)
        )

    def forward(self, x: Tensor) -> Tensor:
        said = torch.stack([expert(x) for expert in self.experts], -1)
        return (said * self.gate(x).softmax(-1)[:, None]).sum(-1)


class Spread(nn.Module):
    """A mean and the logarithm of a variance, side by side."""

    def __init__(self, inputs, width):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.head = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


class Taste(nn.Module):
    """Matrix factors of people and films, with a bias each."""

    def __init__(self, people, films, size):
        super().__init__()
        self.people, self.films = nn.Embedding(people, size), nn.Embedding(films, size)
        self.leniency, self.quality = nn.Embedding(people, 1), nn.Embedding(films, 1)
        for table in (self.people, self.films, self.leniency, self.quality):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        who, what = x[:, 0], x[:, 1]
        return (self.people(who) * self.films(what)).sum(1, keepdim=True) + self.leniency(who) + self.quality(what)


class Siamese(nn.Module):
    """One body for both rows; a learned scale and offset on their distance."""

    def __init__(self, inputs, width, code):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, code))
        self.judge = nn.Linear(code, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.judge((self.body(x[:, 0]) - self.body(x[:, 1])).abs())


class PointSet(nn.Module):
    """Every point by itself, the greatest of each feature, then dense layers."""

    def __init__(self, inputs, width, outputs):
        super().__init__()
        self.each = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.after = nn.Sequential(nn.Linear(2 * width, width), nn.GELU())
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        points = self.each(x)
        return self.head(self.after(torch.cat([points.amax(1), points.mean(1)], -1)))


class GraphNet(nn.Module):
    """Atoms read their neighbours twice; the sum of what they then say."""

    def __init__(self, marks, width):
        super().__init__()
        self.own, self.near = nn.Linear(marks, width), nn.Linear(marks, width, bias=False)
        self.own2, self.near2 = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.act, self.act2 = nn.SiLU(), nn.SiLU()
        self.head = nn.Linear(width, 1)
        self.marks = marks

    def forward(self, x: Tensor) -> Tensor:
        marks, bonds = x[..., : self.marks], x[..., self.marks :]
        degree = bonds.sum(-1, keepdim=True).clamp(min=1).sqrt()
        bonds = bonds / degree
        hidden = self.act(self.own(marks) + bonds @ self.near(marks))
        hidden = self.act2(self.own2(hidden) + bonds @ self.near2(hidden))
        return self.head(hidden.mean(1))


class Curves(nn.Module):
    """A variational autoencoder of curves with tanh; returns (curve, mean, log variance)."""

    def __init__(self, inputs, width, code):
        super().__init__()
        self.read = nn.Sequential(nn.Linear(inputs, width), nn.Tanh())
        self.code = nn.Linear(width, 2 * code)
        self.write = nn.Sequential(nn.Linear(code, width), nn.Tanh(), nn.Linear(width, inputs))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.code(self.read(x)).chunk(2, -1)
        drawn = mean + torch.randn_like(mean) * (log_variance / 2).exp() if self.training else mean
        return self.write(drawn), mean, log_variance


def hourglass(inputs, hidden, code, activation=nn.ReLU):
    """Return a plain sequence down to a code and up again."""
    return nn.Sequential(
        nn.Linear(inputs, hidden), activation(), nn.Linear(hidden, code), nn.Linear(code, hidden), activation(),
        nn.Linear(hidden, inputs),
    )  # fmt: skip


class Duel(nn.Module):
    """A generator of points and a critic, both with leaky activations."""

    def __init__(self, noise=3, width=40):
        super().__init__()
        leak = functools.partial(nn.LeakyReLU, 0.1)
        self.generator = Tower(noise, [width, width], 2, leak)
        self.critic = Tower(2, [width, width], 1, leak)
        self.noise = noise

    def forward(self, x: Tensor) -> Tensor:
        return self.generator(torch.randn(len(x), self.noise))
