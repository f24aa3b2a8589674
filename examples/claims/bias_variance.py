"""Is the expected error squared bias plus variance plus noise, and does regularisation trade one for the other?

Course: REG-11.
"""

from itertools import pairwise

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.losses import squared_error
from glasswork.models import Linear
from glasswork.optimizers import SGD
from glasswork.regularizers import l2

SEEDS = 5
SETS, ROWS, DEGREE, NOISE = 200, 12, 7, 0.5
STRENGTHS = (0.0, 3.0, 10.0, 100.0)


def polynomials(x: torch.Tensor) -> torch.Tensor:
    """Legendre's polynomials, which hardly overlap."""
    columns = [torch.ones_like(x), x]
    for n in range(1, DEGREE):
        columns.append(((2 * n + 1) * x * columns[-1] - n * columns[-2]) / (n + 1))
    return torch.stack([(2 * n + 1) ** 0.5 * column for n, column in enumerate(columns)], 1)


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.linspace(-0.95, 0.95, ROWS, dtype=torch.float64)
    places = torch.linspace(-0.9, 0.9, 50, dtype=torch.float64)
    truth, features = (torch.sin(3 * x), torch.sin(3 * places)), (polynomials(x)[:, 1:], polynomials(places)[:, 1:])
    # One output a data set: the same network learns 200 noisy copies of the same twelve points at once.
    noisy = truth[0][:, None] + NOISE * torch.randn(ROWS, SETS, generator=generator, dtype=torch.float64)
    fresh = truth[1][:, None] + NOISE * torch.randn(50, SETS, generator=generator, dtype=torch.float64)
    found = {}
    for strength in STRENGTHS:
        model = Linear(inputs=DEGREE, outputs=SETS).double()
        optimizer = SGD(model.parameters(), lr=0.4 * SETS / (4 + 0.4 * strength))
        for _ in range(300):
            optimizer.zero_grad()
            loss = squared_error(model(features[0]), noisy)
            (loss + l2([model.linear.weight], strength=strength / (SETS * ROWS))).backward()
            optimizer.step()
        with torch.no_grad():
            said = model(features[1])
        bias = (said.mean(1) - truth[1]).square().mean().item()
        variance = said.var(1, correction=0).mean().item()
        found |= {f"bias_{strength}": bias, f"variance_{strength}": variance}
        found[f"error_{strength}"] = squared_error(said, fresh).item()
        found[f"rest_{strength}"] = found[f"error_{strength}"] - bias - variance
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    pairs = list(pairwise(STRENGTHS))
    trade = sum(
        all(r[f"bias_{a}"] < r[f"bias_{b}"] and r[f"variance_{a}"] > r[f"variance_{b}"] for a, b in pairs) for r in runs
    )
    adds = sum(all(abs(r[f"rest_{s}"] - NOISE**2) < 0.1 * r[f"error_{s}"] for s in STRENGTHS) for r in runs)
    between = sum(min(STRENGTHS, key=lambda s, r=r: r[f"error_{s}"]) in STRENGTHS[1:-1] for r in runs)
    least = min(trade, adds, between)
    named = ", ".join(map(str, STRENGTHS))
    parts = {part: ", ".join(spread(runs, f"{part}_{s}") for s in STRENGTHS) for part in ("bias", "variance", "error")}
    return {
        "REG-11": Verdict(
            judged(least == many, least > 0),
            f"a polynomial of degree {DEGREE} fitted to {SETS} noisy copies of {ROWS} points, L2 of {named}: squared "
            f"bias {parts['bias']}; variance {parts['variance']}; error {parts['error']}. Bias rises and variance "
            f"falls in {trade} of {many} seeds, they and the noise of {NOISE**2} make up the error within 10 % in "
            f"{adds}, and the least error is at a strength in between in {between}",
        )
    }
