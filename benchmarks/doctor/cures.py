"""How often the doctor's remedies cure: applied from outside, kept only where the validation improves.

    .venv/bin/python benchmarks/doctor/cures.py                              # the report half; writes benchmarks/measured
    .venv/bin/python benchmarks/doctor/cures.py --half calibration --sample 40 --said

A faulty program whose fault can be cured by a machine (A or R in the list of faults) is run under observation; its
findings suggest remedies; these are applied to the live objects of the same program, one run each, three runs at most;
a remedy stays only where the validation curve got better. Test data and the fixed twin are looked at only afterwards,
to judge. A healthy program gets a cure by force: that of its first finding, or, where there is none, of a fault drawn at
random.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import run as bench
import table
from programs.program import run as run_program
from run import MEASURED, Job, side_by_side

CURABLE = frozenset(
    [
        "vanishing-gradient",
        "exploding-gradient",
        "non-finite",
        "divergence",
        "dying-relu",
        "saturated-activation",
        "softmax-in-hidden-layer",
        "missing-nonlinearity",
        "symmetric-initialisation",
        "zero-initialisation",
        "initialisation-scale",
        "initial-loss",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "plateau",
        "oscillating-loss",
        "slow-convergence",
        "overfitting",
        "underfitting",
        "too-few-epochs",
        "unscaled-inputs",
        "unscaled-targets",
        "non-finite-data",
        "class-imbalance",
        "unshuffled-data",
        "loss-output-mismatch",
        "output-range",
        "tiny-batch-norm",
        "train-eval-mode",
        "stale-batch-norm",
        "missing-zero-grad",
        "parameters-not-in-optimizer",
        "over-regularised",
        "dropout-too-strong",
        "optimizer-settings",
        "batch-size-noise",
        "edge-of-stability",
        "weight-growth",
        "worker-seeds",
        "schedule-misuse",
    ]
)
WITHIN = 0.95  # of the twin's metric counts as cured; the metrics' best is 1, so 0.05 is the most that may be missing
HARM = 0.95  # of the metric without a cure: less counts as harm
HEALTHY_SEEDS = 3
LIMIT = 240  # seconds for a program with all its runs


def jobs(half: str) -> list[Job]:
    """Return the programs to treat: faulty ones that can be cured, and healthy ones."""
    every = bench.jobs(half)
    faulty = [job for job in every if job.kind == "faulty" and job.case and job.case.operator.code in CURABLE]
    healthy = [job for job in every if job.kind == "healthy" and job.seed < HEALTHY_SEEDS]
    return faulty + healthy


def trained(job: Job, remedies: list[Any]) -> tuple[float, Any, Any]:
    """Train a job's program with remedies; return its metric on test data, its checkup, and its curves."""
    from glasswork.doctor import watch
    from glasswork.doctor.remedies import applied
    from glasswork.doctor.remedies.course import course_of

    program, _ = job.make()
    began = time.process_time()
    with applied(*remedies):
        outcome = run_program(program, job.seed, lambda model, optimizer, told: watch(experiments=not remedies))
    vitals = outcome.checkup.vitals
    if outcome.error and not vitals.error:
        vitals.error = outcome.error
    return outcome.metric, outcome.checkup, course_of(vitals, time.process_time() - began)


def forced(job: Job, checkup: Any) -> list[Any]:
    """Return remedies for a program that is well: of its first finding that has some, else of a fault drawn at random."""
    from glasswork.doctor.remedies import remedies_for
    from glasswork.records import Finding

    for finding in checkup.findings:
        found = remedies_for(finding, checkup.vitals)
        if found:
            return found
    dice = random.Random(zlib.crc32(job.name.encode()))
    layers = [layer for model in checkup.vitals.models.values() for layer in model.layers]
    for fault in dice.sample(sorted(CURABLE), len(CURABLE)):
        where = dice.choice([*layers, "optimizer"])
        found = remedies_for(Finding(fault, "warning", 0.5, where, "", ""), checkup.vitals)
        if found:
            return found
    return []


def treat(job: Job) -> dict[str, Any]:
    """Run, diagnose, cure, run again; runs in a process of its own."""
    import torch

    from glasswork.doctor.remedies import candidates
    from glasswork.doctor.remedies.search import Report, following, search

    torch.set_num_threads(1)
    began = time.process_time()
    record: dict[str, Any] = {"name": job.name, "kind": job.kind, "key": job.key, "code": "", "tries": [], "kept": []}
    record |= {"before": -1.0, "after": -1.0, "twin": None, "failed": None}
    if job.case:
        record["code"] = job.case.operator.code
    try:
        metric, checkup, course = trained(job, [])
        record |= {
            "before": metric,
            "after": metric,
            "found": [f.fault for f in checkup.findings if f.severity != "note"],
        }
        metrics: list[float] = []

        def again(remedies: list[Any]) -> Report:
            now, seen, curves = trained(job, remedies)
            metrics.append(now)
            return Report(curves, following(seen.findings, seen.vitals, remedies))

        healthy = job.kind == "healthy"
        plan = forced(job, checkup) if healthy else candidates(checkup.findings, checkup.vitals)
        found = search(course, plan, again, only_plan=healthy)
        for trial, now in zip(found.trials, metrics, strict=True):
            record["tries"].append([trial.remedy.fault, trial.remedy.advice, trial.kept, trial.why, now])
            if trial.kept:
                record["after"] = now
        record["kept"] = [remedy.advice for remedy in found.kept]
        if job.case:
            record["twin"] = run_program(Job(job.half, "fixed", job.key, job.seed, job.case).make()[0], job.seed).metric
    except Exception:
        record["failed"] = traceback.format_exc(limit=-4)
    record["seconds"] = round(time.process_time() - began, 2)
    return record


def hurts(record: dict[str, Any]) -> bool:
    """Tell whether a faulty program counts: of faults that may be harmless, only those that do harm."""
    return (
        record["code"] not in table.HURTING or record["twin"] is None or record["twin"] - record["before"] >= table.HARM
    )


def reached(metric: float, twin: float | None) -> bool:
    """Tell whether a metric is within 5 % of the twin's.

    >>> reached(0.86, 0.9), reached(0.85, 0.9), reached(-0.04, 0.0)
    (True, False, True)
    """
    if twin is None:
        return False
    return metric >= twin * WITHIN if twin > 0 else metric >= twin - (1 - WITHIN)


def summary(records: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the table's rows: measure, seen, wanted."""
    faulty = [r for r in records if r["kind"] == "faulty" and hurts(r)]
    healthy = [r for r in records if r["kind"] == "healthy"]
    ill = [r for r in faulty if not reached(r["before"], r["twin"])]
    return [
        ("cured without a person, within 5 % of the twin", table.share(faulty, lambda r: reached(r["after"], r["twin"])), ">= 80 %"),
        ("of those that were not as good before", table.share(ill, lambda r: reached(r["after"], r["twin"])), ""),
        ("made worse by a cure that was kept", table.share(faulty, lambda r: r["after"] < HARM * r["before"]), ""),
        ("healthy runs harmed by a forced cure", table.share(healthy, lambda r: r["after"] < HARM * r["before"]), "<= 2 %"),
        ("forced cures that were kept", table.share(healthy, lambda r: r["kept"]), ""),
        ("failed", table.share(records, lambda r: r["failed"]), "0"),
        ("processor seconds a program", f"{sum(r['seconds'] for r in records) / max(len(records), 1):.2f}", ""),
    ]  # fmt: skip


def by_fault(records: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return a row a fault: programs, well before, cured, kept first."""
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record["kind"] == "faulty" and hurts(record):
            grouped[record["code"]].append(record)
    rows = []
    for code, group in sorted(grouped.items()):
        well = sum(reached(r["before"], r["twin"]) for r in group)
        cured = sum(reached(r["after"], r["twin"]) for r in group)
        kept = sorted({r["kept"][0] for r in group if r["kept"]}, key=len)
        rows.append((code, str(len(group)), str(well), str(cured), kept[0] if kept else ""))
    return rows


def measure(chosen: list[Job], count: int, tell: Callable[[str], object] = lambda line: None) -> list[dict[str, Any]]:
    """Return the records of all these jobs."""
    bench.warm()
    bench.LIMIT = LIMIT
    began = time.monotonic()
    records = []
    for number, (_, record) in enumerate(side_by_side(treat, chosen, count), 1):
        record.setdefault("kept", [])
        records.append({"tries": [], "kept": [], "before": -1.0, "after": -1.0, "twin": None, "code": "", **record})
        if number % 20 == 0 or number == len(chosen):
            left = (time.monotonic() - began) / number * (len(chosen) - number)
            tell(f"{number} of {len(chosen)} programs treated, {left / 60:.1f} minutes left")
    return records


def write(records: list[dict[str, Any]]) -> None:
    """Keep the tables for docs/results.md."""
    faulty = [r for r in records if r["kind"] == "faulty" and hurts(r)]
    text = (
        f"Measured by `run.py --full`: {len(faulty)} faulty programs of the report half whose fault a machine may cure, "
        f"{sum(r['kind'] == 'healthy' for r in records)} healthy ones. A remedy is applied from outside and kept only where "
        f"the validation improves; three runs at most. In brackets: counts, 95 % Wilson interval."
    )
    whole = {
        "title": "The doctor's cures",
        "text": text,
        "columns": ["measure", "seen", "wanted"],
        "rows": [list(r) for r in summary(records)],
    }
    columns = ["fault", "programs", "as good before", "cured", "what was kept, for one"]
    each = {
        "title": "Cures, fault by fault",
        "text": "The same runs.",
        "columns": columns,
        "rows": [list(r) for r in by_fault(records)],
    }
    for name, made in (("doctor_cures", whole), ("doctor_cures_faults", each)):
        (MEASURED / f"{name}.json").write_text(json.dumps({"table": made}, indent=1) + "\n", "utf-8")


def show(records: list[dict[str, Any]], said: bool) -> None:
    """Print the tables."""
    if said:
        for r in sorted(records, key=lambda r: r["name"]):
            counts = (
                ""
                if r["kind"] == "healthy"
                else ("cured" if reached(r["after"], r["twin"]) else "NOT CURED")
                if hurts(r)
                else "harmless"
            )
            twin = "" if r["twin"] is None else f"; twin {r['twin']:.3f}"
            print(
                f"\n{r['name']} {counts}: {r['before']:.3f} -> {r['after']:.3f}{twin} ({r['seconds']} s) {r['failed'] or ''}"
            )
            print(f"    found: {', '.join(r.get('found', []))}")
            for fault, advice, good, why, now in r["tries"]:
                print(f"    {'kept' if good else 'left'} {fault}: {advice} [{why}; test {now:.3f}]")
    for name, seen, wanted in summary(records):
        print(f"{name:48s} {seen:42s} {wanted}")
    print(f"\n{'fault':32s} runs  well before  cured")
    for code, count, well, cured, kept in by_fault(records):
        print(f"{code:32s} {count:>4s} {well:>12s} {cured:>6s}   {kept[:90]}")


def measured(count: int = 2) -> list[dict[str, Any]]:
    """Treat the report half, print the tables and keep them."""
    records = measure(jobs("report"), count, lambda line: print(line, file=sys.stderr, flush=True))
    show(records, said=False)
    write(records)
    return records


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=list(bench.HALVES), default="report", help="default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="programs whose name has one of these words")
    parser.add_argument("--kind", choices=["healthy", "faulty"], help="only these")
    parser.add_argument("--sample", type=int, metavar="N", help="N faulty programs and N healthy ones")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="side by side; default: %(default)s")
    parser.add_argument("--keep", metavar="FILE", help="write what came of each program there, one JSON a line")
    parser.add_argument("--said", action="store_true", help="print what was tried on every program")
    arguments = parser.parse_args()
    every = jobs(arguments.half)
    chosen = [job for job in every if not arguments.only or any(word in job.name for word in arguments.only)]
    chosen = [job for job in chosen if arguments.kind in (None, job.kind)]
    if arguments.sample:
        kinds = [[job for job in chosen if job.kind == kind] for kind in ("faulty", "healthy")]
        chosen = [
            one[(i * len(one)) // min(arguments.sample, len(one))]
            for one in kinds
            if one
            for i in range(min(arguments.sample, len(one)))
        ]
    if len(chosen) == len(every) and arguments.half == "report" and not arguments.said:
        measured(arguments.jobs)
        return
    records = measure(chosen, arguments.jobs, lambda line: print(line, file=sys.stderr, flush=True))
    if arguments.keep:
        Path(arguments.keep).write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    show(records, arguments.said)


if __name__ == "__main__":
    main()
