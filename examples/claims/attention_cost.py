"""How do the costs of attention and of recurrence grow with the length of a sequence?

Course: TRF-03, TRF-12.
"""

import math
import statistics
import time

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.layers import LSTM, Attention, attention

SEEDS = 3
LENGTHS = (64, 256, 1024)


def milliseconds(call, repeats: int) -> float:
    took = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[1:])


@torch.no_grad()
def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    layer, reader, found = Attention(width=64, heads=4), LSTM(inputs=64, hidden=64), {}
    for length in LENGTHS:
        heads = [torch.randn(1, 4, 2 * length, 16) for _ in range(3)]
        x = torch.randn(1, length, 64)
        found[f"products_{length}"] = milliseconds(lambda heads=heads: attention(*heads), 5)
        found[f"attention_{length}"] = milliseconds(lambda x=x: layer(x), 7)
        found[f"lstm_{length}"] = milliseconds(lambda x=x: reader(x), 7)
    return found


def growth(r: dict[str, float], name: str) -> float:
    """The exponent: 1 where twice the length takes twice the time, 2 where it takes four times."""
    return math.log(r[f"{name}_{LENGTHS[2]}"] / r[f"{name}_{LENGTHS[1]}"]) / math.log(LENGTHS[2] / LENGTHS[1])


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    for r in runs:
        r.update({f"growth_{name}": growth(r, name) for name in ("products", "attention", "lstm")})
    quadratic = statistics.median(r["growth_products"] for r in runs) > 1.5
    ahead = {length: sum(r[f"attention_{length}"] < r[f"lstm_{length}"] for r in runs) for length in LENGTHS}
    flat = statistics.median(r[f"attention_{LENGTHS[2]}"] / r[f"attention_{LENGTHS[0]}"] for r in runs) < 2
    quicker = all(count == len(runs) for count in ahead.values())
    said = ", ".join(
        f"{spread(runs, f'attention_{length}')} against {spread(runs, f'lstm_{length}')} ms at {length}"
        for length in LENGTHS
    )
    return {
        "TRF-03": Verdict(
            judged(False, quadratic),  # the cost alone is measured
            f"from 512 to 2048 places the time of attention grew with the length to the power "
            f"{spread(runs, 'growth_products')}, that of an LSTM with {spread(runs, 'growth_lstm')}: the cost is "
            f"confirmed, appetite for data, overfitting and energy are not measured",
        ),
        "TRF-12": Verdict(
            judged(flat and quicker, any(ahead.values())),
            f"on one processor core a layer of attention took {said} for an LSTM: nothing waits for the step before, "
            f"but only as many processors as there are places would make its time flat",
        ),
    }
