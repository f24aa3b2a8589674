"""What a trace costs: time and memory, beyond the model and its optimizer.

    .venv/bin/python benchmarks/trace.py                     # all cases, a process each; writes measured/trace.json
    .venv/bin/python benchmarks/trace.py --case sgd          # one case, in this process
    .venv/bin/python benchmarks/results.py --write           # then the page

Cases: an MLP lesson (after import), and a transformer of 40 million parameters in float32 on 1 x 128 tokens, with SGD
and with Adam. Memory is the growth of the process's peak over its size with model and optimizer (state included).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

MEASURED = Path(__file__).parent / "measured" / "trace.json"


def resident() -> float:
    """The process's size now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


def transformer():
    from torch import nn

    class Language(nn.Module):
        def __init__(self, words=16384, width=512, layers=8):
            super().__init__()
            self.words, self.places = nn.Embedding(words, width), nn.Embedding(128, width)
            block = nn.TransformerEncoderLayer(width, 8, 4 * width, 0.1, "gelu", batch_first=True, norm_first=True)
            self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
            self.norm, self.read = nn.LayerNorm(width), nn.Linear(width, words)
            self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(128))

        def forward(self, tokens):
            x = self.words(tokens) + self.places.weight[: tokens.shape[1]]
            return self.read(self.norm(self.blocks(x, mask=self.mask, is_causal=True)))

    return Language()


def big(kind: str) -> dict[str, float]:
    import torch

    import glasswork as gw

    torch.set_num_threads(2)
    torch.manual_seed(0)
    net = transformer()
    tokens = torch.randint(0, 16384, (1, 129))
    x, y = tokens[:, :-1], tokens[:, 1:]

    def loss(logits, targets):
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1) if kind == "sgd" else torch.optim.Adam(net.parameters())
    for parameter in net.parameters():  # one step, so that Adam's state exists
        parameter.grad = torch.full_like(parameter, 1e-3)
    optimizer.step()
    optimizer.zero_grad()
    gw.tracing.trace  # noqa: B018  (imported before the clock starts)
    reset_peak()
    before = resident()
    start = time.perf_counter()
    step = gw.trace(net, loss, x, y, optimizer=optimizer)
    recorded = time.perf_counter() - start
    after_record = peak() - before
    identical = step.sweep.identical
    swept = time.perf_counter() - start
    after_sweep = peak() - before
    updates = all(step.update(name).ok for name in step.tape.parameters)
    updated = time.perf_counter() - start
    without = peak() - before
    check = step.check(samples=4)
    done = time.perf_counter() - start
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "operations": len(step.tape.records),
        "seconds_record": round(recorded, 2),
        "seconds_sweep": round(swept, 2),
        "seconds_update": round(updated, 2),
        "seconds_with_checks": round(done, 2),
        "peak_mb_record": round(after_record),
        "peak_mb_sweep": round(after_sweep),
        "peak_mb_update": round(without),
        "peak_mb_with_checks": round(peak() - before),
        "identical": identical,
        "updates_ok": updates,
        "check_ok": check.ok,
        "problems": check.problems[:5],
    }


def lesson() -> dict[str, float]:
    import torch

    import glasswork as gw

    torch.set_num_threads(1)  # as for any tiny net: a second thread gains nothing, and waits for busy neighbours
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    optimizer = gw.optimizers.Adam(net.parameters(), lr=0.1)
    x, y = torch.randn(4, 4), torch.tensor([0, 1, 2, 0])
    gw.trace  # noqa: B018
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        step = gw.trace(net, torch.nn.functional.cross_entropy, x, y, optimizer=optimizer)
        text = step.text("0.weight")
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    check = step.check()
    return {
        "seconds_first": round(seconds[0], 3),
        "seconds_next": round(min(seconds), 3),
        "seconds_check": round(time.perf_counter() - start, 3),
        "lines": len(text.splitlines()),
        "check_ok": check.ok,
    }


def table(results):
    """Return the section of docs/results.md."""
    lesson, rows = results["lesson"], []
    first = lesson["seconds_first"]
    rows.append(["an MLP lesson, first trace after import, with the text of one weight", f"{first:.2f} s", "", "0.2 s"])
    for name, limit in (("sgd", 1000), ("adam", 1600)):
        case = results[name]
        what = f"transformer of {case['parameters'] / 1e6:.0f} M parameters, {name.upper()}: every gradient and update"
        got = f"{case['seconds_update']:.0f} s ({case['seconds_with_checks']:.0f} s with central differences)"
        rows.append([what, got, f"{case['peak_mb_update']:,} MB", f"60 s, {limit:,} MB"])
        if not (case["identical"] and case["updates_ok"] and case["check_ok"]):
            rows[-1][1] += ", and the check fails"
    text = (
        "Measured by `benchmarks/trace.py`; float32, 1 x 128 tokens; memory beyond model and optimizer. Gradients are "
        "autograd's to the last bit."
    )
    return {"title": "What a trace costs", "text": text, "columns": ["what", "time", "memory", "wanted"], "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", choices=["lesson", "sgd", "adam"], help="this one alone, printed and not kept")
    parser.add_argument("--only", choices=["lesson", "sgd", "adam"], help="measure this one anew; the others stay")
    given = parser.parse_args()
    case = given.case
    if case:
        print(json.dumps(lesson() if case == "lesson" else big(case)))
        return
    results = json.loads(MEASURED.read_text(encoding="utf-8")) if given.only else {}
    for name in (given.only,) if given.only else ("lesson", "sgd", "adam"):
        said = subprocess.run(
            [sys.executable, __file__, "--case", name], capture_output=True, text=True, check=True
        ).stdout
        results[name] = json.loads(said.splitlines()[-1])
        print(name, results[name])
    results["table"] = table(results)
    MEASURED.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
