"""The doctor on trainers that are not ours: Lightning, Hugging Face's Trainer, skorch; well, and broken.

Skipped, loudly, where the packages are not installed; `make compatibility` runs it in an environment of its own.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"
NEEDS = {"lightning_digits": "lightning", "trainer_bert": "accelerate", "skorch_digits": "skorch"}
for package in {*NEEDS.values(), "transformers"}:
    pytest.importorskip(
        package, reason=f"{package} is not installed: `make compatibility` runs these in their own environment"
    )

QUICK = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "HF_HUB_OFFLINE": "1"}
CLOCK = re.compile(r"'(\w*runtime|\w*per_second)': '[^']*'")


def run(*words):
    """Run a command; times are left out of what it printed."""
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False, env=QUICK)
    return done.returncode, CLOCK.sub("", done.stdout), done.stderr


def consult(name, fault, folder):
    """Run a script under the doctor; return its status, what it printed and the alarms."""
    status, printed, said = run(
        "-m", "glasswork", "doctor", "--json", folder / "found.json", SCRIPTS / f"{name}.py", "--fault", fault
    )
    found = json.loads((folder / "found.json").read_text("utf-8"))
    alarms = [finding for finding in found["findings"] if finding["severity"] != "note"]
    return status, printed, alarms, found, said


@pytest.mark.parametrize("name", NEEDS)
def test_a_well_one_is_clean_and_the_same_to_the_bit(name, tmp_path):
    plain_status, plain, _ = run(SCRIPTS / f"{name}.py")
    status, printed, alarms, found, said = consult(name, "none", tmp_path)
    assert (status, printed) == (plain_status, plain) == (0, printed), said
    assert "weights " in printed
    assert "random " in printed
    assert not alarms, said
    assert not found["blind"]
    assert found["steps"] >= 100


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.parametrize(
    ("fault", "codes", "places"),
    [
        ("rate", {"learning-rate-too-high"}, {"optimizer"}),
        ("softmax", {"loss-output-mismatch"}, {"head", "classifier", "output", "loss"}),
        (
            "head",
            {"parameters-not-in-optimizer", "frozen-or-unused-layers"},
            {"head", "classifier", "output", "dense0"},
        ),
    ],
)
def test_a_fault_is_seen_through_the_framework(name, fault, codes, places, tmp_path):
    _, _, alarms, _, said = consult(name, fault, tmp_path)
    assert alarms, said
    assert alarms[0]["fault"] in codes, said
    assert alarms[0]["where"].partition(">")[0] in places, said
