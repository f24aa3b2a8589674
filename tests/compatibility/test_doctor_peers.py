"""The comparison with other tools: their codes are translated to ours, and one program runs under each."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from glasswork.doctor.rules import rules

for package in ("torchmortem", "torch_audit"):
    pytest.importorskip(
        package, reason=f"{package} is not installed: `make compatibility` runs these in their own environment"
    )
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "doctor"))
peers = pytest.importorskip("peers")

pytestmark = pytest.mark.filterwarnings("default")


def test_every_code_they_are_translated_to_is_a_fault_of_ours():
    known = set(rules())
    assert {
        code for table in (peers.TORCHMORTEM, peers.TORCH_AUDIT) for codes in table.values() for code in codes
    } <= known


def test_every_rule_of_theirs_that_raises_an_alarm_is_translated_or_left_out_on_purpose():
    from torch_audit.core import Severity
    from torch_audit.loader import load_runtime_validators

    every = {
        rule.id for one in load_runtime_validators() for rule in one.rules if rule.default_severity > Severity.INFO
    }
    no_fault_of_ours = {"TA300", "TA305", "TA400", "TA501"}
    assert every == (set(peers.TORCH_AUDIT) | peers.SPEED | no_fault_of_ours) & every
    assert (version("torchmortem"), version("torch-audit")) == ("0.1.1", "0.3.0")


@pytest.mark.parametrize("tool", ["torchmortem", "torch-audit"])
def test_a_program_learns_the_same_under_each_and_is_judged(tool):
    job = next(job for job in peers.doctor.jobs("calibration") if job.kind == "faulty" and "dying-relu" in job.name)
    record = peers.perform(tool, job)
    program, _ = job.make()
    assert record["failed"] is None
    assert record["metric"] == peers.run(program, job.seed).metric
    assert record["planned"] > 1
    kinds = [finding["fault"] for finding in record["findings"]]
    assert len(kinds) == len(set(kinds))
    assert any(peers.means_it(record, finding) for finding in record["findings"])
