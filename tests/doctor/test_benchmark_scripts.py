"""The benchmark's whole scripts: every folder is complete, the sets share nothing, and the runner judges them right."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from glasswork.doctor.rules import codes

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "doctor"
SETS = ("calibration", "report")
PLACES = {"data", "optimizer", "loop", "loss", "model"}
pairs = [home for chosen in SETS for home in sorted((FOLDER / "scripts" / chosen).iterdir()) if home.name != "healthy"]
healthy = [path for chosen in SETS for path in sorted((FOLDER / "scripts" / chosen / "healthy").glob("*.py"))]
scripts = [home / f"{kind}.py" for home in pairs for kind in ("faulty", "fixed")] + healthy
named = {"ids": lambda path: f"{path.parent.name}/{path.name}"}


@pytest.mark.parametrize("home", pairs, **named)
def test_a_pair_is_complete_and_says_what_is_right(home):
    assert {path.name for path in home.iterdir()} - {"__pycache__"} == {"faulty.py", "fixed.py", "expect.json"}
    expected = json.loads((home / "expect.json").read_text("utf-8"))
    assert set(expected) == {"code", "also", "where", "planned_steps", "metric"}
    assert {expected["code"], *expected["also"]} <= set(codes())
    assert expected["code"] not in expected["also"]
    assert expected["planned_steps"] >= 1
    assert PLACES & set(expected["where"])
    source = (home / "faulty.py").read_text("utf-8")
    # A layer's name has a part that the script says: an attribute, a key, or the number that Sequential gives it.
    for place in set(expected["where"]) - PLACES:
        assert any(part.isdigit() or re.search(rf"\b{part}\b", source) for part in place.split(".")), place


def test_a_set_covers_forty_five_codes_with_pairs_and_healthy_scripts():
    for chosen in SETS:
        said = [
            json.loads((home / "expect.json").read_text("utf-8"))["code"]
            for home in pairs
            if home.parent.name == chosen
        ]
        assert len(said) >= 45
        assert len(set(said)) >= 45
        assert len([path for path in healthy if path.parents[1].name == chosen]) >= 25


def test_no_script_is_in_two_places_and_the_sets_share_no_name():
    assert len({path.read_text("utf-8") for path in scripts}) == len(scripts)
    names = [{home.name for home in (FOLDER / "scripts" / chosen).iterdir()} - {"healthy"} for chosen in SETS]
    assert not names[0] & names[1]
    assert len({path.name for path in healthy}) == len(healthy)


@pytest.mark.parametrize("path", scripts, **named)
def test_a_script_is_seeded_knows_nothing_of_the_doctor_and_says_its_metric(path):
    source = path.read_text("utf-8")
    ast.parse(source)
    assert "manual_seed(" in source
    assert "glasswork" not in source
    assert "metric:" in source
    # The mistake is not told in the script: what a stranger knows of, he mends.
    assert not re.search(r"\b(fault|faulty|bug|buggy|wrong|mistake)\b", source, re.IGNORECASE)


def test_the_runner_measures_resumes_and_judges(tmp_path):
    program = f"""
import pathlib, sys
sys.path.insert(0, {str(FOLDER)!r})
import scripts
scripts.KEPT = pathlib.Path({str(tmp_path)!r})
now = scripts.versions(scripts.jobs("calibration"))
scripts.versions = lambda chosen: now  # the sources may change meanwhile
for _ in range(2):
    print("BEGIN", file=sys.stderr)
    sys.argv[1:] = ["--set", "calibration", "--only", "digits_mlp_accumulates", "healthy/forty_steps"]
    scripts.main()
"""
    # A process of its own: the runner forks, and keeps what it loads.
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    _, measured, resumed = done.stderr.split("BEGIN")
    assert "6 of 6 runs" in measured
    assert "runs" not in resumed
    records = [json.loads(line) for line in (tmp_path / "scripts.jsonl").read_text().splitlines()]
    assert len(records) == 6
    assert all(record["failed"] is None for record in records)
    assert {record["status"] for record in records} == {0, 3}
    assert re.search(
        r"^DCTP +faulty +digits_mlp_accumulates .*\[missing-zero-grad\] missing-zero-grad at loop", done.stdout, re.M
    )
    assert re.search(r"^ok +fixed +digits_mlp_accumulates +0\.96", done.stdout, re.M)
    assert re.search(r"^ok +healthy +forty_steps +0\.98", done.stdout, re.M)
    assert done.stdout.count("100.0 % (3 of 3;") == 4  # the same output and the right status, both times


def test_what_a_script_prints_or_leaves_changes_the_verdict(tmp_path):
    program = f"""
import json, pathlib, sys
sys.path.insert(0, {str(FOLDER)!r})
import scripts
found = {{"fault": "dying-relu", "severity": "warning", "where": "0", "step": 1, "evidence": "", "raised_at": 1}}
home = scripts.SCRIPTS / "calibration" / "relu_all_dead"
job = scripts.Job("faulty", "relu_all_dead", home / "faulty.py", True)
bare = {{"status": 0, "stdout": "a", "metric": 0.1, "seconds": 1.0}}
seen = {{**bare, "stdout": "b", "stderr": "", "failed": None, "found": {{"findings": [found], "steps": 9}}}}
known = {{job.name: seen, job.name.removesuffix(" watched"): bare}}
row, = scripts.judged([job], known)
assert (row["same"], row["status_right"], row["must_hurt"]) == (False, True, True), row
seen["status"] = 3  # says critical where a warning is all there is
row, = scripts.judged([job], known)
assert row["status_right"] is False
assert scripts.metric(b"metric: nan") == scripts.metric(b"") == scripts.metric(b"metric: -1e9") == -10.0
assert scripts.metric(b"x\\nmetric: 0.5\\n") == 0.5
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
