"""How often ``--cure`` mends a run of our own whose recipe was broken on purpose, and whether it harms healthy ones.

    .venv/bin/python benchmarks/doctor/own_runs.py                # everything; writes benchmarks/measured
    .venv/bin/python benchmarks/doctor/own_runs.py --only lr --said

A recipe is broken in one setting, trained, and cured as ``glasswork doctor RUN --cure`` cures it: by the doctor's own
findings and by validation examples. The unbroken recipe and the test examples are looked at only afterwards, to judge.
A healthy run gets findings by force, each with a treatment that it does not need. All seeds are fixed; a run takes a
second or two on one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
MEASURED = HERE.parent / "measured" / "doctor_own_runs.json"
sys.path.insert(0, str(HERE))

import numpy as np
import polars as pl
import table
import torch
from sklearn import datasets

import glasswork as gw
from glasswork.errors import TrainingError
from glasswork.records import Finding, Treatment
from glasswork.runs.folder import RunFolder
from glasswork.runs.recipe import override

WITHIN = 0.05  # of the unbroken recipe's test metric: cured
HARM = 0.05  # of a healthy run's own test metric, for the worse
BUDGET = 120.0  # seconds for one cure; a busy machine is no fault of it
PLAIN = {"evaluation": {"baselines": False, "bootstrap": 0}}
MLP = {"name": "mlp", "hidden": [64, 64], "dropout": 0.1}
TABLE = {**PLAIN, "inputs": {"number_embedding": "none"}, "model": MLP, "training": {"epochs": 30, "batch_size": 32}}
TEXT = {**PLAIN, "training": {"epochs": 8}}


@dataclass(frozen=True)
class Data:
    """A small data set: how it is written to a file, and the recipe that suits it."""

    name: str
    target: str
    recipe: dict[str, Any]


BY_NAME = {
    "digits": Data("digits", "y", TABLE),
    "wine": Data("wine", "y", TABLE),
    "cancer": Data("cancer", "y", TABLE),
    "diabetes": Data("diabetes", "y", TABLE),
    "texts": Data("texts", "label", TEXT),
}
DEEP = {"name": "mlp", "hidden": [64] * 8, "activation": "sigmoid", "dropout": 0.0}
SGD = {"name": "sgd", "momentum": 0.0, "weight_decay": 0.0}
# What is broken, and on which data: one setting, or two that belong together.
BROKEN: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "lr x 300": ({"optimizer": {"lr": 0.3}}, ("digits", "diabetes")),
    "lr x 3000": ({"optimizer": {"lr": 3.0}}, ("digits", "diabetes")),
    "lr / 1000": ({"optimizer": {"lr": 1e-6}}, ("digits", "cancer", "diabetes")),
    "lr / 100": ({"optimizer": {"lr": 1e-5}}, ("wine", "diabetes")),
    "sgd, lr 1e4, no clipping": (
        {"optimizer": {**SGD, "lr": 1e4}, "training": {"clip_norm": None}},
        ("digits", "cancer", "diabetes"),
    ),
    "sgd, lr 1e-6": ({"optimizer": {**SGD, "lr": 1e-6}}, ("wine", "digits")),
    "momentum 0.999": ({"optimizer": {"name": "sgd", "lr": 0.3, "momentum": 0.999}}, ("digits", "diabetes")),
    "eight sigmoid layers": ({"model": DEEP}, ("digits", "wine", "diabetes")),
    "inputs not scaled": ({"inputs": {"scaling": "none"}, "optimizer": {**SGD, "lr": 0.05}}, ("wine", "cancer")),
    "weight decay 50": ({"optimizer": {"weight_decay": 50.0}}, ("digits", "wine", "diabetes")),
    "dropout 0.95": ({"model": {**MLP, "dropout": 0.95}}, ("digits", "wine", "diabetes")),
    "one epoch": ({"training": {"epochs": 1}}, ("digits", "wine", "diabetes")),
    "batch of one at 30 times the rate": (
        {"training": {"batch_size": 1, "epochs": 2}, "optimizer": {"lr": 0.03}},
        ("wine", "diabetes"),
    ),
    "all examples in one batch": ({"training": {"batch_size": 1500, "epochs": 10}}, ("digits", "wine", "cancer")),
    "gradients cut to 1e-6, sgd": (
        {"optimizer": {**SGD, "lr": 0.1}, "training": {"clip_value": 1e-6}},
        ("digits", "wine"),
    ),
    "eps 10": ({"optimizer": {"eps": 10.0}}, ("digits", "cancer")),
    "rate lost within a few steps": (
        {"schedule": {"name": "exponential_decay", "floor": 1e-30}},
        ("digits", "diabetes"),
    ),
    "labels smoothed by 0.95": ({"loss": {"name": "cross_entropy", "label_smoothing": 0.95}}, ("digits", "wine")),
    "quantile loss at 0.95": ({"loss": {"name": "quantile", "tau": 0.95}}, ("diabetes",)),
    "hidden layers of one unit": ({"model": {**MLP, "hidden": [1, 1]}}, ("digits", "wine")),
    "averaged over far too many steps": ({"training": {"ema": 0.9999}}, ("digits", "wine")),
}
HEALTHY = [
    ("digits", {}), ("wine", {}), ("cancer", {}), ("diabetes", {}), ("texts", {}),
    ("digits", {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9}}), ("wine", {"model": {"name": "linear"}}),
    ("cancer", {"model": {**MLP, "norm": "batch"}}), ("diabetes", {"model": {**MLP, "activation": "tanh"}}),
    ("digits", {"model": {**MLP, "hidden": [128, 128, 128], "residual": True}}),
]  # fmt: skip
FORCED = [
    Finding("learning-rate-too-high", "critical", 1.0, "optimizer", "By force.", "Slower.", 1,
            (Treatment("A tenth of the rate.", {"optimizer.lr": 1e-4}),)),
    Finding("learning-rate-too-low", "critical", 1.0, "optimizer", "By force.", "Faster.", 1,
            (Treatment("Ten times the rate.", {"optimizer.lr": 1e-2}),)),
    Finding("over-regularised", "warning", 1.0, "optimizer", "By force.", "Less decay.", 1,
            (Treatment("No decay.", {"optimizer.weight_decay": 0.0}), Treatment("No dropout.", {"model.dropout": 0.0}))),
    Finding("overfitting", "warning", 1.0, "model", "By force.", "Hold it back.", 1,
            (Treatment("Drop half.", {"model.dropout": 0.5}), Treatment("Decay.", {"optimizer.weight_decay": 0.1}))),
    Finding("vanishing-gradient", "warning", 1.0, "model", "By force.", "Norm layers.", 1,
            (Treatment("Batch norm.", {"model.norm": "batch"}), Treatment("Residuals.", {"model.residual": True}))),
    Finding("batch-size-noise", "warning", 1.0, "loop", "By force.", "Larger batches.", 1,
            (Treatment("Batches of 128.", {"training.batch_size": 128}),)),
]  # fmt: skip


def written(name: str, folder: Path) -> Path:
    """Write a data set as a table and return its path."""
    path = folder / f"{name}.csv"
    if path.exists():
        return path
    if name == "texts":
        _texts().write_csv(path)
        return path
    load = {"digits": datasets.load_digits, "wine": datasets.load_wine, "cancer": datasets.load_breast_cancer}
    data = load.get(name, datasets.load_diabetes)()
    rows = slice(0, 900)
    frame = pl.DataFrame({f"x{i}": data.data[rows, i] for i in range(data.data.shape[1])})
    target = data.target[rows] if name == "diabetes" else [f"class {value}" for value in data.target[rows]]
    frame.with_columns(pl.Series("y", target)).write_csv(path)
    return path


def _texts() -> pl.DataFrame:
    """Return short made-up reviews: words of praise and of blame among neutral ones, some of them misplaced."""
    rng = np.random.default_rng(0)
    good, bad = ["lovely", "warm", "bright", "kind", "clever"], ["dull", "cold", "loud", "rude", "broken"]
    neutral = [f"word{number}" for number in range(60)]
    rows = []
    for number in range(600):
        praise = number % 2 == 0
        own, other = (good, bad) if praise else (bad, good)
        words = [*rng.choice(neutral, 8), *rng.choice(own, 3), *rng.choice(other, 1)]
        rng.shuffle(words)
        rows.append({"text": " ".join(words), "label": "praise" if praise else "blame"})
    return pl.DataFrame(rows)


@dataclass(frozen=True)
class Job:
    """A recipe, broken or healthy."""

    kind: str
    name: str
    data: str
    changes: dict[str, Any]
    seed: int
    forced: tuple[Finding, ...] = ()


def jobs() -> Iterator[Job]:
    """Yield everything that is measured."""
    for name, (changes, names) in BROKEN.items():
        for seed, data in enumerate(names):
            yield Job("broken", name, data, changes, seed)
    for seed in range(2):
        for place, (data, changes) in enumerate(HEALTHY):
            chosen = (FORCED[(place + seed) % len(FORCED)], FORCED[(place + seed + 3) % len(FORCED)])
            yield Job("healthy", f"healthy {place}", data, changes, 10 + seed, chosen)


def train(job: Job, folder: Path, changes: dict[str, Any]) -> Path:
    """Train a data set's recipe with some changes and return the run, finished or not."""
    data = BY_NAME[job.data]
    recipe = override(data.recipe, changes)
    try:
        run = gw.train(
            str(written(job.data, folder)), target=data.target, seed=job.seed, out=folder / "runs", name=job.data,
            quiet=True, **recipe,
        )  # fmt: skip
    except TrainingError as error:
        return error.run.path  # type: ignore[attr-defined]
    return run.path


def quality(path: Path) -> float | None:
    """Return the test metric of a run, so that more is better and 1 is the best; None for a run without one."""
    run = gw.open_run(path)
    if not run.folder.has("evaluation.json"):
        return None
    figures, primary = run.metrics, run.evaluation["primary"]
    return 1 / figures[primary] if primary == "rmse" else figures[primary]


def perform(job: Job, folder: Path) -> dict[str, Any]:
    """Train a job's recipe, cure it, and judge on test examples."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    began = time.process_time()
    path = train(job, folder, job.changes)
    alarms = [finding.fault for finding in gw.open_run(path).findings if finding.severity != "note"]
    cured = gw.verbs.cure(path, budget=BUDGET, findings=list(job.forced) or None)
    seconds = time.process_time() - began
    unbroken = quality(train(job, folder, {})) if job.kind == "broken" else None
    return {
        "kind": job.kind, "name": job.name, "data": job.data, "alarms": alarms,
        "before": quality(path), "after": quality(Path(cured.best)), "unbroken": unbroken,
        "kept": [trial.advice for trial in cured.kept], "trials": len(cured.trials), "seconds": seconds,
    }  # fmt: skip


# What being watched costs: a net whose step takes far less than a millisecond, and one whose step takes several.
COST = {
    "tiny": ("cancer", {"model": {"name": "mlp", "hidden": [8], "dropout": 0.0}, "optimizer": {**SGD, "lr": 0.01}},
             {"epochs": 80, "batch_size": 16, "patience": 0, "ema": None, "clip_norm": None}),
    "ordinary": ("digits", {"model": {"name": "mlp", "hidden": [512, 512, 512]}},
                 {"epochs": 40, "batch_size": 128, "patience": 0}),
}  # fmt: skip
WARM_UP = 5  # epochs: the first steps are looked at whatever that costs


def overhead(name: str, folder: Path, pairs: int) -> tuple[float, float]:
    """Return milliseconds a step, and the median of how many times as long a watched training takes, in steady state.

    Watched and unwatched trainings take turns; processor time between the end of an early epoch and the end is counted.
    """
    data, changes, training = COST[name]
    stamps: list[float] = []
    original = RunFolder.append_metrics

    def stamped(self: RunFolder, line: dict[str, Any]) -> None:
        if line["event"] == "epoch":
            stamps.append(time.process_time())
        original(self, line)

    ratios, plain = [], 0.0
    RunFolder.append_metrics = stamped  # type: ignore[method-assign]
    try:
        for pair in range(pairs):
            took: dict[bool, float] = {}
            for watched in (True, False) if pair % 2 else (False, True):
                stamps.clear()
                recipe = {**changes, "training": {**training, "doctor": watched}}
                path = train(Job("", name, data, recipe, 0), folder, recipe)
                took[watched] = stamps[-1] - stamps[WARM_UP - 1]
                steps = [line["step"] for line in gw.open_run(path).history if line["event"] == "epoch"]
            ratios.append(took[True] / took[False])
            plain = 1e3 * took[False] / (steps[-1] - steps[WARM_UP - 1])
    finally:
        RunFolder.append_metrics = original  # type: ignore[method-assign]
    return plain, float(np.median(ratios))


def reached(quality: float | None, wanted: float | None) -> bool:
    """Tell whether a metric is within 5 % of another.

    >>> reached(0.9, 0.94), reached(0.88, 0.94), reached(None, 0.94)
    (True, False, False)
    """
    return quality is not None and wanted is not None and quality >= (1 - WITHIN) * wanted


def summary(records: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the table's rows: measure, seen, wanted."""
    broken = [r for r in records if r["kind"] == "broken"]
    ill = [r for r in broken if not reached(r["before"], r["unbroken"])]
    healthy = [r for r in records if r["kind"] == "healthy"]
    return [
        ("broken recipes that are worse by more than 5 %", table.share(broken, lambda r: r in ill), ""),
        ("of these: an alarm was raised", table.share(ill, lambda r: bool(r["alarms"])), ""),
        ("of these: cured, within 5 % of the unbroken recipe", table.share(ill, lambda r: reached(r["after"], r["unbroken"])), ">= 80 %"),
        ("made worse by a cure that was kept", table.share(broken, lambda r: not reached(r["after"], r["before"]) and r["before"] is not None), ""),
        ("healthy runs with an alarm", table.share(healthy, lambda r: bool(r["alarms"])), "<= 3 %"),
        ("healthy runs harmed by a forced cure", table.share(healthy, lambda r: not reached(r["after"], r["before"])), "<= 2 %"),
        ("forced cures that were kept", table.share(healthy, lambda r: bool(r["kept"])), ""),
        ("new trainings until the end, mean", f"{np.mean([r['trials'] for r in broken]) if broken else 0:.1f}", ""),
        ("processor seconds a recipe, with its cure", f"{np.mean([r['seconds'] for r in records]) if records else 0:.1f}", ""),
    ]  # fmt: skip


def write(records: list[dict[str, Any]], rows: list[tuple[str, str, str]]) -> None:
    """Write the table for the documentation."""
    broken = sorted({r["name"] for r in records if r["kind"] == "broken"})
    text = (
        f"Measured by `benchmarks/doctor/own_runs.py`: {len(broken)} ways to break a recipe on up to five small data "
        "sets, each trained, cured by `glasswork doctor RUN --cure`, and judged on test examples; healthy recipes with "
        "findings by force. How much better is better, and the order of trials, were chosen on these recipes: expect less of "
        "others. In brackets: counts, 95 % Wilson interval."
    )
    content = {
        "title": "The doctor on our own runs: how often `--cure` mends a broken recipe",
        "text": text,
        "columns": ["measure", "seen", "wanted"],
        "rows": [list(row) for row in rows],
    }
    MEASURED.write_text(json.dumps({"table": content}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def told(record: dict[str, Any]) -> str:
    """Return a record in a line."""
    figures = " ".join(
        f"{key} {'-' if record[key] is None else format(record[key], '.3g')}" for key in ("before", "after", "unbroken")
    )
    return (
        f"{record['kind']} {record['name']} on {record['data']}: {figures}; {record['trials']} tried; "
        f"{record['alarms'][:3]}; kept {record['kept']}; {record['seconds']:.1f} s"
    )


def main() -> None:
    """Measure, show, write."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", default="", help="jobs whose name or data holds this")
    words.add_argument("--kind", default="", choices=["", "broken", "healthy"])
    words.add_argument("--pairs", type=int, default=20, help="of watched and unwatched trainings; 0: none")
    words.add_argument("--processes", type=int, default=2, help="side by side, a thread each")
    words.add_argument("--said", action="store_true", help="show every run")
    arguments = words.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    records = []
    with tempfile.TemporaryDirectory(prefix="own-runs-") as folder:
        chosen = [
            job for job in jobs() if arguments.only in f"{job.name} {job.data}" and arguments.kind in ("", job.kind)
        ]
        for name in {job.data for job in chosen}:
            written(name, Path(folder))
        spawned = get_context("spawn")  # the threads of what reads tables do not live through a fork
        with ProcessPoolExecutor(arguments.processes, mp_context=spawned) as pool:
            for record in pool.map(perform, chosen, [Path(folder)] * len(chosen)):
                records.append(record)
                if arguments.said:
                    print(told(record), flush=True)
        costs = [
            (f"time of a watched training, {name} net ({plain:.2g} ms a step), median of {arguments.pairs} pairs",
             f"{ratio:.3f} x", "<= 1.3 x" if plain < 1 else "<= 1.05 x")
            for name in COST if arguments.pairs
            for plain, ratio in [overhead(name, Path(folder), arguments.pairs)]
        ]  # fmt: skip
    rows = [*summary(records), *costs]
    for row in rows:
        print("  ".join(row))
    if not (arguments.only or arguments.kind):
        write(records, rows)


if __name__ == "__main__":
    main()
