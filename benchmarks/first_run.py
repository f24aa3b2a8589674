"""First-run figures: how long a newcomer waits, cold, and how much memory a large table takes.

    .venv/bin/python benchmarks/first_run.py            # measure, then write docs/results.md
    .venv/bin/python benchmarks/first_run.py --megabytes 100

Each command is a process of its own with torch's import included. What was measured goes to benchmarks/measured/first-run.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from results import GLASSWORK, MEASURED, matrix_rate, write

COLUMNS = 10


def timed(words: list[str], folder: Path) -> dict[str, Any]:
    """Run a command and return its wall time, processor time, peak memory, output lines and exit status."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "lines": len(said.splitlines()),
        "status": os.waitstatus_to_exitcode(status),
        "said": said,
    }


def table(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return numbers, a category and a target that follows from them."""
    rng = np.random.default_rng(seed)
    columns = {f"x{i}": rng.normal(size=rows).round(6) for i in range(COLUMNS - 2)}
    group = rng.integers(0, 5, rows)
    columns["group"] = np.array(["north", "south", "east", "west", "middle"])[group]
    score = columns["x0"] + columns["x1"] * columns["x2"] + 0.5 * group + rng.normal(size=rows)
    return pl.DataFrame({**columns, "answer": np.where(score > 1, "yes", "no")})


def median(words: list[str], folder: Path, runs: int = 3) -> dict[str, Any]:
    """Return the run with the median wall time."""
    return sorted((timed(words, folder) for _ in range(runs)), key=lambda run: run["seconds"])[runs // 2]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=500, help="size of the large table")
    arguments = parser.parse_args()
    command = str(GLASSWORK)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table(2000).write_csv(folder / "small.csv")
        run = median([command, "train", "small.csv", "--target", "answer"], folder)
        rows.append(
            {
                "what": "2,000-row table to a finished report",
                "wanted": "under 20 s",
                "got": f"{run['seconds']} s",
                "ok": run["seconds"] < 20 and run["status"] == 0,
            }
        )
        rows.append(
            {
                "what": "lines of output in that run",
                "wanted": "fewer than 40",
                "got": str(run["lines"]),
                "ok": run["lines"] < 40,
            }
        )
        run = median([command, "train", "small.csv", "--target", "anser"], folder)
        sentence = run["said"].strip().splitlines()[-1]
        rows.append(
            {
                "what": "a misspelt column named",
                "wanted": "under 2 s, one sentence",
                "got": f"{run['seconds']} s: {sentence[:60]}…",
                "ok": run["seconds"] < 2 and "'answer'" in sentence,
            }
        )
        run = median([command, "--help"], folder)
        rows.append(
            {"what": "`--help`", "wanted": "under 0.5 s of CPU", "got": f"{run['cpu']} s", "ok": run["cpu"] < 0.5}
        )
        run = median([command, "check", "small.csv", "--target", "answer"], folder)
        rows.append(
            {
                "what": "`check` of the 2,000-row table",
                "wanted": "about a second",
                "got": f"{run['seconds']} s",
                "ok": run["seconds"] < 2,
            }
        )

        # Made by a process of its own: a child's peak begins with what its parent holds when it is started.
        make = (
            "import sys; from pathlib import Path; from first_run import table\n"
            "sample = table(20_000); sample.write_csv('sample.csv')\n"
            "count = int(float(sys.argv[1]) * 1e6 / (Path('sample.csv').stat().st_size / 20_000))\n"
            "large = table(count); large.write_csv('large.csv'); print(count, large.estimated_size())"
        )
        made = subprocess.run(
            [sys.executable, "-c", make, str(arguments.megabytes)],
            cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )  # fmt: skip
        count, size = (int(word) for word in made.stdout.split())
        frame = size / 1e6
        imports = timed(
            [
                sys.executable,
                "-c",
                "import glasswork.runs.carry_out, glasswork.verbs, glasswork.data, sklearn.ensemble",
            ],
            folder,
        )
        data_imports = timed([sys.executable, "-c", "import glasswork.verbs.check"], folder)
        for what, words, base in (
            ("check", [command, "check", "large.csv", "--target", "answer"], data_imports),
            (
                "train, 100 steps, baselines included",
                [command, "train", "large.csv", "--target", "answer", "training.steps=100", "--out", "runs"],
                imports,
            ),
        ):
            run = timed(words, folder)
            above = run["peak_mb"] * 1.048576 - base["peak_mb"] * 1.048576
            got = f"{above / frame:.2f} x the frame of {frame:,.0f} MB ({run['peak_mb']:,} MiB peak, {base['peak_mb']:,} of imports; {run['seconds']:.0f} s)"
            rows.append(
                {
                    "what": f"peak memory for a {arguments.megabytes} MB table ({count:,} rows), {what}",
                    "wanted": "under 3 x its frame above imports",
                    "got": got,
                    "ok": above < 3 * frame and run["status"] in (0, 3),
                }
            )
            print(rows[-1], flush=True)
    MEASURED.mkdir(exist_ok=True)
    (MEASURED / "first-run.json").write_text(
        json.dumps({"rows": rows, "matrix_gflops": matrix_rate()}, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    for row in rows:
        print(f"{'ok ' if row['ok'] else 'NO '} {row['what']}: {row['got']} (wanted {row['wanted']})")
    write()


if __name__ == "__main__":
    main()
