"""Do more layers and more units help until the network overfits, and does too small a network fail on both parts?

Course: HP-01, HP-02, PROB-04.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
DEPTHS, WIDTHS = (0, 1, 2, 4, 8), (1, 4, 16, 64, 256)


def spirals(rows: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two arms, wound around each other, with a little noise."""
    y = torch.arange(rows) % 2
    along = torch.rand(rows, generator=generator)
    angle = 7 * along + torch.pi * y
    x = torch.stack([along * angle.cos(), along * angle.sin()], 1) * 2
    return x + 0.12 * torch.randn(rows, 2, generator=generator), y


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    (x, y), (unseen, truth) = spirals(150, generator), spirals(1500, generator)
    found = {}
    shapes = {f"depth_{n}": ([16] * n, 40) for n in DEPTHS} | {f"width_{n}": ([n], 40) for n in WIDTHS}
    for name, (hidden, epochs) in {**shapes, "short": ([64], 2), "silenced": ([64], 40)}.items():
        torch.manual_seed(seed)
        model = MLP(inputs=2, outputs=2, hidden=hidden, dropout=0.9 if name == "silenced" else 0.0)
        optimizer = Adam(model.parameters(), lr=0.01)
        fit(model, (x, y), loss=cross_entropy, optimizer=optimizer, epochs=epochs, seed=seed, progress=False)
        model.eval()
        with torch.no_grad():
            found[f"seen_{name}"] = 100 * (model(x).argmax(1) == y).float().mean().item()
            found[f"unseen_{name}"] = 100 * (model(unseen).argmax(1) == truth).float().mean().item()
    return found


def sweep(runs: list[dict[str, float]], kind: str, sizes: tuple[int, ...]) -> tuple[int, int, str]:
    """Return in how many runs more helps at first, in how many the largest is worse than the best, and the figures."""
    rises = sum(max(r[f"unseen_{kind}_{n}"] for n in sizes) > r[f"unseen_{kind}_{sizes[0]}"] + 5 for r in runs)
    falls = sum(r[f"unseen_{kind}_{sizes[-1]}"] < max(r[f"unseen_{kind}_{n}"] for n in sizes) - 2 for r in runs)
    return rises, falls, ", ".join(f"{n}: {spread(runs, f'unseen_{kind}_{n}')}" for n in sizes)


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    deeper, too_deep, depths = sweep(runs, "depth", DEPTHS)
    wider, too_wide, widths = sweep(runs, "width", WIDTHS)
    poor = sum(max(r["seen_width_1"], r["unseen_width_1"], r["seen_short"], r["seen_silenced"]) < 85 for r in runs)
    cured = sum(r["unseen_depth_2"] > r["unseen_width_1"] + 5 for r in runs)
    s = {key: spread(runs, key) for key in runs[0]}
    return {
        "HP-01": Verdict(
            judged(deeper == too_deep == many, deeper > 0),
            f"150 points of two spirals, layers of 16 units, share of unseen points right by number of layers, "
            f"{depths} % (some depth is better than none in {deeper} of {many} seeds, the deepest is over 2 points "
            f"below the best in {too_deep})",
        ),
        "HP-02": Verdict(
            judged(wider == many and too_wide == 0, wider > 0),
            f"one hidden layer, share of unseen points right by number of units, {widths} % (more than one are better "
            f"in {wider} of {many} seeds, more than needed cost over 2 points in {too_wide})",
        ),
        "PROB-04": Verdict(
            judged(min(poor, cured) == many, poor > 0),
            f"share right of seen and unseen points: one hidden unit {s['seen_width_1']} and {s['unseen_width_1']} %, "
            f"two epochs {s['seen_short']} and {s['unseen_short']} %, dropout of 0.9 {s['seen_silenced']} and "
            f"{s['unseen_silenced']} % (poor on seen ones in {poor} of {many} seeds); two layers of 16 trained for 40 "
            f"epochs {s['seen_depth_2']} and {s['unseen_depth_2']} % (better in {cured})",
        ),
    }
