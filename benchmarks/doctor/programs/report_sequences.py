"""The report half's networks for sequences: attention, recurrence, convolutions over time."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class AttentionBlock(nn.Module):
    """Attention and dense layers, norms first; a mask that hides what is to come where `causal`."""

    def __init__(self, width, heads, causal, dropout=0.0):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.attend = nn.Softmax(dim=-1)
        self.project = nn.Linear(width, width)
        self.up, self.act, self.down = nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(dropout)
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        seen = self.ln1(x)
        q, k, v = (
            part(seen).reshape(b, t, self.heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        if self.causal:
            scores = scores + torch.full((t, t), -1e9).triu(1)
        x = x + self.drop(self.project((self.attend(scores) @ v).transpose(1, 2).reshape(b, t, d)))
        return x + self.drop(self.down(self.act(self.up(self.ln2(x)))))


def waves(length, width):
    """Return the sines and cosines of places, as in the first transformer."""
    place = torch.arange(length)[:, None] * torch.exp(-math.log(100.0) * torch.arange(0, width, 2) / width)
    return torch.stack([place.sin(), place.cos()], -1).flatten(1) * 0.3


class Reader(nn.Module):
    """Tokens or readings with places by waves under attention; a head on the middle, or (causal) at every place."""

    def __init__(self, inputs, width, outputs, length, tokens=True, blocks=1, causal=False, dropout=0.0):
        super().__init__()
        self.enter = nn.Embedding(inputs, width) if tokens else nn.Linear(inputs, width)
        if tokens:
            nn.init.normal_(self.enter.weight, std=0.3)
        self.register_buffer("places", waves(length, width))
        self.blocks = nn.Sequential(*(AttentionBlock(width, 2, causal, dropout) for _ in range(blocks)))
        self.last = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)
        self.causal = causal

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.last(self.blocks(self.enter(x) + self.places))
        return self.head(hidden if self.causal else hidden.mean(1))


class Gated(nn.Module):
    """A recurrent layer, then a weighted mean over time by learned attention, then a head."""

    def __init__(self, inputs, width, outputs, cell=nn.GRU, tokens=0, each=False, layers=1, dropout=0.0):
        super().__init__()
        self.embed = nn.Embedding(tokens, inputs) if tokens else nn.Identity()
        self.rnn = cell(inputs, width, layers, batch_first=True)
        self.ask, self.drop = nn.Linear(width, 1), nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)
        self.each = each
        if each:
            del self.ask

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.rnn(self.embed(x))
        if self.each:
            return self.head(self.drop(states))
        weight = self.ask(states).softmax(1)
        return self.head(self.drop((weight * states).sum(1)))


class Last(nn.Module):
    """A recurrent layer and a dense one on its last output."""

    def __init__(self, inputs, width, outputs, cell=nn.LSTM, tokens=0):
        super().__init__()
        self.embed = nn.Embedding(tokens, inputs) if tokens else nn.Identity()
        self.rnn = cell(inputs, width, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.rnn(self.embed(x))[0][:, -1]))


class ByHand(nn.Module):
    """A GRU cell, called once for every reading."""

    def __init__(self, inputs, width, outputs):
        super().__init__()
        self.cell = nn.GRUCell(inputs, width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), self.cell.hidden_size)
        for reading in x.unbind(1):
            state = self.cell(reading, state)
        return self.head(state)


class Dilated(nn.Module):
    """Convolutions over the past alone, farther at each layer, around which the input goes, too."""

    def __init__(self, inputs, width, outputs, tokens=False, layers=2, each=False):
        super().__init__()
        self.enter = nn.Embedding(inputs, width) if tokens else nn.Linear(inputs, width)
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=2**k) for k in range(layers))
        self.act = nn.ReLU()
        self.head = nn.Linear(width, outputs)
        self.each = each

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x).transpose(1, 2)
        for conv in self.convs:
            x = x + self.act(conv(F.pad(x, (2 * conv.dilation[0], 0))))
        return self.head(x.transpose(1, 2) if self.each else x.mean(2))


class WordConv(nn.Module):
    """Embedded tokens under convolutions of several widths, the greatest over time of each."""

    def __init__(self, tokens, size, width, outputs, kernels=(6,), dropout=0.0):
        super().__init__()
        self.embed = nn.Embedding(tokens, size)
        self.convs = nn.ModuleList(nn.Conv1d(size, width, kernel) for kernel in kernels)
        self.act, self.drop = nn.ReLU(), nn.Dropout(dropout)
        self.head = nn.Linear(width * len(kernels), outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x).transpose(1, 2)
        return self.head(self.drop(torch.cat([self.act(conv(x)).amax(2) for conv in self.convs], 1)))


class Phrases(nn.Module):
    """Embedded tokens in pairs of neighbours, averaged."""

    def __init__(self, tokens, size, width):
        super().__init__()
        self.embed = nn.Embedding(tokens, size)
        self.pairs, self.act = nn.Conv1d(size, width, 2), nn.ReLU()
        self.head = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.pairs(self.embed(x).transpose(1, 2))).mean(2))


class Sensors(nn.Module):
    """Two strided convolutions over time with batch norm, averaged."""

    def __init__(self, channels, width, outputs, norm=nn.BatchNorm1d):
        super().__init__()
        self.conv1, self.bn1, self.act1 = nn.Conv1d(channels, width, 5, 2), norm(width), nn.ReLU()
        self.conv2, self.bn2, self.act2 = nn.Conv1d(width, width, 3, 2), norm(width), nn.ReLU()
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act1(self.bn1(self.conv1(x.transpose(1, 2))))
        return self.head(self.act2(self.bn2(self.conv2(x))).mean(2))
