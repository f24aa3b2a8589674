"""The networks of the programs: plain modules, small. Every one takes its sizes and makes itself when it is called."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class MLP(nn.Module):
    """Dense layers with an activation after each but the last, optionally normalised and with dropout."""

    def __init__(self, inputs, hidden, outputs, activation=nn.ReLU, norm=None, dropout=0.0):
        super().__init__()
        parts: list[nn.Module] = []
        for width in hidden:
            parts.append(nn.Linear(inputs, width))
            if norm:
                parts.append(norm(width))
            parts.append(activation())
            if dropout:
                parts.append(nn.Dropout(dropout))
            inputs = width
        self.body = nn.Sequential(*parts)
        self.head = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x.flatten(1)))


def careful(network: nn.Module) -> nn.Module:
    """Draw the dense and convolution weights by He's rule, as a deep ReLU network wants."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return network


def deep(inputs, width, depth, outputs, activation=nn.ReLU):
    """Return an MLP of many layers, drawn by He's rule."""
    return careful(MLP(inputs, [width] * depth, outputs, activation))


class ConvNet(nn.Module):
    """Two convolutions with batch norm, pooling, a dense head."""

    def __init__(self, channels, outputs, width=12, size=8, norm=nn.BatchNorm2d, dropout=0.0):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.norm1 = norm(width)
        self.act1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.norm2 = norm(2 * width)
        self.act2 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width * (size // 4) ** 2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.act1(self.norm1(self.conv1(x))))
        x = self.pool(self.act2(self.norm2(self.conv2(x))))
        return self.head(self.dropout(x.flatten(1)))


def groups(width):
    """Return a group norm of 4 groups."""
    return nn.GroupNorm(4, width)


def strided(channels, outputs, width=10):
    """Return a plain sequence of strided convolutions and a dense layer."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
        nn.Flatten(), nn.Linear(8 * width, outputs),
    )  # fmt: skip


class FunctionalConvNet(nn.Module):
    """Three convolutions with activations called as functions, average pooling at the end."""

    def __init__(self, channels, outputs, width=10):
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.second = nn.Conv2d(width, 2 * width, 3, padding=1, stride=2)
        self.third = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.norm = nn.BatchNorm2d(2 * width)
        self.classifier = nn.Linear(2 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.second(F.relu(self.first(x))))
        x = F.relu(self.norm(self.third(x)))
        return self.classifier(x.mean((2, 3)))


class ResidualBlock(nn.Module):
    """x + dense(activation(dense(norm(x))))."""

    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.act = nn.GELU()
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(self.act(self.up(self.norm(x))))


class ResidualMLP(nn.Module):
    """A dense stem, residual blocks, a dense head."""

    def __init__(self, inputs, width, blocks, outputs):
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x.flatten(1))))


class ResidualUnit(nn.Module):
    """Two convolutions with batch norm around which the input goes, too."""

    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class ResidualConvNet(nn.Module):
    """A stem, residual units, average pooling, a head."""

    def __init__(self, channels, outputs, width=10, units=2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.units = nn.Sequential(*(ResidualUnit(width) for _ in range(units)))
        self.fc = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.units(self.stem(x)).mean((2, 3)))


class Recurrent(nn.Module):
    """An RNN, LSTM or GRU that reads readings or embedded tokens; a head on its last output, or on every one."""

    def __init__(self, inputs, width, outputs, cell=nn.LSTM, tokens=False, each=False, both=False, layers=1):
        super().__init__()
        self.embedding = nn.Embedding(inputs, width) if tokens else nn.Identity()
        self.rnn = cell(width if tokens else inputs, width, layers, batch_first=True, bidirectional=both)
        self.head = nn.Linear(width * (2 if both else 1), outputs)
        self.each, self.both = each, both

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.rnn(self.embedding(x))
        if self.each:
            return self.head(states)
        return self.head(states.mean(1) if self.both else states[:, -1])


class Attention(nn.Module):
    """Scaled dot-product attention of several heads."""

    def __init__(self, width, heads, causal=False):
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.softmax = nn.Softmax(-1)
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        if self.causal:
            scores = scores.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), -math.inf)
        return self.out((self.softmax(scores) @ v).transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    """A transformer block, norms first."""

    def __init__(self, width, heads, causal, dropout):
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads, causal)
        self.norm2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.feed(self.norm2(x)))


class Transformer(nn.Module):
    """Embeddings with learned places, blocks, a head: on the mean over time, or (causal) on every place."""

    def __init__(self, tokens, width, outputs, length, blocks=1, heads=2, causal=False, dropout=0.0):
        super().__init__()
        self.tokens, self.places = nn.Embedding(tokens, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads, causal, dropout) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, outputs)
        self.causal = causal
        for table in (self.tokens, self.places):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.norm(self.blocks(self.tokens(x) + self.places.weight[: x.shape[1]]))
        return self.head(hidden if self.causal else hidden.mean(1))


class TorchTransformer(nn.Module):
    """torch's own encoder layers under a pooled head."""

    def __init__(self, tokens, width, outputs, length, blocks=1):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.position = nn.Parameter(torch.randn(1, length, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 2, 2 * width, 0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False)
        self.classifier = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.encoder(self.embedding(x) + self.position).mean(1))


class WaveNet1d(nn.Module):
    """Convolutions over time, pooled."""

    def __init__(self, channels, outputs, width=16):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(channels, width, 5, padding=2), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, width, 5, padding=2), nn.BatchNorm1d(width), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x.transpose(1, 2)))


class BagOfWords(nn.Module):
    """The mean of embedded tokens under a dense layer."""

    def __init__(self, tokens, width, outputs):
        super().__init__()
        self.bag = nn.EmbeddingBag(tokens, width, mode="mean")
        self.hidden, self.act, self.head = nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.hidden(self.bag(x))))


class Autoencoder(nn.Module):
    """Down to a few numbers and up again."""

    def __init__(self, inputs, hidden, code, activation=nn.ReLU, bounded=False):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(inputs, hidden), activation(), nn.Linear(hidden, code))
        ends = [nn.Linear(hidden, inputs), nn.Sigmoid()] if bounded else [nn.Linear(hidden, inputs)]
        self.decoder = nn.Sequential(nn.Linear(code, hidden), activation(), *ends)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x.flatten(1)))


class VAE(nn.Module):
    """An autoencoder whose code is drawn from a normal distribution; returns (picture, mean, log variance)."""

    def __init__(self, inputs, hidden, code):
        super().__init__()
        self.encode, self.act = nn.Linear(inputs, hidden), nn.ReLU()
        self.mean, self.log_variance = nn.Linear(hidden, code), nn.Linear(hidden, code)
        self.decode = nn.Sequential(nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, inputs))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.act(self.encode(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decode(code), mean, log_variance


class Frozen(nn.Module):
    """A body that is left as it is, on purpose, under a new head: fine-tuning."""

    def __init__(self, body, width, outputs, hidden=0):
        super().__init__()
        self.body = body.requires_grad_(False)
        self.head = MLP(width, [hidden], outputs) if hidden else nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


def random_features(channels, width):
    """Return convolutions whose random weights serve as fixed features."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, 2, 1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(),
    )  # fmt: skip


class Gan(nn.Module):
    """A generator of points from noise, and a critic of points."""

    def __init__(self, noise=4, width=32, points=2):
        super().__init__()
        self.generator = MLP(noise, [width, width], points)
        self.critic = MLP(points, [width, width], 1, lambda: nn.LeakyReLU(0.2))
        self.noise = noise

    def forward(self, x: Tensor) -> Tensor:
        return self.generator(torch.randn(len(x), self.noise))
