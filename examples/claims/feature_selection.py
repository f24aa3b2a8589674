"""Does a deep network need no selection of features, and does L1 do the selecting?

Course: DATA-09.
"""

import math

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.losses import squared_error
from glasswork.models import MLP, Linear
from glasswork.optimizers import SGD, Adam
from glasswork.regularizers import l1, soft_threshold

SEEDS = 5
FEATURES, USEFUL, NOISE = 40, 4, 0.3
FEW, MANY = 100, 2000
RATE = 0.1
STRENGTH = 2 * NOISE * math.sqrt(2 * math.log(FEATURES) / FEW)  # what noise alone pulls at the unluckiest weight


def curved(x: torch.Tensor) -> torch.Tensor:
    """What four of the features say together, about as large as one of them."""
    return (1.5 * x[:, 0]).sin() + x[:, 1] * x[:, 2] / 2 + x[:, 3].abs() - 0.8


def selected(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Which features keep a weight under L1, each step of descent followed by L1's own."""
    model = Linear(inputs=FEATURES, outputs=1)
    weight, optimizer = model.linear.weight, SGD(model.parameters(), lr=RATE)
    for _ in range(400):
        optimizer.zero_grad()
        squared_error(model(x), y).backward()
        optimizer.step()
        soft_threshold([weight], amount=RATE * STRENGTH)
    return weight.detach()[0] != 0


def error(rows: int, x: torch.Tensor, y: torch.Tensor, asked, truth, *, strength: float = 0.0) -> float:
    """Squared error on new rows of a network trained on some, in shares of what guessing the mean would give."""
    model = MLP(inputs=x.shape[1], outputs=1, hidden=[32, 32], dropout=0.0)
    optimizer, first = Adam(model.parameters(), lr=5e-3), model.hidden[0].linear.weight
    for _ in range(300):
        some = torch.randint(rows, (100,))
        optimizer.zero_grad()
        loss = squared_error(model(x[some]), y[some])
        (loss + l1([first], strength=strength) if strength else loss).backward()
        optimizer.step()
    with torch.no_grad():
        return (squared_error(model(asked), truth) / truth.var()).item()


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    x, asked = torch.randn(MANY, FEATURES), torch.randn(1000, FEATURES)
    straight = x[:FEW, :USEFUL] @ torch.tensor([[1.0], [-1.0], [0.7], [-0.7]]) + NOISE * torch.randn(FEW, 1)
    kept = selected(x[:FEW], straight)
    y, truth = curved(x)[:, None] + NOISE * torch.randn(MANY, 1), curved(asked)[:, None]
    found = {"useful kept": kept[:USEFUL].sum().item(), "useless kept": kept[USEFUL:].sum().item()}
    for rows in (FEW, MANY):
        found[f"all, {rows}"] = error(rows, x, y, asked, truth)
        found[f"useful, {rows}"] = error(rows, x[:, :USEFUL], y, asked[:, :USEFUL], truth)
    found[f"L1, {FEW}"] = error(FEW, x, y, asked, truth, strength=0.005)
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    exact = sum(r["useful kept"] == USEFUL and r["useless kept"] == 0 for r in runs)
    complete = sum(r["useful kept"] == USEFUL and r["useless kept"] < USEFUL for r in runs)
    need = {rows: sum(r[f"all, {rows}"] > 1.1 * r[f"useful, {rows}"] for r in runs) for rows in (FEW, MANY)}
    helps = sum(r[f"L1, {FEW}"] < r[f"all, {FEW}"] for r in runs)
    s = {key: spread(runs, key) for key in runs[0]}
    return {
        "DATA-09": Verdict(
            judged(exact == many and need[FEW] == need[MANY] == 0, complete > many / 2),
            f"of {FEATURES} features {USEFUL} matter; from {FEW} rows a linear model with L1 keeps {s['useful kept']} "
            f"of these and {s['useless kept']} of the others (these alone in {exact} of {many} seeds). A network's "
            f"error, in shares of guessing the mean, with all features and with those that matter: "
            f"{s[f'all, {FEW}']} and {s[f'useful, {FEW}']} from {FEW} rows, {s[f'all, {MANY}']} and "
            f"{s[f'useful, {MANY}']} from {MANY} (over 10 % worse with all in {need[FEW]} and {need[MANY]} seeds); "
            f"with L1 on its first layer {s[f'L1, {FEW}']} from {FEW} (lower in {helps})",
        )
    }
