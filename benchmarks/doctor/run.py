"""How often the doctor is right: faulty, fixed and healthy trainings under observation, and the table.

    .venv/bin/python benchmarks/doctor/run.py                              # the report half; writes benchmarks/measured
    .venv/bin/python benchmarks/doctor/run.py --full                       # with the cures, too (see cures.py)
    .venv/bin/python benchmarks/doctor/run.py --half calibration --sample 40   # some runs of each kind
    .venv/bin/python benchmarks/doctor/run.py --half calibration --only zero_grad
    .venv/bin/python benchmarks/doctor/run.py --half calibration --keep        # keeps what was seen of each run …
    .venv/bin/python benchmarks/doctor/run.py --half calibration --replay      # … and judges it again, in seconds

One process imports torch once and forks for every run; two runs go side by side, a thread each. What was measured is one
JSON line a run in runs/doctor/runs.jsonl, under a key that holds the sources of doctor and programs: a stopped benchmark
goes on where it was, a changed doctor is measured anew. Every other run is watched as a whole (`watch()` knows neither
model nor optimizer and must find them); the others say model, optimizer and loss.

Rules are tuned on the halves `calibration` and `former`. The report half judges them: nobody who mends a rule reads its
programs or what was said of one of them, so that no name of its runs is printed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import pickle
import select
import signal
import sys
import time
import traceback
import warnings
import zlib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = ROOT / "runs" / "doctor"
MEASURED = ROOT / "benchmarks" / "measured"
LIMIT = 60  # seconds after which a run is ended and counts as failed
sys.path.insert(0, str(HERE))

import table
from cases import Case, cases, seeds
from programs import HALVES
from programs.program import Program, run


@dataclass(frozen=True)
class Job:
    """One training: a healthy recipe, a faulty program or its fixed twin."""

    half: str
    kind: str
    key: str
    seed: int
    case: Case | None = None

    @property
    def name(self) -> str:
        """Return what tells it from all others."""
        return f"{self.half}/{self.kind}/{self.key}/{self.seed}"

    @property
    def told(self) -> bool:
        """Return whether `watch` is told what the model, optimizer and loss are."""
        return zlib.crc32(self.name.encode()) % 2 == 0

    def make(self) -> tuple[Program, dict[str, Any]]:
        """Return its program, and what the table wants to know of it."""
        facts = {"code": "", "also": [], "where": [], "moment": "", "must_hurt": False}
        if self.case is None:
            return HALVES[self.half][self.key].changed(), facts
        faulty, operator = self.case.faulty(), self.case.operator
        facts = {
            "code": operator.code, "also": list(operator.also), "where": list(faulty.where), "moment": operator.moment,
            "must_hurt": operator.code in table.HURTING,
        }  # fmt: skip
        program = faulty.program if self.kind == "faulty" else (faulty.fixed or HALVES[self.half][self.case.recipe])
        return program.changed(), facts


def jobs(half: str) -> list[Job]:
    """Return all trainings of a half: faulty and fixed ones side by side, healthy ones between."""
    pairs = [Job(half, kind, case.key, case.seed, case) for case in cases(half) for kind in ("faulty", "fixed")]
    healthy = [Job(half, "healthy", name, seed) for seed in seeds() for name in HALVES[half]]
    return pairs + healthy


def sampled(chosen: list[Job], count: int) -> list[Job]:
    """Return so many faulty programs with their twins, and so many healthy ones, spread evenly."""
    keys = list(dict.fromkeys(job.key for job in chosen if job.case))
    healthy = [job for job in chosen if not job.case]
    wanted = {keys[i * len(keys) // count] for i in range(min(count, len(keys)))} if keys else set()
    # Prime steps: no two of the sample are neighbours in the table of recipes.
    some = [healthy[(i * 37) % len(healthy)] for i in range(min(count, len(healthy)))] if healthy else []
    return [job for job in chosen if job.key in wanted and job.case] + list(dict.fromkeys(some))


def version() -> str:
    """Return a short hash of the sources of doctor and programs."""
    digest = hashlib.sha256()
    folders = [ROOT / "src" / "glasswork" / "doctor", HERE / "programs", HERE / "operators", HERE / "cases"]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def found_in(checkup: Any) -> list[dict[str, Any]]:
    """Return a checkup's findings as plain values."""
    raised = getattr(checkup, "raised", {})
    rows = []
    for finding in checkup.findings:
        values = asdict(finding)
        values.pop("treatments")
        values["raised_at"] = raised.get((finding.fault, finding.where))
        rows.append(values)
    return rows


def perform(job: Job, keep: bool) -> dict[str, Any]:
    """Train one program under observation and return what the table needs; runs in a process of its own."""
    import torch

    from glasswork.doctor import watch

    torch.set_num_threads(1)
    program, facts = job.make()
    record: dict[str, Any] = {
        "name": job.name,
        "half": job.half,
        "kind": job.kind,
        "key": job.key,
        "seed": job.seed,
        **facts,
    }
    record |= {"told": job.told, "metric": -1.0, "planned": 1, "error": None, "findings": [], "failed": None}

    def watched(model: Any, optimizer: Any, told: Program) -> Any:
        real = isinstance(optimizer, torch.optim.Optimizer)
        return watch(model, optimizer, loss_fn=told.loss) if job.told and real else watch()

    start, began = time.process_time(), time.perf_counter()
    try:
        outcome = run(program, job.seed, watched)
        record |= {"metric": outcome.metric, "planned": outcome.planned, "error": outcome.error}
        record["findings"] = found_in(outcome.checkup)
        broken = [f["evidence"] for f in record["findings"] if f["where"] == "doctor"]
        record["failed"] = "; ".join(broken) or None
        if keep:
            keep_vitals(job, outcome.checkup.vitals)
    except Exception:
        record["failed"] = traceback.format_exc(limit=-4)
    # Processor time: the wall clock also tells what else the machine did.
    record |= {"seconds": round(time.process_time() - start, 3), "wall": round(time.perf_counter() - began, 3)}
    return record


def vitals_path(job: Job) -> Path:
    """Return where what was seen of a run is kept."""
    return KEPT / "vitals" / f"{hashlib.sha256(job.name.encode()).hexdigest()[:20]}.pickle.gz"


def keep_vitals(job: Job, vitals: Any) -> None:
    """Keep what was seen of a run, so that changed rules can judge it again without the training."""
    path = vitals_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(pickle.dumps(vitals), 3))


def replay(job: Job, record: dict[str, Any]) -> dict[str, Any]:
    """Judge again what was kept of a run."""
    from glasswork.doctor.checkup import Checkup

    vitals = pickle.loads(gzip.decompress(vitals_path(job).read_bytes()))  # noqa: S301 - written by this program
    checkup = Checkup(vitals)
    findings = found_in(checkup)
    broken = [f["evidence"] for f in findings if f["where"] == "doctor"]
    return {**record, "findings": findings, "failed": "; ".join(broken) or None}


def forked(work: Any, job: Job) -> tuple[int, int]:
    """Do a piece of work in a child; return its id and where its line will come from."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.close(reading)
        os.setpgid(0, 0)
        warnings.simplefilter("ignore")
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            line = json.dumps(work(job), default=str).encode()
        with os.fdopen(writing, "wb") as out:
            out.write(line)
        status = 0
    finally:
        os._exit(status)


def side_by_side(work: Any, chosen: list[Job], count: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Do all the work, so many at once; yield each result as it comes."""
    waiting = list(reversed(chosen))
    running: dict[int, tuple[Job, int, float, bytearray]] = {}
    while waiting or running:
        while waiting and len(running) < count:
            job = waiting.pop()
            child, pipe = forked(work, job)
            running[pipe] = job, child, time.monotonic(), bytearray()
        for pipe in select.select(list(running), [], [], 1.0)[0]:
            piece = os.read(pipe, 1 << 16)
            job, child, _, got = running[pipe]
            got += piece
            if not piece:
                os.close(pipe)
                os.waitpid(child, 0)
                del running[pipe]
                yield job, json.loads(bytes(got)) if got else _lost(job, "the process died")
        for pipe, (job, child, began, _) in list(running.items()):
            if time.monotonic() - began > LIMIT:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                os.close(pipe)
                del running[pipe]
                yield job, _lost(job, f"not done after {LIMIT} s")


def _lost(job: Job, why: str) -> dict[str, Any]:
    _, facts = job.make()
    base = {"name": job.name, "half": job.half, "kind": job.kind, "key": job.key, "seed": job.seed, "told": job.told}
    return {
        **base,
        **facts,
        "metric": -1.0,
        "planned": 1,
        "error": None,
        "findings": [],
        "failed": why,
        "seconds": float(LIMIT),
        "wall": float(LIMIT),
    }


def remembered(now: str) -> dict[str, dict[str, Any]]:
    """Return the runs of this version that were measured already, by name."""
    path = KEPT / "runs.jsonl"
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return {record["name"]: record for record in records if record["version"] == now}


def warm() -> None:
    """Load once what every run needs: torch, the compiler that its optimizers load, the doctor and its rules."""
    import torch
    import torch._dynamo

    import glasswork.doctor
    from glasswork.doctor.rules import rules

    torch.set_num_threads(1)
    glasswork.doctor.watch, rules()


def measure(chosen: list[Job], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the records of these jobs; measure those that are not known yet."""
    now = version()
    known = {} if arguments.again else remembered(now)
    todo = [job for job in chosen if job.name not in known]
    KEPT.mkdir(parents=True, exist_ok=True)
    warm()
    began = time.monotonic()
    with (KEPT / "runs.jsonl").open("a", encoding="utf-8") as out:
        for number, (job, record) in enumerate(
            side_by_side(lambda j: perform(j, arguments.keep), todo, arguments.jobs), 1
        ):
            record["version"] = now
            known[job.name] = record
            out.write(json.dumps(record) + "\n")
            out.flush()
            if number % 20 == 0 or number == len(todo):
                left = (time.monotonic() - began) / number * (len(todo) - number)
                print(f"{number} of {len(todo)} runs, {left / 60:.1f} minutes left", file=sys.stderr, flush=True)
    return [known[job.name] for job in chosen]


def judged_again(chosen: list[Job], count: int) -> list[dict[str, Any]]:
    """Return the records of those jobs whose vitals were kept, with what the rules say now."""
    path = KEPT / "runs.jsonl"
    warm()
    latest = {(r := json.loads(line))["name"]: r for line in path.read_text("utf-8").splitlines()}
    kept = [job for job in chosen if job.name in latest and vitals_path(job).is_file()]
    return [record for _, record in side_by_side(lambda job: replay(job, latest[job.name]), kept, count)]


def show(records: list[dict[str, Any]], said: bool, named: bool) -> None:
    """Print the tables, and with `named` which runs they speak of."""
    for measure_name, seen, wanted in table.summary(records):
        print(f"{measure_name:48s} {seen:42s} {wanted}")
    print(f"\n{'fault':32s} runs  told  first three place  harmless  said instead")
    for code, *counts, instead in table.by_fault(records):
        print(f"{code:32s} {'  '.join(f'{c:>4s}' for c in counts)}      {instead}")
    print("\nfalse alarms")
    for code, count, example in table.false_alarms(records):
        print(f"{code:32s} {count:4d}  {example if named else ''}".rstrip())
    if said:
        for record in sorted(records, key=lambda r: r["name"]):
            print(f"\n{record['name']} metric {record['metric']:.2f} {record['error'] or ''} {record['failed'] or ''}")
            for f in record["findings"]:
                print(f"    {f['severity']:8s} {f['fault']} at {f['where']}, step {f['step']}: {f['evidence']}")


def write(records: list[dict[str, Any]]) -> None:
    """Keep the tables for docs/results.md."""
    faulty, fixed, healthy, harmless = table.sort_out(records)
    text = (
        f"Measured by `make bench-doctor`: {len(faulty)} faulty trainings, {len(fixed)} fixed twins, {len(healthy)} healthy "
        f"trainings ({len(HALVES['report'])} recipes, {len(seeds())} seeds), {len(harmless)} faults that did no harm and count as "
        "healthy. Programs, data and networks are those of the report half, which shares none of them with the two halves "
        "that rules are tuned on: no constant was chosen on it, and nobody who mended a rule has seen its programs or what was "
        "said of one of them. In brackets: counts, 95 % Wilson interval."
    )
    rows = [list(row) for row in table.summary(records)]
    overall = {
        "title": "The doctor: how often it is right",
        "text": text,
        "columns": ["measure", "seen", "wanted"],
        "rows": rows,
    }
    columns = ["fault", "runs", "detected", "cause first", "in three", "place first", "harmless", "said first instead"]
    each = {
        "title": "The doctor, fault by fault",
        "text": "The same runs.",
        "columns": columns,
        "rows": [list(row) for row in table.by_fault(records)],
    }
    for name, made in (("doctor", overall), ("doctor_faults", each)):
        (MEASURED / f"{name}.json").write_text(json.dumps({"table": made}, indent=1) + "\n", "utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=list(HALVES), default="report", help="default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="runs whose name has one of these words")
    parser.add_argument("--kind", choices=["healthy", "faulty", "fixed"], help="only these")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="N faulty programs with their twins, and N healthy ones"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="side by side; default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="keep what was seen of each run, for --replay")
    parser.add_argument("--replay", action="store_true", help="no training: judge again what --keep kept")
    parser.add_argument("--again", action="store_true", help="measure anew what is known")
    parser.add_argument("--said", action="store_true", help="print what was said of every run")
    parser.add_argument("--full", action="store_true", help="also try the cures, on the report half")
    arguments = parser.parse_args()
    judging = arguments.half == "report"
    if judging and arguments.said:
        parser.error("--said: nobody reads what is said of the report half's programs; --half calibration or former")
    every = jobs(arguments.half)
    chosen = [job for job in every if not arguments.only or any(word in job.name for word in arguments.only)]
    chosen = [job for job in chosen if arguments.kind in (None, job.kind)]
    if arguments.sample:
        chosen = sampled(chosen, arguments.sample)
    records = judged_again(chosen, arguments.jobs) if arguments.replay else measure(chosen, arguments)
    show(records, arguments.said, named=not judging)
    if len(chosen) == len(every) and judging and not arguments.replay:
        write(records)
    if arguments.full:
        import cures

        cures.measured(arguments.jobs)


if __name__ == "__main__":
    main()
