"""The doctor at the command line: whole training scripts, as strangers write them, faulty, fixed and healthy.

    .venv/bin/python benchmarks/doctor/scripts.py                          # the report set; writes benchmarks/measured
    .venv/bin/python benchmarks/doctor/scripts.py --set calibration --only zero --said

A set is a folder of ``scripts/``: NAME/{faulty,fixed}.py beside NAME/expect.json (fault, places that are right, steps
planned, what the script's last line ``metric: …`` measures), and healthy/NAME.py. Every script runs under
``glasswork doctor --json FILE SCRIPT``, and once on its own: it must print the same to the last byte.

One process imports torch and scikit-learn once and forks for every run; the child calls ``glasswork.cli.main.main``
with the command's words, which is all that the command does. What was measured is one JSON line a run in
runs/doctor/scripts.jsonl, under a key that holds the script and, for watched runs, the doctor's sources: a stopped
benchmark goes on where it was, a changed doctor is measured anew. No constant of the doctor may be chosen on ``report``;
the scripts that judged before it are part of ``calibration``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCRIPTS = HERE / "scripts"
KEPT = ROOT / "runs" / "doctor"
MEASURED = ROOT / "benchmarks" / "measured"
SETS = ("calibration", "report")
LIMIT = 60  # seconds after which a run is ended and counts as failed
SAID = 2000  # so many last characters of what went to stderr are kept
sys.path.insert(0, str(HERE))

import table

_LOOP = (
    "missing-zero-grad parameters-not-in-optimizer frozen-or-unused-layers detached-graph gradient-ascent "
    "train-eval-mode schedule-misuse loss-bookkeeping replicas-out-of-step"
)
LOOP = frozenset(_LOOP.split())


@dataclass(frozen=True)
class Job:
    """One script, watched or on its own."""

    kind: str  # faulty, fixed or healthy
    key: str  # what it is called
    path: Path
    watched: bool

    @property
    def name(self) -> str:
        """Return what tells it from all others."""
        return f"{self.path.relative_to(SCRIPTS)}{' watched' if self.watched else ''}"


def jobs(chosen: str) -> list[Job]:
    """Return all runs of a set: pairs first, each script on its own and then watched."""
    folder = SCRIPTS / chosen
    scripts = [
        (kind, home.name, home / f"{kind}.py")
        for home in sorted(folder.iterdir())
        if (home / "expect.json").is_file()
        for kind in ("faulty", "fixed")
    ]
    scripts += [("healthy", path.stem, path) for path in sorted((folder / "healthy").glob("*.py"))]
    return [Job(kind, key, path, watched) for kind, key, path in scripts for watched in (False, True)]


def versions(chosen: list[Job]) -> dict[str, str]:
    """Return for each run a hash of all that it depends on."""
    digest = hashlib.sha256()
    sources = ROOT / "src" / "glasswork"
    for path in sorted([*(sources / "doctor").rglob("*.py"), *(sources / "cli").glob("*.py")]):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    doctor = digest.digest()
    return {
        job.name: hashlib.sha256(job.path.read_bytes() + (doctor if job.watched else b"")).hexdigest()[:16]
        for job in chosen
    }


def warm() -> None:
    """Load once what nearly every script needs, the doctor and its rules."""
    for name in ("datasets", "metrics", "model_selection", "preprocessing"):
        import_module(f"sklearn.{name}")
    for name in ("torch._dynamo", "glasswork.cli.main", "glasswork.doctor.consult"):
        import_module(name)
    import torch

    from glasswork.doctor.rules import rules

    torch.set_num_threads(1)
    rules()


def alone(path: Path) -> None:
    """Run a script as ``python SCRIPT`` would."""
    sys.argv[:] = [str(path)]
    sys.path[0] = str(path.parent)
    runpy.run_path(str(path), run_name="__main__")


def watched(path: Path, found: Path) -> None:
    """Run a script as ``glasswork doctor --json FILE SCRIPT`` would."""
    from glasswork.cli.main import main

    main(["doctor", "--json", str(found), str(path)])


def child(job: Job, folder: Path) -> None:
    """Be the process of one run: its output into files of the folder, its exit status the script's."""
    status = 1
    try:
        os.setpgid(0, 0)
        for number, name in ((1, "stdout"), (2, "stderr")):
            file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
            os.close(file)
        os.chdir(folder)  # what a script writes, it writes there
        if job.watched:
            watched(job.path, folder / "found.json")
        else:
            alone(job.path)
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # One by one: a script may have closed a stream.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (ValueError, OSError):
                status = status or 1
        os._exit(status)


def outcome(job: Job, folder: Path, status: int, seconds: float, failed: str | None) -> dict[str, Any]:
    """Return what is kept of a run that has ended."""

    def read(name: str) -> bytes:
        return (folder / name).read_bytes() if (folder / name).is_file() else b""

    printed, found = read("stdout"), read("found.json")
    if job.watched and not found and failed is None:
        failed = "no findings were written"
    return {
        "name": job.name,
        "status": status,
        "stdout": hashlib.sha256(printed).hexdigest()[:16],
        "metric": metric(printed),
        "stderr": read("stderr").decode(errors="replace")[-SAID:],
        "found": json.loads(found) if found else {"findings": [], "steps": 0},
        "seconds": round(seconds, 3),
        "failed": failed,
    }


def metric(printed: bytes) -> float:
    """Return what a script says in its last line; -10 where it says nothing, or no number."""
    last = (printed.decode(errors="replace").strip().splitlines() or [""])[-1]
    try:
        value = float(last.partition("metric:")[2])
    except ValueError:
        return -10.0
    return value if abs(value) < 10.0 else -10.0


def side_by_side(chosen: list[Job], count: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Run all, so many at once; yield each result as it comes."""
    waiting = list(reversed(chosen))
    running: dict[int, tuple[Job, int, Path, float, tempfile.TemporaryDirectory[str]]] = {}

    def ended(job: Job, process: int, home: tempfile.TemporaryDirectory[str], failed: str | None) -> dict[str, Any]:
        _, code, used = os.wait4(process, 0)
        record = outcome(job, Path(home.name), os.waitstatus_to_exitcode(code), used.ru_utime + used.ru_stime, failed)
        home.cleanup()
        return record

    while waiting or running:
        while waiting and len(running) < count:
            job = waiting.pop()
            home = tempfile.TemporaryDirectory(prefix="doctor-", ignore_cleanup_errors=True)
            sys.stdout.flush()
            sys.stderr.flush()
            process = os.fork()
            if not process:
                child(job, Path(home.name))
            running[os.pidfd_open(process)] = job, process, Path(home.name), time.monotonic(), home
        for handle in select.select(list(running), [], [], 1.0)[0]:
            job, process, _, _, home = running.pop(handle)
            os.close(handle)
            yield job, ended(job, process, home, None)
        for handle, (job, process, _, began, home) in list(running.items()):
            if time.monotonic() - began > LIMIT:
                os.killpg(process, signal.SIGKILL)
                os.close(handle)
                del running[handle]
                yield job, ended(job, process, home, f"not done after {LIMIT} s")


def measure(chosen: list[Job], count: int, again: bool) -> dict[str, dict[str, Any]]:
    """Return what is known of these runs; run those that are not known yet."""
    path = KEPT / "scripts.jsonl"
    now = versions(chosen)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    known = {r["name"]: r for r in records if not again and r["version"] == now.get(r["name"])}
    todo = [job for job in chosen if job.name not in known]
    if todo:
        warm()
        KEPT.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with path.open("a", encoding="utf-8") if todo else open(os.devnull, "w") as out:  # noqa: PTH123
        for number, (job, record) in enumerate(side_by_side(todo, count), 1):
            record["version"] = now[job.name]
            known[job.name] = record
            out.write(json.dumps(record) + "\n")
            out.flush()
            if number % 20 == 0 or number == len(todo):
                left = (time.monotonic() - began) / number * (len(todo) - number)
                print(f"{number} of {len(todo)} runs, {left / 60:.1f} minutes left", file=sys.stderr, flush=True)
    return known


def judged(chosen: list[Job], known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a record a script, as the benchmark's table wants it, with how the command behaved."""
    rows = []
    for job in chosen:
        if not job.watched:
            continue
        seen, bare = known[job.name], known[job.name.removesuffix(" watched")]
        facts = {"code": "", "also": [], "where": [], "planned_steps": max(seen["found"]["steps"], 1)}
        if job.kind != "healthy":
            facts |= json.loads((job.path.parent / "expect.json").read_text("utf-8"))
        findings = seen["found"]["findings"]
        critical = any(f["severity"] == "critical" for f in findings)
        failed = seen["failed"] or "; ".join(f["evidence"] for f in findings if f["where"] == "doctor")
        rows.append(
            {
                "name": job.name, "kind": job.kind, "key": job.key, "seed": 0, "metric": bare["metric"],
                "code": facts["code"], "also": facts["also"], "where": facts["where"], "findings": findings,
                "planned": facts["planned_steps"], "moment": "loop" if facts["code"] in LOOP else "",
                "must_hurt": facts["code"] in table.HURTING, "failed": failed or None, "seconds": seen["seconds"],
                "extra": seen["seconds"] - bare["seconds"], "same": seen["stdout"] == bare["stdout"],
                "status": seen["status"], "status_right": seen["status"] == (bare["status"] or 3 * critical),
                "stderr": seen["stderr"],
            }
        )  # fmt: skip
    return rows


def summary(records: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the rows of the table: measure, seen, wanted."""
    rows = [row for row in table.summary(records) if not row[0].startswith("processor")]
    return [
        *rows,
        ("scripts that print the same, to the last byte", table.share(records, lambda r: r["same"]), "all"),
        ("exit status right", table.share(records, lambda r: r["status_right"]), "all"),
    ]


def show(records: list[dict[str, Any]], said: bool) -> None:
    """Print the table, and a line a script; on request all that was said."""
    for name, seen, wanted in summary(records):
        print(f"{name:48s} {seen:42s} {wanted}")
    print(f"\n{'fault':32s} runs  told  first three place  harmless  said instead")
    for code, *counts, instead in table.by_fault(records):
        print(f"{code:32s} {'  '.join(f'{c:>4s}' for c in counts)}      {instead}")
    faulty, fixed, healthy, harmless = table.sort_out(records)
    print()
    for title, group in (("faulty", faulty), ("harmless", harmless), ("fixed", fixed), ("healthy", healthy)):
        for record in group:
            marks = _marks(record, title == "faulty")
            heads = ", ".join(f"{f['fault']} at {f['where']}" for f in table.alarms(record)[:3])
            expected = f"[{record['code']}] " if title in ("faulty", "harmless") else ""
            print(f"{marks} {title:8s} {record['key']:36s} {record['metric']:6.2f}  {expected}{heads}")
            if said:
                for f in record["findings"]:
                    print(f"      {f['severity']:8s} {f['fault']} at {f['where']}, step {f['step']}: {f['evidence']}")
                if record["failed"]:
                    print(f"      failed: {record['failed']}\n{record['stderr']}")


def _marks(record: dict[str, Any], ill: bool) -> str:
    """Return in a few letters what was right: Detected, Cause, Three, Place; or an alarm where there is nothing."""
    alarms = table.alarms(record)
    broken = (
        ("" if record["same"] else "o") + ("" if record["status_right"] else "s") + ("f" if record["failed"] else "")
    )
    if not ill:
        return f"{'!!' if any(f['severity'] == 'critical' for f in alarms) else '!' if alarms else 'ok'}{broken}".ljust(
            5
        )
    codes = table.right_codes(record)
    letters = ("D" if alarms else "-") + ("C" if alarms and alarms[0]["fault"] in codes else "-")
    letters += "T" if any(f["fault"] in codes for f in alarms[:3]) else "-"
    letters += "P" if alarms and table.place_is_right(alarms[0]["where"], record["where"]) else "-"
    return (letters + broken).ljust(5)


def write(records: list[dict[str, Any]]) -> None:
    """Keep the table for docs/results.md."""
    faulty, fixed, healthy, harmless = table.sort_out(records)
    text = (
        f"Measured by `benchmarks/doctor/scripts.py`: `glasswork doctor SCRIPT` on {len(faulty)} faulty training scripts, "
        f"{len(fixed)} repaired ones and {len(healthy)} healthy ones, written the way such scripts are posted, without regard "
        f"to what the doctor looks for; {len(harmless)} faults that did no harm count as healthy. No constant was chosen on "
        "these scripts. In brackets: counts, 95 % Wilson interval."
    )
    made = {
        "title": "The doctor at the command line: other people's scripts",
        "text": text,
        "columns": ["measure", "seen", "wanted"],
        "rows": [list(row) for row in summary(records)],
    }
    (MEASURED / "doctor_scripts.json").write_text(json.dumps({"table": made}, indent=1) + "\n", "utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="report", help="default: %(default)s")
    parser.add_argument(
        "--only", nargs="+", metavar="WORD", help="scripts whose path, or fault, has one of these words"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="side by side; default: %(default)s")
    parser.add_argument("--again", action="store_true", help="measure anew what is known")
    parser.add_argument("--said", action="store_true", help="print what was said of every script")
    arguments = parser.parse_args()
    every = jobs(arguments.set)
    chosen = [job for job in every if not arguments.only or any(w in _words(job) for w in arguments.only)]
    if not chosen:
        parser.error(f"no script of {arguments.set} has {' or '.join(arguments.only)} in its path or fault")
    records = judged(chosen, measure(chosen, arguments.jobs, arguments.again))
    show(records, arguments.said)
    if arguments.set == "report" and len(chosen) == len(every):
        write(records)


def _words(job: Job) -> str:
    expected = job.path.parent / "expect.json"
    code = json.loads(expected.read_text("utf-8"))["code"] if expected.is_file() else ""
    return f"{job.path.relative_to(SCRIPTS)} {code}"


if __name__ == "__main__":
    main()
