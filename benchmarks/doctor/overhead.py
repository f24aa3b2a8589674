"""What watching costs: interleaved pairs of the same training with and without the doctor.

    .venv/bin/python benchmarks/doctor/overhead.py             # all nets; writes measured/doctor_overhead.json
    .venv/bin/python benchmarks/doctor/overhead.py --net cnn   # this row of it anew

Each pair trains the same net from the same seed for the same steps, plain and watched, in an order that alternates; the
first WARM steps of a training are left out of the steady state. What is left out, and the putting in and taking out of
the observer, is the start-up, stated apart: what a whole watched training took longer than its steady state says. The
experiments on copies after a training are not made here: they take a share of their own, and say how long they took. The
weights of a pair must be equal, bit for bit. The ratio of processor time stands beside the ratio of wall time: on a busy
machine it is the steadier one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import nn
from torch.nn import functional

from glasswork import doctor

MEASURED = Path(__file__).parents[1] / "measured" / "doctor_overhead.json"
LIMITS = {"tiny mlp": 1.3, "mlp": 1.05, "cnn": 1.05, "lstm": 1.05, "transformer": 1.05}


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.fc = nn.Linear(32 * 49, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 2)
        x = functional.max_pool2d(functional.relu(self.bn2(self.conv2(x))), 2)
        return self.fc(x.flatten(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(16, 64, batch_first=True), nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(100, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, 0.1, batch_first=True)
        self.body, self.out = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.body(self.words(x)).mean(1))


def case(name):
    """Model, inputs and steps; a step takes from 0.2 to 15 ms on one core."""
    draw = torch.Generator().manual_seed(1)

    def normal(*shape):
        return torch.randn(*shape, generator=draw)

    if name == "tiny mlp":
        return nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 10)), normal(512, 8), 6000
    if name == "mlp":
        layers = [nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)]
        return nn.Sequential(*layers), normal(2048, 256), 900
    if name == "cnn":
        return Cnn(), normal(512, 1, 28, 28), 200
    if name == "lstm":
        return Lstm(), normal(512, 24, 16), 1000
    return Transformer(), torch.randint(0, 100, (512, 24), generator=draw), 250


def train(name, watched):
    """Seconds of the whole, seconds a step in the steady state, steps, weights, processor seconds a step."""
    torch.manual_seed(0)
    model, x, steps = case(name)
    y = torch.arange(len(x)) % 10
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    rows = torch.randint(0, len(x), (steps, 32 if name == "tiny mlp" else 64))
    ends = []

    def loop():
        for batch in rows:
            optimizer.zero_grad()
            functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            ends.append((time.perf_counter(), time.thread_time()))

    began = time.perf_counter()
    if watched:
        with doctor.watch(model, optimizer, experiments=False):
            loop()
    else:
        loop()
    whole = time.perf_counter() - began
    warm = steps // 3
    steady, busy = ((last - first) / (steps - warm) for first, last in zip(ends[warm - 1], ends[-1], strict=True))
    return whole, steady, steps, [p.detach().clone() for p in model.parameters()], busy


def measure(name, pairs):
    ratios, busy_ratios, startups, plain_steps = [], [], [], []
    train(name, False), train(name, True)
    for pair in range(pairs):
        result = {}
        for watched in (False, True) if pair % 2 else (True, False):
            result[watched] = train(name, watched)
        if not all(torch.equal(a, b) for a, b in zip(result[False][3], result[True][3], strict=True)):
            raise SystemExit(f"{name}: the weights differ")
        whole, steady, steps, _, busy = result[True]
        ratios.append(steady / result[False][1])
        busy_ratios.append(busy / result[False][4])
        startups.append((whole - steady * steps) - (result[False][0] - result[False][1] * steps))
        plain_steps.append(result[False][1])
    ratios.sort()
    return {
        "milliseconds_a_step": round(1000 * statistics.median(plain_steps), 3),
        "ratio": round(statistics.median(ratios), 4),
        "processor_ratio": round(statistics.median(busy_ratios), 4),
        "quartiles": [round(ratios[len(ratios) // 4], 4), round(ratios[-len(ratios) // 4], 4)],
        "startup_seconds": round(statistics.median(startups), 4),
        "limit": LIMITS[name],
        "pairs": pairs,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=LIMITS)
    parser.add_argument("--pairs", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures = json.loads(MEASURED.read_text("utf-8"))["nets"] if MEASURED.is_file() else {}
    for name in [arguments.net] if arguments.net else LIMITS:
        figures[name] = measure(name, arguments.pairs)
        print(name, figures[name], flush=True)
        MEASURED.write_text(json.dumps({"nets": figures, "table": table(figures)}, indent=1) + "\n", encoding="utf-8")


def table(figures):
    """Return what docs/results.md shows."""
    columns = ["net", "ms a step", "ratio (quartiles)", "of processor time", "start-up, s", "wanted"]
    rows = []
    for name in [name for name in LIMITS if name in figures]:
        one = figures[name]
        low, high = one["quartiles"]
        rows.append(
            [
                name,
                f"{one['milliseconds_a_step']:.2f}",
                f"{one['ratio']:.3f} ({low:.3f} to {high:.3f})",
                f"{one['processor_ratio']:.3f}",
                f"{one['startup_seconds']:.3f}",
                f"<= {one['limit']:g}",
            ]
        )
    text = (
        "Measured by `benchmarks/doctor/overhead.py`: watched over plain, steady state, median of at least "
        f"{min(one['pairs'] for one in figures.values())} interleaved pairs on one thread. The weights were the same bits in "
        "every pair. Start-up is what is left of a watched training: putting the observer in, the first steps, the rules."
    )
    return {"title": "The doctor: what watching costs", "text": text, "columns": columns, "rows": rows}


if __name__ == "__main__":
    main()
