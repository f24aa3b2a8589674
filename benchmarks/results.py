"""Results on public data: run the documented commands, keep what was measured, write docs/results.md.

    .venv/bin/python benchmarks/results.py                 # every row, every seed that is not measured yet (hours)
    .venv/bin/python benchmarks/results.py adult mr        # some rows
    .venv/bin/python benchmarks/results.py --seeds 1 cifar10
    .venv/bin/python benchmarks/results.py --write         # only write docs/results.md from what was measured

The data is looked for in ../shared/data (or GLASSWORK_DATA). Each run is a process of its own, cold; its folder lies under
runs/results/. What was measured is one JSON file a row in benchmarks/measured/, with command, seed, wall time, peak
memory and the machine's matrix-product rate at that moment; docs/results.md is made from these files alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "measured"
DATA = Path(os.environ.get("GLASSWORK_DATA", ROOT.parent / "shared" / "data"))
GLASSWORK = Path(sys.executable).with_name("glasswork")
PAGE = ROOT / "docs" / "results.md"

Figures = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        key: its name on this script's command line.
        title: what it is, with the part that is judged.
        command: what follows ``glasswork train``; paths are relative to the data folder.
        seeds: how many.
        read: figures from the run's ``evaluation.json`` and ``baselines.json``.
        wanted: what was to be reached, in words.
        reached: whether mean figures reach it.
        published: somebody else's figure, with where it was read.
        folds: cross-validation: one run a fold and seed.
        minutes: how long a run should take on two cores, about.
    """

    key: str
    title: str
    command: str
    seeds: int
    read: Callable[[dict[str, Any], dict[str, Any]], Figures]
    wanted: str
    reached: Callable[[Figures], bool]
    published: str
    folds: int = 1
    minutes: float | None = None


def _value(evaluation: dict[str, Any], name: str) -> float:
    return float(evaluation["metrics"][name]["value"])


def _accuracy(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    return {"accuracy": _value(evaluation, "accuracy")}


def _error(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    return {"test error %": 100 * (1 - _value(evaluation, "accuracy"))}


def _rmse(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    return {"RMSE (100,000 USD)": _value(evaluation, "rmse") / 1e5}


def _precision(evaluation: dict[str, Any], baselines: dict[str, Any]) -> Figures:
    boosting = next(b for b in baselines["baselines"] if "boosting" in b["name"])
    return {
        "average precision": _value(evaluation, "average_precision"),
        "gradient boosting": float(boosting["test"]["average_precision"]),
    }


def _spam(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    spam = next(row for row in evaluation["per_class"] if row["class"] == "spam")
    return {"accuracy": _value(evaluation, "accuracy"), "spam recall": float(spam["recall"])}


def _forecast(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    return {"MSE": _value(evaluation, "mse"), "MAE": _value(evaluation, "mae")}


def _nats(evaluation: dict[str, Any], _: dict[str, Any]) -> Figures:
    return {"nats per character": _value(evaluation, "nats_per_token")}


_ETT = "timeseries/ETTh1.csv.gz --horizon {} data.split.train=8640 data.split.valid=2880 data.split.test=2880"
ROWS = [
    Row(
        "penguins", "penguins, species (20 % test)", "tabular/penguins.csv --target species", 5, _accuracy,
        "accuracy >= 0.98", lambda f: f["accuracy"] >= 0.98,
        "0.971 SVM and k-NN, 0.985 random forest, three features (shark-yun/Predict_penguins_species README)",
    ),
    Row(
        "adult", "adult, original split", "tabular/adult-train.csv.gz --test {data}/tabular/adult-test.csv.gz", 5, _error,
        "error <= 13.8 %", lambda f: f["test error %"] <= 13.8,
        "14.05 % FSS-NB, 14.46 % C4.5-auto, unknown rows removed (adult.names)",
    ),
    Row(
        "california", "california-housing (25 % test)",
        "tabular/california-housing.csv.gz --target median_house_value data.split.test=0.25", 5, _rmse,
        "RMSE <= 0.49", lambda f: f["RMSE (100,000 USD)"] <= 0.49,
        "0.5383 MLP, 0.5325 wide and deep, 8 features (model cards sadhaklal/mlp-california-housing, wide-and-deep)",
    ),
    Row(
        "mammography", "mammography, 2.3 % positive (20 % test, duplicates together)", "tabular/mammography.csv", 5,
        _precision, "average precision >= gradient boosting - 0.02",
        lambda f: f["average precision"] >= f["gradient boosting"] - 0.02, "none read",
    ),
    Row(
        "fashion", "Fashion-MNIST", "images/fashion-mnist data.split.valid=1000 training.epochs=10 'augment=[flip, {name: crop, padding: 2}, {name: cutout, size: 8}]'", 3, _accuracy, "accuracy >= 0.94, in about 10 minutes",
        lambda f: f["accuracy"] >= 0.94,
        "0.934 two convolutions with augmentation and batch norm, 0.949 ResNet18 (zalandoresearch/fashion-mnist README)",
        minutes=10,
    ),
    Row(
        "cifar10", "CIFAR-10, JPEG copy", "images/cifar10-jpeg.tar.xz data.split.valid=1000", 3, _accuracy,
        "accuracy >= 0.90, in about 30 minutes", lambda f: f["accuracy"] >= 0.90,
        "0.9302 ResNet18, lossless original (kuangliu/pytorch-cifar README)", minutes=30,
    ),
    Row(
        "mr", "MR polarity, 10-fold cross-validation",
        "text/rt-polarity.pos {data}/text/rt-polarity.neg --encoding latin-1 data.split.folds=10 data.split.fold={fold}",
        5, _accuracy, "accuracy >= 0.775, no pretrained vectors", lambda f: f["accuracy"] >= 0.775,
        "0.759 CNN with random embeddings (harvardnlp/sent-conv-torch README)", folds=10,
    ),
    Row(
        "sst2", "SST-2, sentences only",
        "text/sst2.train.txt --valid {data}/text/sst2.dev.txt --test {data}/text/sst2.test.txt", 5, _accuracy,
        "accuracy >= 0.815, no pretrained vectors", lambda f: f["accuracy"] >= 0.815,
        "0.835 CNN with random embeddings, trained on phrases too (harvardnlp/sent-conv-torch README)",
    ),
    Row(
        "sms", "SMS spam, a third as test (duplicates together)",
        "text/SMSSpamCollection data.split.test=0.3333", 5, _spam, "accuracy >= 0.987, spam recall >= 0.93",
        lambda f: f["accuracy"] >= 0.987 and f["spam recall"] >= 0.93,
        "accuracy 0.9853, spam recall 0.9008 Gaussian-kernel SVM (Adioosin/spam-classifier README)",
    ),
    Row(
        "etth1-96", "ETTh1, 7 variables, horizon 96", _ETT.format(96), 3, _forecast, "MSE <= 0.375, MAE <= 0.40",
        lambda f: f["MSE"] <= 0.375 and f["MAE"] <= 0.40,
        "0.374 / 0.394 NLinear, 0.375 / 0.399 DLinear (cure-lab/LTSF-Linear benchmark page)",
    ),
    Row(
        "etth1-720", "ETTh1, 7 variables, horizon 720", _ETT.format(720), 3, _forecast, "MSE <= 0.45, MAE <= 0.46",
        lambda f: f["MSE"] <= 0.45 and f["MAE"] <= 0.46,
        "0.440 / 0.453 NLinear, 0.472 / 0.490 DLinear (cure-lab/LTSF-Linear benchmark page)",
    ),
    Row(
        "shakespeare", "tinyshakespeare, 4 layers, 4 heads, width 128, context 64, batch 12, 2,000 steps",
        "text/tinyshakespeare.txt data.context=64 data.split.valid=0 data.split.test=0.1 model.layers=4 model.heads=4 "
        "model.width=128 training.batch_size=12 training.steps=2000",
        3, _nats, "<= 1.80 nats per character", lambda f: f["nats per character"] <= 1.80,
        "1.88 same sizes and steps (karpathy/nanoGPT README)",
    ),
]  # fmt: skip


def matrix_rate() -> dict[str, float]:
    """Return the machine's matrix-product rate now, GFLOP/s, best of a few tries, in float32 and bfloat16."""
    program = (
        "import torch, time, json\n"
        "def rate(dtype, n=1024):\n"
        "    a, b = (torch.randn(n, n).to(dtype) for _ in range(2))\n"
        "    best = 9e9\n"
        "    for _ in range(12):\n"
        "        t = time.perf_counter(); a @ b; best = min(best, time.perf_counter() - t)\n"
        "    return round(2 * n**3 / best / 1e9)\n"
        "print(json.dumps({'float32': rate(torch.float32), 'bf16': rate(torch.bfloat16)}))"
    )
    return json.loads(
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    )


def measure(row: Row, seed: int, fold: int) -> dict[str, Any]:
    """Run one command as a process of its own and return what was seen."""
    words = shlex.split(row.command.replace("{data}", str(DATA)).replace("{fold}", str(fold)))
    command = ["train", str(DATA / words[0]), *words[1:], "--seed", str(seed)]
    out = ROOT / "runs" / "results"
    rate, load = matrix_rate(), os.getloadavg()[0]
    name = f"{row.key}-{seed}-{fold}"
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(GLASSWORK), *command, "--out", str(out), "--name", name, "--json"], stdout=subprocess.PIPE, text=True
    )
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{row.key}: exit status {os.waitstatus_to_exitcode(status)}")
    folder = Path(json.loads(said)["run"])
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    baselines = json.loads((folder / "baselines.json").read_text("utf-8"))
    return {
        "seed": seed,
        "fold": fold,
        "figures": row.read(evaluation, baselines),
        "baselines": {b["label"]: b["test"].get(baselines["primary"]) for b in baselines["baselines"]},
        "primary": baselines["primary"],
        "seconds": round(seconds, 1),
        "training_seconds": baselines["network"].get("seconds"),
        "peak_mb": round(usage.ru_maxrss * (resource.getpagesize() / 4096) / 1024),
        "matrix_gflops": rate,
        "load": round(load, 2),
        "environment": json.loads((folder / "environment.json").read_text("utf-8")),
    }


def run(rows: list[Row], seeds: int | None) -> None:
    """Measure what is not measured yet, a file after each run."""
    MEASURED.mkdir(exist_ok=True)
    for row in rows:
        path = MEASURED / f"{row.key}.json"
        done = json.loads(path.read_text("utf-8")) if path.is_file() else []
        have = {(record["seed"], record["fold"]) for record in done}
        for seed in range(row.seeds if seeds is None else min(seeds, row.seeds)):
            for fold in range(row.folds):
                if (seed, fold) in have:
                    continue
                record = measure(row, seed, fold)
                done.append(record)
                path.write_text(json.dumps(done, indent=1) + "\n", "utf-8")
                print(f"{row.key} seed {seed} fold {fold}: {record['figures']} in {record['seconds']} s", flush=True)


def summarise(row: Row, records: list[dict[str, Any]]) -> tuple[Figures, Figures, int]:
    """Return mean and standard deviation over seeds (each the mean over its whole set of folds), and how many seeds."""
    by_seed: dict[int, list[Figures]] = {}
    for record in records:
        by_seed.setdefault(record["seed"], []).append(record["figures"])
    whole = [folds for folds in by_seed.values() if len(folds) == row.folds]
    names = records[0]["figures"]
    means = [{name: statistics.fmean(f[name] for f in folds) for name in names} for folds in whole]
    if not means:
        return {}, {}, 0
    centre = {name: statistics.fmean(m[name] for m in means) for name in names}
    spread = {name: statistics.stdev([m[name] for m in means]) if len(means) > 1 else 0.0 for name in names}
    return centre, spread, len(means)


def write() -> None:
    """Write docs/results.md from what was measured."""
    lines = [
        "# Results on public data",
        "",
        "Generated by `benchmarks/results.py` from `benchmarks/measured/*.json`; do not edit. `make results` measures anew.",
        "Each run is one command with default or near-default settings, a process of its own, cold, baselines and report",
        "included in the wall time; a fixed number of epochs or early stopping on validation examples, never a wall-clock",
        "stop. Mean ± standard deviation over seeds. The published figures are somebody else's, with where they were read;",
        "splits and preprocessing differ where it is said. Wall times of a machine that others used at the same time: compare them",
        "with the matrix-product rate and the load noted below each command.",
        "",
        "| data | reached | wanted | | published | seeds | wall, s | peak, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    details: list[str] = []
    for row in ROWS:
        path = MEASURED / f"{row.key}.json"
        if not path.is_file():
            lines.append(f"| {row.title} | not measured yet | {row.wanted} | | {row.published} | | | |")
            continue
        records = json.loads(path.read_text("utf-8"))
        centre, spread, seeds = summarise(row, records)
        if not seeds:
            lines.append(f"| {row.title} | not measured yet | {row.wanted} | | {row.published} | | | |")
            continue
        shown = ", ".join(
            f"{name} {value:.4g}" + (f" ± {spread[name]:.2g}" if seeds > 1 else "") for name, value in centre.items()
        )
        verdict = "reached" if row.reached(centre) else "**not reached**"
        fastest = min(record["seconds"] for record in records)
        if row.minutes is not None and fastest > 60 * 1.15 * row.minutes:
            verdict += f", **but in {fastest / 60:.0f} minutes**"
        if seeds < row.seeds:
            verdict += f" ({seeds} of {row.seeds} seeds)"
        seconds = statistics.median(record["seconds"] for record in records)
        peak = max(record["peak_mb"] for record in records)
        lines.append(
            f"| {row.title} | {shown} | {row.wanted} | {verdict} | {row.published} | {seeds} | {seconds:.0f} | {peak:,} |"
        )
        details += ["", f"### {row.key}", "", "```bash", _documented(row), "```", "", *_compared(row, records)]
    lines += _first_run() + _tables()
    lines += _parts()
    lines += ["", "## Commands, baselines and machine", "", "Run in the folder of the data.", *details, ""]
    PAGE.write_text("\n".join(lines), "utf-8")


def _first_run() -> list[str]:
    path = MEASURED / "first-run.json"
    if not path.is_file():
        return []
    measured = json.loads(path.read_text("utf-8"))
    lines = ["", "## A first run, cold", "", "Measured by `benchmarks/first_run.py`, torch's import included.", ""]
    lines += ["| what | measured | wanted | |", "|---|---|---|---|"]
    for row in measured["rows"]:
        lines.append(
            f"| {row['what']} | {row['got']} | {row['wanted']} | {'reached' if row['ok'] else '**not reached**'} |"
        )
    return lines


def _parts() -> list[str]:
    path = MEASURED / "parts.json"
    if not path.is_file():
        return []
    measured = json.loads(path.read_text("utf-8"))
    rows = measured["rows"]
    lines = [
        "",
        "## Parts beside torch's own",
        "",
        f"Measured by `benchmarks/parts.py`: forward and backward (optimizers: a step) at {measured['elements']:,} elements on "
        f"one thread, {measured['runs']} interleaved pairs of runs, processor time, torch {measured['torch']}. The ratio is the median of "
        "ours over theirs; its 95 % upper bound must not exceed 1.05 where both stand on the same kernel, 1.3 where the peer is a "
        "plain-torch expression. That kernels are the same, operation by operation, is tested in `tests/test_pairs.py`.",
        "",
        "| part | ours, ms | theirs, ms | ratio | upper bound | wanted | |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['room']}: {row['name']} | {row['ours_ms']:.3g} | {row['theirs_ms']:.3g} | {row['ratio']:.3f} | "
        f"{row['upper']:.3f} | {row['bound']} | {'reached' if row['ok'] else '**not reached**'} |"
        for row in sorted(rows, key=lambda row: (not row["kernel"], row["room"], row["name"]))
    ]
    reached = sum(row["ok"] for row in rows)
    return [*lines, "", f"{reached} of {len(rows)} pairs within their bound."]


def _tables() -> list[str]:
    """Return a section for every measured file that brings a table: its title, a text, columns and rows."""
    lines: list[str] = []
    for path in sorted(MEASURED.glob("*.json")):
        measured = json.loads(path.read_text("utf-8"))
        table = measured.get("table") if isinstance(measured, dict) else None
        if table:
            lines += ["", f"## {table['title']}", "", table["text"], ""]
            lines += [f"| {' | '.join(table['columns'])} |", "|---" * len(table["columns"]) + "|"]
            lines += [f"| {' | '.join(map(str, row))} |" for row in table["rows"]]
    return lines


def _documented(row: Row) -> str:
    command = row.command.replace("{data}/", "").replace("{fold}", "F")
    return f"glasswork train {command} --seed S"


def _compared(row: Row, records: list[dict[str, Any]]) -> list[str]:
    names = list(records[0]["baselines"])
    lines = []
    for name in names:
        values = [record["baselines"].get(name) for record in records]
        known = [value for value in values if value is not None]
        if known:
            lines.append(f"- baseline {records[0]['primary']} {statistics.fmean(known):.4g}: {name}")
    rates = [record["matrix_gflops"] for record in records]
    machine = records[-1]["environment"]
    low, high = (f([rate["float32"] for rate in rates]) for f in (min, max))
    low_half, high_half = (f([rate["bf16"] for rate in rates]) for f in (min, max))
    walls = [record["seconds"] for record in records]
    threads = sorted({record["environment"]["choices"]["threads"] for record in records})
    busy = [record["load"] for record in records if "load" in record]
    load = f"; load average before a run {min(busy):.1f}–{max(busy):.1f}" if busy else ""
    lines.append(
        f"- {machine['processor']}, {machine['cores']} cores, torch {machine['packages']['torch']}; measured matrix product "
        f"{low}–{high} GFLOP/s in float32, {low_half}–{high_half} in bf16; {' or '.join(map(str, threads))} thread(s); wall {min(walls):.0f}–{max(walls):.0f} s a run{load}"
    )
    return lines


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[[], *[row.key for row in ROWS]], help="default: all")
    parser.add_argument("--seeds", type=int, help="at most so many")
    parser.add_argument("--write", action="store_true", help="only write the page")
    arguments = parser.parse_args()
    if not arguments.write:
        if not DATA.is_dir():
            raise SystemExit(f"the data is not here: {DATA}")
        run([row for row in ROWS if not arguments.rows or row.key in arguments.rows], arguments.seeds)
    write()


if __name__ == "__main__":
    main()
