"""The report half's networks for pictures, and a body that has learned before."""

from __future__ import annotations

import copy
import functools

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from programs import report_rows
from programs.report_networks import Tower


class Stacked(nn.Module):
    """Convolutions in pairs, pooling after each pair, dense layers with dropout: as in the early days, small."""

    def __init__(self, channels, outputs, width=8, size=12, norm=None, dropout=0.0, activation=nn.ReLU):
        super().__init__()
        parts: list[nn.Module] = []
        for wide in (width, 2 * width):
            parts += [nn.Conv2d(channels, wide, 3, padding=1), *([norm(wide)] if norm else []), activation()]
            parts += [nn.MaxPool2d(2)]
            channels = wide
        self.features = nn.Sequential(*parts)
        self.fc1, self.act, self.drop = nn.Linear(2 * width * (size // 4) ** 2, 32), activation(), nn.Dropout(dropout)
        self.fc2 = nn.Linear(32, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.drop(self.act(self.fc1(self.features(x).flatten(1)))))


def instances(width):
    """Return an instance norm with its own scale and offset."""
    return nn.InstanceNorm2d(width, affine=True)


class Separable(nn.Module):
    """A depthwise convolution, a pointwise one, batch norm."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn, self.relu = nn.BatchNorm2d(outputs), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.pointwise(self.depthwise(x))))


class Mobile(nn.Module):
    """A stem and depthwise-separable convolutions, averaged."""

    def __init__(self, channels, outputs, width=12):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(Separable(width, 2 * width, 2), Separable(2 * width, 2 * width, 2))
        self.classifier = nn.Linear(2 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.blocks(self.stem(x)).mean((2, 3)))


class Dense2d(nn.Module):
    """Convolutions that read all maps before them."""

    def __init__(self, channels, outputs, growth=8, layers=3):
        super().__init__()
        self.stem = nn.Conv2d(channels, growth, 3, 2, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(growth * (k + 1)) for k in range(layers))
        self.convs = nn.ModuleList(nn.Conv2d(growth * (k + 1), growth, 3, padding=1) for k in range(layers))
        self.act = nn.ReLU()
        self.fc = nn.Linear(growth * (layers + 1), outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for norm, conv in zip(self.norms, self.convs, strict=True):
            x = torch.cat([x, conv(self.act(norm(x)))], 1)
        return self.fc(x.amax((2, 3)))


class Squeezed(nn.Module):
    """Convolutions whose channels are weighed by a small gate."""

    def __init__(self, channels, outputs, width=12):
        super().__init__()
        self.conv, self.act = nn.Conv2d(channels, width, 3, padding=1), nn.SiLU()
        self.squeeze, self.excite = nn.Linear(width, 4), nn.Linear(4, width)
        self.norm = nn.GroupNorm(3, width)
        self.conv2, self.act2 = nn.Conv2d(width, 2 * width, 3, 2, 1), nn.SiLU()
        self.head = nn.Linear(2 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv(x)))
        weight = torch.sigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3))))))
        x = self.act2(self.conv2(x * weight[:, :, None, None]))
        return self.head(x.mean((2, 3)))


class Mask(nn.Module):
    """A small U: down, up, and what was seen before beside it; a logit a pixel."""

    def __init__(self, width=8, norm=nn.BatchNorm2d):
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), norm(width), nn.ReLU())
        self.down2 = nn.Sequential(nn.Conv2d(width, 2 * width, 3, 2, 1), norm(2 * width), nn.ReLU())
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.join = nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), norm(width), nn.ReLU())
        self.mask = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(x)
        return self.mask(self.join(torch.cat([self.up(self.down2(first)), first], 1)))


class Compressed(nn.Module):
    """Convolutions down to a code, transposed ones up again."""

    def __init__(self, code=6, width=8):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, width, 3, 2, 1), nn.GELU(), nn.Conv2d(width, 2 * width, 3, 2, 1), nn.GELU(), nn.Flatten(),
            nn.Linear(8 * width, code),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(code, 8 * width), nn.GELU(), nn.Unflatten(1, (2 * width, 2, 2)),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.GELU(), nn.ConvTranspose2d(width, 1, 4, 2, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


@functools.cache
def _learned() -> nn.Module:
    x, y = report_rows.known_glyphs()
    with torch.random.fork_rng():
        torch.manual_seed(77)
        body = nn.Sequential(
            nn.Conv2d(1, 10, 3, padding=1), nn.GroupNorm(2, 10), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(10, 20, 3, padding=1), nn.GroupNorm(2, 20), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(180, 32), nn.GELU(),
        )  # fmt: skip
        whole = nn.Sequential(body, nn.Linear(32, 5))
        optimizer = torch.optim.AdamW(whole.parameters(), 5e-3)
        for _ in range(4):
            for part in torch.randperm(len(x)).split(40):
                loss = F.cross_entropy(whole(x[part]), y[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    optimizer.zero_grad()
    return body


class Tuned(nn.Module):
    """A body that knows five figures, frozen on purpose or not, under a new head for others."""

    def __init__(self, outputs, frozen=True, hidden=0):
        super().__init__()
        self.body = copy.deepcopy(_learned()).requires_grad_(not frozen)
        self.head = Tower(32, [hidden], outputs, nn.GELU) if hidden else nn.Linear(32, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))
