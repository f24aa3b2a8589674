"""Are images better seen through convolutions than by dense layers of as many parameters?

Course: CNN-12, CNN-20.
"""

import time

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from glasswork.course import Verdict, judged, spread
from glasswork.layers import ConvolutionBlock, Flatten, GlobalPool, parameter_count
from glasswork.losses import CrossEntropy
from glasswork.models import MLP
from glasswork.optimizers import Adam

SEEDS = 5
STEPS, BATCH, TRAIN, SIDE = 150, 100, 1200, 12


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    data = load_digits()
    digits = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(data.target)
    middle = functional.pad(digits, (2, 2, 2, 2))
    shifted = torch.stack([image.roll(tuple(torch.randint(-2, 3, (2,)).tolist()), (1, 2)) for image in middle])
    order = torch.randperm(SIDE * SIDE)
    scrambled = middle.flatten(2)[..., order].view_as(middle)
    found: dict[str, float] = {}
    for images, name in ((middle, "middle"), (shifted, "shifted"), (scrambled, "scrambled")):
        for kind in ("dense", "convolution"):
            model = _dense() if kind == "dense" else _convolution()
            started = time.perf_counter()
            found[f"{kind} {name}"] = _accuracy(model, images, labels)
            found[f"{kind} seconds"] = time.perf_counter() - started
            found[f"{kind} parameters"] = parameter_count(model)
    for kind in ("dense", "convolution"):
        found[f"{kind} lost"] = found[f"{kind} middle"] - found[f"{kind} scrambled"]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    wins = sum(r["convolution shifted"] > r["dense shifted"] for r in runs)
    shifted = (
        "on digits shifted by up to 2 of 12 pixels the convolutional net was right in "
        f"{spread(runs, 'convolution shifted')} %, the dense one in {spread(runs, 'dense shifted')} % "
        f"({runs[0]['convolution parameters']:,.0f} and {runs[0]['dense parameters']:,.0f} parameters; "
        f"{wins} of {len(runs)} seeds)"
    )
    needs = sum(r["convolution lost"] > 2 and abs(r["dense lost"]) < 2 for r in runs)
    cheaper = sum(r["convolution seconds"] < r["dense seconds"] for r in runs)
    order = (
        f"a fixed scrambling of the pixels cost the dense net {spread(runs, 'dense lost')} points of accuracy, the "
        f"convolutional one {spread(runs, 'convolution lost')}, so it uses their order ({needs} of {len(runs)} seeds); "
        f"training took it {spread(runs, 'convolution seconds', digits=2)} s, the dense net "
        f"{spread(runs, 'dense seconds', digits=2)} s (cheaper in {cheaper} of {len(runs)} seeds)"
    )
    return {
        "CNN-12": Verdict(judged(wins == len(runs), wins > len(runs) / 2), shifted),
        "CNN-20": Verdict(judged(needs == cheaper == len(runs), max(needs, cheaper) > len(runs) / 2), order),
    }


def _dense() -> nn.Module:
    return nn.Sequential(Flatten(), MLP(inputs=SIDE * SIDE, hidden=[16], outputs=10))


def _convolution() -> nn.Module:
    return nn.Sequential(
        ConvolutionBlock(channels=1, maps=12, norm="none"),
        ConvolutionBlock(channels=12, maps=16, norm="none", pool=1),
        GlobalPool("max"),
        nn.Linear(16, 10),
    )


def _accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Train on the first part; return the share of right answers on the rest, in per cent."""
    optimizer, loss = Adam(model.parameters(), lr=0.02), CrossEntropy()
    for _ in range(STEPS):
        rows = torch.randint(TRAIN, (BATCH,))
        optimizer.zero_grad()
        loss(model(images[rows]), labels[rows]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return 100 * (model(images[TRAIN:]).argmax(1) == labels[TRAIN:]).double().mean().item()
