"""Are the parts as fast as torch's own? Each pair of pairs.py, forward and backward, at a million elements on one thread.

    .venv/bin/python benchmarks/parts.py                    # every pair, then write docs/results.md (minutes)
    .venv/bin/python benchmarks/parts.py --only huber lstm  # measure some anew; the others stay as they were measured

Ours and the peer run in turn, in random order within each pair of runs, and read the same memory; measured is processor
time, so that what others do on the machine counts little. The ratio is the median over the pairs of runs; its upper
bound is the 97.5th percentile of the medians of 2,000 resamples. What was measured goes to
benchmarks/measured/parts.json.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from pairs import Call, Pair, pairs
from results import MEASURED, matrix_rate, write
from torch import Tensor, nn

ELEMENTS, RUNS, WARM_UP = 2**20, 200, 5
SHORTEST = 2e-3  # seconds of a measurement: shorter calls are repeated until they fill it


def ready(call: Call, inputs: tuple[Any, ...], sent: Tensor | None) -> Call:
    """Return one run: forward and, where there is something to send back, backward to inputs and weights."""
    if sent is None:
        return lambda: call(*inputs)
    leaves = [*inputs, *(call.parameters() if isinstance(call, nn.Module) else ())]
    return lambda: torch.autograd.grad(output(call(*inputs)), leaves, sent)


def output(found: Any) -> Tensor:
    """Return the first tensor of what came out."""
    return found if isinstance(found, Tensor) else found[0]


def timed(call: Call, times: int) -> float:
    """Return the seconds of processor time of so many runs."""
    begin = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - begin


def compare(pair: Pair, runs: int = RUNS) -> dict[str, Any]:
    """Time a pair and return both medians in milliseconds, the ratio and its upper bound."""
    torch.manual_seed(0)
    ours, theirs, made = pair.make(ELEMENTS)
    # Both read the very same memory: where a tensor lies can cost more than what is to be seen here.
    inputs = tuple(one.detach().requires_grad_(pair.backward) for one in made)
    sent = torch.ones_like(output(ours(*inputs))) if pair.backward else None
    calls = {"ours": ready(ours, inputs, sent), "theirs": ready(theirs, inputs, sent)}
    for call in calls.values():
        timed(call, WARM_UP)
    many = max(1, math.ceil(SHORTEST / max(1e-6, timed(calls["theirs"], WARM_UP) / WARM_UP)))
    order = random.Random(0)
    times = [{who: timed(calls[who], many) / many for who in order.sample(list(calls), 2)} for _ in range(runs)]
    ratios = np.array([both["ours"] / both["theirs"] for both in times])
    drawn = np.random.default_rng(0).integers(0, runs, (2000, runs))
    upper = float(np.quantile(np.median(ratios[drawn], axis=1), 0.975))
    return {
        "room": pair.room,
        "name": pair.name,
        "kernel": pair.kernel,
        "backward": pair.backward,
        "ours_ms": round(1e3 * statistics.median(both["ours"] for both in times), 3),
        "theirs_ms": round(1e3 * statistics.median(both["theirs"] for both in times), 3),
        "ratio": round(float(np.median(ratios)), 3),
        "upper": round(upper, 3),
        "bound": pair.bound,
        "ok": upper <= pair.bound,
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="pairs whose name begins so")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [p for p in pairs() if not arguments.only or any(p.name.startswith(name) for name in arguments.only)]
    path = MEASURED / "parts.json"
    before = json.loads(path.read_text("utf-8"))["rows"] if arguments.only and path.is_file() else []
    rows = {(row["room"], row["name"]): row for row in before}
    for pair in chosen:
        row = rows[pair.room, pair.name] = compare(pair)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
    MEASURED.mkdir(exist_ok=True)
    measured = {
        "elements": ELEMENTS,
        "runs": RUNS,
        "torch": torch.__version__,
        "rows": list(rows.values()),
        "matrix_gflops": matrix_rate(),
    }
    path.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    write()


if __name__ == "__main__":
    main()
