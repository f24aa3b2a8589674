"""The benchmark of the doctor: its programs run, the same each time, and twins differ by the fault alone."""

import dataclasses
import itertools
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "doctor"
HALVES = ("calibration", "former", "report")


@pytest.fixture(scope="module")
def bench():
    """The benchmark's modules, which are scripts' neighbours and no package: gone from the path afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    import cases
    import table
    from programs import HALVES
    from programs.program import Program, run

    yield type(
        "Bench", (), {"cases": cases, "table": table, "HALVES": HALVES, "Program": Program, "run": staticmethod(run)}
    )
    sys.path.remove(str(FOLDER))
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("cases", "table", "programs", "operators"):
            del sys.modules[name]


def _short(program):
    # One or two epochs show that a program runs; a schedule asks how many steps there are by itself.
    return program.changed(epochs=min(program.epochs, 2))


def test_there_are_sixty_recipes_and_two_hundred_and_forty_faults_a_half(bench):
    assert tuple(bench.HALVES) == HALVES
    for half in HALVES:
        assert len(bench.HALVES[half]) == 60
        cases = bench.cases.cases(half)
        assert len(cases) >= 240
        assert len({case.key for case in cases}) == len(cases)
        assert {case.recipe for case in cases} <= set(bench.HALVES[half])
        assert not {case.seed for case in cases} & set(bench.cases.seeds())


def test_the_halves_share_no_recipe_and_no_data(bench):
    for one, other in itertools.combinations(bench.HALVES.values(), 2):
        assert not set(one) & set(other)
        rows = [{getattr(p.rows, "__name__", "") for p in half.values()} - {"made", "rare"} for half in (one, other)]
        assert not rows[0] & rows[1]


def test_every_code_that_can_be_expressed_has_cases_in_every_half(bench):
    codes = [{case.operator.code for case in bench.cases.cases(half)} for half in HALVES]
    assert codes[0] == codes[1] == codes[2]
    assert len(codes[0]) == 58
    assert codes[0] >= bench.table.HURTING


@pytest.mark.parametrize("half", HALVES)
def test_healthy_recipes_run(bench, half):
    for name, program in bench.HALVES[half].items():
        outcome = bench.run(program.changed(epochs=1), 0)
        assert outcome.error is None, name
        assert -1 <= outcome.metric <= 1, name


@pytest.mark.parametrize("half", HALVES)
def test_faulty_programs_run_and_only_wrong_shapes_crash(bench, half):
    seen = set()
    for case in bench.cases.cases(half):
        if (case.operator.code, case.operator.name) in seen or case.operator.code == "worker-seeds":
            continue
        seen.add((case.operator.code, case.operator.name))
        faulty = case.faulty()
        assert faulty.where, case.key
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch itself warns of some of the faults
            outcome = bench.run(faulty.program.changed(epochs=1), case.seed)
        assert (outcome.error is not None) == (case.operator.code == "shape-mismatch"), (case.key, outcome.error)


def test_a_run_is_the_same_every_time(bench):
    for name in ("mlp-digits-dropout", "conv-digits-augmented", "lstm-tokens"):
        first, again = (bench.run(_short(bench.HALVES["calibration"][name]), 3).metric for _ in range(2))
        assert first == again
    assert bench.run(_short(bench.HALVES["calibration"]["mlp-digits"]), 4).metric != first


def test_a_body_that_has_learned_before_draws_nothing_from_the_run(bench):
    from programs.report_pictures import Tuned

    torch.manual_seed(5)
    first = Tuned(4)  # trains the body, once a process
    torch.manual_seed(5)
    again = Tuned(4)
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not any(p.requires_grad for p in first.body.parameters())
    assert all(p.requires_grad and p.grad is None for p in Tuned(4, frozen=False).parameters())


def test_a_twin_differs_by_the_fault_alone(bench):
    # At most three lines of the script change, most often one; the data stays the same object unless it is the fault.
    for half in HALVES:
        for case in bench.cases.cases(half):
            faulty = case.faulty()
            fixed = faulty.fixed or bench.HALVES[half][case.recipe]
            different = [
                field.name
                for field in dataclasses.fields(faulty.program)
                if field.name != "kept" and getattr(faulty.program, field.name) is not getattr(fixed, field.name)
                and getattr(faulty.program, field.name) != getattr(fixed, field.name)
            ]  # fmt: skip
            assert 1 <= len(different) <= 3, (case.key, different)
            assert faulty.program.rows is fixed.rows
            assert faulty.program.metric is fixed.metric


def test_a_fault_in_first_weights_leaves_all_other_weights_alone(bench):
    case = next(c for c in bench.cases.cases("calibration") if c.operator.code == "dying-relu")
    faulty, fixed = case.faulty().program, bench.HALVES["calibration"][case.recipe]
    models = []
    for program in (faulty, fixed):
        torch.manual_seed(0)
        models.append(program.network().state_dict())
    different = [name for name in models[0] if not torch.equal(models[0][name], models[1][name])]
    assert different == ["body.0.bias"]


def test_wilson_by_hand(bench):
    # 1 of 1, z = 1.96: centre (1 + 1.9208) / (1 + 3.8416) = 0.6033, half width 1.96 sqrt(3.8416 / 4) / 4.8416 = 0.3967
    assert bench.table.wilson(1, 1) == pytest.approx((0.2065, 1.0), abs=1e-4)
    assert bench.table.wilson(0, 0) == (0, 1)


def _record(kind, key="k", metric=0.9, findings=(), **fields):
    facts = {"code": "dying-relu", "also": [], "where": ["body.0"], "moment": "", "must_hurt": True, "seed": 0}
    if kind == "healthy":
        facts |= {"code": "", "must_hurt": False}
    made = [{"fault": f, "severity": s, "where": w, "step": t, "raised_at": t} for f, s, w, t in findings]
    base = {
        "kind": kind,
        "key": key,
        "metric": metric,
        "findings": made,
        "planned": 100,
        "failed": None,
        "seconds": 1.0,
    }
    return {**base, **facts, **fields}


def test_the_table_by_hand(bench):
    runs = [
        _record("faulty", "a", 0.2, [("dying-relu", "critical", "body.0>relu", 4)]),
        _record("fixed", "a"),
        _record("faulty", "b", 0.2, [("plateau", "warning", "loop", 1), ("dying-relu", "warning", "body.0", 8)]),
        _record("fixed", "b", findings=[("plateau", "note", "loop", 1)]),
        _record("faulty", "harmless", 0.85, [("dying-relu", "warning", "body.0", 8)]),
        _record("fixed", "harmless"),
        _record("healthy"),
    ]
    rows = {name: seen for name, seen, _ in bench.table.summary(runs)}
    assert rows["faulty runs detected"].startswith("100.0 % (2 of 2;")
    assert rows["right cause first"].startswith("50.0 % (1 of 2;")
    assert rows["right cause in the first three"].startswith("100.0 % (2 of 2;")
    assert rows["right place first"].startswith("50.0 % (1 of 2;")
    assert rows["healthy runs with an alarm"].startswith("50.0 % (1 of 2;")  # the harmless fault is one of them
    assert rows["fixed twins with an alarm left"].startswith("0.0 % (0 of 3;")  # a note is no alarm
    assert rows["planned steps until the right alarm, median"] == "6.0 %"


def test_what_is_said_of_the_report_half_is_not_read():
    words = [sys.executable, str(FOLDER / "run.py"), "--said"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "nobody reads what is said of the report half" in done.stderr


def test_the_runner_measures_resumes_and_judges_again(tmp_path):
    program = f"""
import pathlib, sys
sys.path.insert(0, {str(FOLDER)!r})
import run
run.KEPT = pathlib.Path({str(tmp_path)!r})
for words in (["--keep"], [], ["--replay"]):
    print("BEGIN", file=sys.stderr)
    sys.argv[1:] = ["--half", "calibration", "--kind", "healthy", "--only", "mlp-moons-sgd/0", *words]
    run.main()
"""
    # A process of its own: the runner forks, and keeps what it loads.
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    _, measured, resumed, _ = done.stderr.split("BEGIN")
    assert "1 of 1 runs" in measured
    assert "runs" not in resumed
    (line,) = (tmp_path / "runs.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record["failed"] is None
    assert record["metric"] > 0.9
    assert done.stdout.count("healthy runs with an alarm") == 3
