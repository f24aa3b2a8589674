"""Other tools on the same trainings: how often each is right, and how often it cries wolf.

    .venv-peers/bin/python benchmarks/doctor/peers.py                               # the report half; writes benchmarks/measured
    .venv-peers/bin/python benchmarks/doctor/peers.py --half calibration --sample 20
    .venv-peers/bin/python benchmarks/doctor/peers.py --tools torchmortem --half calibration --only vanishing --said

`make compatibility` builds the environment. Every program runs once under each tool, used as its own documentation says:

torchmortem   `with Autopsy(model, optimizer) as autopsy`, `autopsy.step(loss=loss.item())` after each step, its default
              sampling; an alarm is a finding of severity WARNING or CRITICAL, in the order of its report.
torch-audit   static and initial audit, then its wrappers for forward, backward and step, each step audited
              (`every_n_steps=1`; its default of 1000 sees one step of these trainings); an alarm is a finding of
              severity WARN, ERROR or FATAL. It does not rank findings: gravest first, then by rule as its console does.

Both are given the model and the optimizer themselves; a GAN's two players have a watcher each. The doctor is measured on the
same programs by run.py, whose records are used where they are there. A stopped comparison goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version as installed
from typing import Any

import run as doctor
import table
from programs.program import Program, run

KNOWN = doctor.KEPT / "peers.jsonl"

# What each finding of theirs means in our codes, widely read: any of these counts as right.
TORCHMORTEM = {
    "Vanishing gradients detected": ["vanishing-gradient"],
    "Exploding gradients detected": ["exploding-gradient"],
    "Gradient stalling": ["vanishing-gradient", "dying-relu", "saturated-activation", "detached-graph", "frozen-or-unused-layers"],
    "Dead units": ["dying-relu"],
    "Activation saturation": ["saturated-activation"],
    "Update ratio too low": ["learning-rate-too-low", "vanishing-gradient", "slow-convergence"],
    "Update ratio too high": ["learning-rate-too-high"],
    "Training divergence detected": ["divergence", "learning-rate-too-high", "non-finite"],
    "Loss plateau detected": ["plateau", "slow-convergence", "underfitting"],
    "Rank collapse": ["representation-collapse"],
    "Weight norm explosion": ["weight-growth"],
    "Stagnant weight norms": ["parameters-not-in-optimizer", "frozen-or-unused-layers", "learning-rate-too-low", "detached-graph"],
    "Inter-layer weight norm imbalance": ["initialisation-scale"],
    "High gradient noise (low SNR)": ["batch-size-noise"],
}  # fmt: skip
TORCH_AUDIT = {
    "TA100": ["non-finite", "non-finite-data"],
    "TA102": ["exploding-gradient"],
    "TA103": ["dying-relu", "frozen-or-unused-layers"],
    "TA104": ["detached-graph", "frozen-or-unused-layers"],
    "TA105": ["dying-relu"],
    "TA301": ["unscaled-inputs"],
    "TA302": ["constant-feature", "scaled-twice"],
    "TA303": ["channel-order"],
    "TA304": ["tiny-batch-norm"],
    "TA401": ["optimizer-settings", "over-regularised"],
    "TA402": ["optimizer-settings", "over-regularised"],
    "TA403": ["optimizer-settings", "over-regularised"],
    "TA405": ["zero-initialisation"],
    "TA500": ["frozen-or-unused-layers"],
}
SPEED = {"TA200", "TA201", "TA202", "TA203"}  # hints on hardware: no word on whether the training is right


class Torchmortem:
    """One Autopsy a model and optimizer."""

    package = "torchmortem"

    def __init__(self, program: Program):
        self.autopsies: dict[int, Any] = {}
        self.loss = 0.0
        self._backward, self._take_step = program.backward, program.take_step
        self.program = program.changed(backward=self.backward, take_step=self.take_step)

    def backward(self, loss: Any) -> None:
        self._backward(loss)
        self.loss = loss.item()

    def take_step(self, optimizer: Any) -> None:
        self._take_step(optimizer)
        self.autopsies[id(optimizer)].step(loss=self.loss)

    @contextmanager
    def watch(self, model: Any, optimizer: Any, program: Program) -> Iterator[Torchmortem]:
        from torchmortem import Autopsy

        with ExitStack() as stack:
            for part, stepper in players(model, optimizer):
                autopsy = Autopsy(part, optimizer=stepper)
                self.autopsies[id(stepper)] = stack.enter_context(autopsy)
                if program.loop == "closure":
                    stepper.register_step_post_hook(lambda *_, a=autopsy: a.step(loss=self.loss))
            yield self

    def findings(self) -> list[dict[str, Any]]:
        grave = {"CRITICAL": "critical", "WARNING": "warning", "INFO": "note"}
        every = [one for autopsy in self.autopsies.values() for one in autopsy.get_report().findings]
        found = []
        for one in sorted(every, key=lambda finding: -finding.severity):  # stable: the order of its report
            name = one.title.partition(" in ")[0]
            found.append(
                said(name, grave[one.severity.name], TORCHMORTEM.get(name, []), one.affected_layers[:1], one.summary)
            )
        return found


class TorchAudit:
    """One Auditor a model and optimizer: its wrappers stand where the loop has its own lines."""

    package = "torch-audit"

    def __init__(self, program: Program):
        self.auditors: dict[int, Any] = {}
        self.current: Any = None
        self._program = program
        self.program = program.changed(forward=self.forward, backward=self.backward, take_step=self.take_step)

    def forward(self, model: Any, x: Any) -> Any:
        import torch

        training = torch.is_grad_enabled() and self.current is not None and self._program.loop != "gan"
        return self._program.forward(self.current.forward if training else model, x)

    def backward(self, loss: Any) -> None:
        own = self._program.backward
        if self._program.loop == "gan":  # which player's loss it is, only the step tells: gradients are looked at there
            return own(loss)

        class Line:  # the loop's own line, faulty or not, where the wrapper says loss.backward()
            def backward(self) -> None:
                own(loss)

        self.current.backward(Line())
        return None

    def take_step(self, optimizer: Any) -> None:
        auditor = self.auditors[id(optimizer)]

        class Line:
            def step(self) -> None:
                auditor.optimizer = optimizer
                auditor.optimizer_step()

            def __getattr__(self, name: str) -> Any:
                return getattr(optimizer, name)

        self._program.take_step(Line())

    @contextmanager
    def watch(self, model: Any, optimizer: Any, program: Program) -> Iterator[TorchAudit]:
        from torch_audit import audit_dynamic, autopatch

        with ExitStack() as stack:
            for part, stepper in players(model, optimizer):
                if program.loop in (
                    "gan",
                    "closure",
                ):  # the loop calls models and steps itself: the mode without wrappers
                    auditor = autopatch(part, optimizer=stepper, every_n_steps=1, patch_model=program.loop == "gan")
                    stack.callback(auditor.unpatch)
                else:
                    auditor = stack.enter_context(audit_dynamic(part, optimizer=stepper, every_n_steps=1))
                self.auditors[id(stepper)] = self.current = auditor
            yield self

    def findings(self) -> list[dict[str, Any]]:
        grave = {"FATAL": "critical", "ERROR": "critical", "WARN": "warning", "INFO": "note"}
        every = [one for auditor in self.auditors.values() for one in auditor.finish().findings]
        every.sort(key=lambda one: (-one.severity._rank(), one.rule_id))
        return [
            said(
                one.rule_id, grave[one.severity.value], TORCH_AUDIT.get(one.rule_id, []), [one.module_path], one.message
            )
            for one in every
        ]


TOOLS: dict[str, Any] = {tool.package: tool for tool in (Torchmortem, TorchAudit)}


def players(model: Any, optimizer: Any) -> list[tuple[Any, Any]]:
    """Return each model with its optimizer: two pairs in a GAN."""
    if hasattr(optimizer, "critic"):
        return [(model.critic, optimizer.critic), (model.generator, optimizer.generator)]
    return [(model, optimizer)]


def said(name: str, severity: str, codes: list[str], where: list[Any], text: str) -> dict[str, Any]:
    """Return a finding of another tool in the form of ours, with the codes it may mean."""
    place = where[0] if where and where[0] else "model"
    return {"fault": name, "severity": severity, "codes": codes, "where": place, "step": None, "evidence": text}


def once(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first finding of each kind: layer after layer and step after step may say the same."""
    first: dict[str, dict[str, Any]] = {}
    for finding in found:
        first.setdefault(finding["fault"], finding)
    return list(first.values())


def perform(tool: str, job: doctor.Job) -> dict[str, Any]:
    """Train one program under a tool; runs in a process of its own."""
    import logging

    import torch

    logging.disable(logging.CRITICAL)
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
    record |= {"tool": tool, "metric": -1.0, "planned": 1, "error": None, "findings": [], "failed": None}
    start, began = time.process_time(), time.perf_counter()
    try:
        watcher = TOOLS[tool](program)
        outcome = run(watcher.program, job.seed, watcher.watch)
        record |= {"metric": outcome.metric, "planned": outcome.planned, "error": outcome.error}
        record["findings"] = once(watcher.findings())
    except Exception:
        record["failed"] = traceback.format_exc(limit=-4)
    record |= {"seconds": round(time.process_time() - start, 3), "wall": round(time.perf_counter() - began, 3)}
    return record


def version(tool: str) -> str:
    """Return a hash of the programs, of this file and of the tool's version."""
    digest = hashlib.sha256(f"{tool} {installed(tool)}".encode())
    for path in (doctor.HERE / "peers.py", *sorted((doctor.HERE / "programs").glob("*.py")), *sorted((doctor.HERE / "operators").glob("*.py"))):  # fmt: skip
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def measure(tool: str, chosen: list[doctor.Job], count: int) -> list[dict[str, Any]]:
    """Return a tool's records of these jobs; measure those that are not known yet."""
    now = version(tool)
    lines = KNOWN.read_text("utf-8").splitlines() if KNOWN.is_file() else []
    known = {r["name"]: r for r in map(json.loads, lines) if r["tool"] == tool and r["version"] == now}
    todo = [job for job in chosen if job.name not in known]
    KNOWN.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with KNOWN.open("a", encoding="utf-8") as out:
        for number, (job, record) in enumerate(doctor.side_by_side(partial(perform, tool), todo, count), 1):
            known[job.name] = record | {"tool": tool, "version": now}
            out.write(json.dumps(known[job.name]) + "\n")
            out.flush()
            if number % 50 == 0 or number == len(todo):
                left = (time.monotonic() - began) / number * (len(todo) - number)
                print(
                    f"{tool}: {number} of {len(todo)} runs, {left / 60:.1f} minutes left", file=sys.stderr, flush=True
                )
    return [known[job.name] for job in chosen]


def warm() -> None:
    """Load once what every run needs."""
    import torch_audit.loader
    import torchmortem

    doctor.warm()
    torch_audit.loader.load_runtime_validators()
    del torchmortem


def means_it(record: dict[str, Any], finding: dict[str, Any]) -> bool:
    """Tell whether a finding names the run's fault."""
    return bool({finding["fault"], *finding.get("codes", [])} & table.right_codes(record))


def column(records: list[dict[str, Any]], basis: list[dict[str, Any]]) -> list[str]:
    """Return one tool's figures; which faults did harm is told by the records that all tools share."""
    metrics = {record["name"]: record["metric"] for record in basis}
    records = [record | {"metric": metrics[record["name"]]} for record in records]
    faulty, fixed, healthy, harmless = table.sort_out(records)
    well, twins = healthy + harmless, {record["key"]: record for record in fixed}
    any_alarm: Callable[[dict[str, Any]], bool] = lambda r: bool(table.alarms(r))  # noqa: E731
    among = lambda r, count: any(means_it(r, f) for f in table.alarms(r)[:count])  # noqa: E731
    apart = lambda r: any_alarm(r) and r["key"] in twins and not any_alarm(twins[r["key"]])  # noqa: E731
    critical = lambda r: any(f["severity"] == "critical" for f in r["findings"])  # noqa: E731
    return [
        table.share(faulty, any_alarm),
        table.share(faulty, lambda r: among(r, 1)),
        table.share(faulty, lambda r: among(r, 3)),
        table.share(faulty, lambda r: among(r, None)),
        table.share(faulty, apart),
        table.share(well, any_alarm),
        table.share(well, critical),
        table.share(fixed, any_alarm),
        table.share(records, lambda r: bool(r["failed"])),
        f"{sorted(r['seconds'] for r in records)[len(records) // 2]:.2f}" if records else "",
    ]


MEASURES = [
    "faulty runs with an alarm", "right cause first", "right cause in the first three", "right cause among all alarms",
    "alarm on the faulty run, none on its fixed twin", "healthy runs with an alarm", "healthy runs with a critical alarm",
    "fixed twins with an alarm", "tool failed", "processor seconds a run, median, training included",
]  # fmt: skip


def quiet(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without hints on hardware."""
    return record | {"findings": [f for f in record["findings"] if f["fault"] not in SPEED]}


def compared(by_tool: dict[str, list[dict[str, Any]]]) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of the table."""
    basis = next(iter(by_tool.values()))
    columns = {}
    for tool, records in by_tool.items():
        columns[tool if tool == "doctor" else f"{tool} {installed(tool)}"] = column(records, basis)
        if tool == "torch-audit":
            columns["the same, without its hints on speed"] = column([quiet(record) for record in records], basis)
    return ["measure", *columns], [list(row) for row in zip(MEASURES, *columns.values(), strict=True)]


def write(columns: list[str], rows: list[list[str]], by_tool: dict[str, list[dict[str, Any]]]) -> None:
    """Keep the table for docs/results.md."""
    records = next(iter(by_tool.values()))
    counts = [sum(record["kind"] == kind for record in records) for kind in ("faulty", "fixed", "healthy")]
    text = (
        f"The programs of the report half ({counts[0]} faulty, {counts[1]} fixed twins, {counts[2]} healthy), once under each tool, "
        "used as its documentation says: model, optimizer, losses and batches given, its default sampling; torch-audit looks at every "
        "step. An alarm is what the tool itself grades as warning or worse. A finding counts as the right cause where any of the codes "
        "that it may mean is the fault (table in benchmarks/doctor/peers.py); findings in the tool's own order, each kind once; "
        "torch-audit does not rank, so gravest first. Measured by .venv-peers/bin/python benchmarks/doctor/peers.py. In brackets: "
        "counts, 95 % Wilson interval."
    )
    made = {"title": "The doctor beside other tools", "text": text, "columns": columns, "rows": rows}
    path = doctor.MEASURED / "doctor_peers.json"
    path.write_text(json.dumps({"table": made}, indent=1) + "\n", "utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=list(doctor.HALVES), default="report", help="default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="runs whose name has one of these words")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="N faulty programs with their twins, and N healthy ones"
    )
    parser.add_argument("--tools", nargs="+", choices=["doctor", *TOOLS], default=["doctor", *TOOLS])
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="side by side; default: %(default)s")
    parser.add_argument("--said", action="store_true", help="print what was said of every run")
    arguments = parser.parse_args()
    every = doctor.jobs(arguments.half)
    chosen = [job for job in every if not arguments.only or any(word in job.name for word in arguments.only)]
    if arguments.sample:
        chosen = doctor.sampled(chosen, arguments.sample)
    warm()
    by_tool = {}
    for tool in arguments.tools:
        settings = argparse.Namespace(again=False, keep=False, jobs=arguments.jobs)
        by_tool[tool] = doctor.measure(chosen, settings) if tool == "doctor" else measure(tool, chosen, arguments.jobs)
    columns, rows = compared(by_tool)
    for row in [columns, *rows]:
        print(f"{row[0]:50s} " + "  ".join(f"{cell:44s}" for cell in row[1:]))
    if arguments.said:
        for tool, records in by_tool.items():
            for record in records:
                print(f"\n{tool}: {record['name']} {record['failed'] or record['error'] or ''}")
                for f in record["findings"]:
                    print(f"    {f['severity']:8s} {f['fault']} at {f['where']}: {f['evidence'][:150]}")
    if len(chosen) == len(every) and arguments.half == "report" and len(by_tool) == 1 + len(TOOLS):
        write(columns, rows, by_tool)


if __name__ == "__main__":
    main()
