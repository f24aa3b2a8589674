"""A stranger's script, run again with remedies: in a fresh process, never edited, kept only where it helps."""

import json

import pytest

from glasswork.doctor import run_script
from glasswork.doctor.remedies.course import Course
from glasswork.doctor.remedies.outcome import Outcome, sparkline
from glasswork.doctor.remedies.remedy import one
from glasswork.doctor.remedies.search import Found, Trial
from glasswork.doctor.remedies.trying import try_cures

SCRIPT = """\
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(400, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
train, valid = TensorDataset(x[:300], y[:300]), TensorDataset(x[300:], y[300:])
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
print("begins with", sys.argv[1])
for epoch in range(12):
    model.train()
    for a, b in DataLoader(train, 20, shuffle=True):
        {zero}
        loss = nn.functional.cross_entropy(model(a), b)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for a, b in DataLoader(valid, 50):
            nn.functional.cross_entropy(model(a), b)
"""


def write(folder, zero: str):
    path = folder / "train.py"
    path.write_text(SCRIPT.format(zero=zero))
    return path


def test_a_script_is_cured_and_left_as_it_is(tmp_path, capfd):
    path = write(tmp_path, "pass")
    text = path.read_text()
    checkup, _ = run_script(path, ["word"])
    assert checkup.findings[0].fault == "missing-zero-grad"
    capfd.readouterr()
    outcome = try_cures(path, ["word"], checkup)
    assert capfd.readouterr() == ("", "")  # what the script prints, it printed before
    assert path.read_text() == text
    assert sorted(one.name for one in tmp_path.iterdir()) == ["train.py"]
    assert [remedy.parts[0].kind for remedy in outcome.kept] == ["zero-grad"]
    assert outcome.found.after.correct[-1] > outcome.before.correct[-1] + 0.1
    assert outcome.found.after.correct[-1] > 0.85
    said = outcome.text()
    assert "kept: right in validation" in said
    assert "train.py was not changed. The change to make:" in said
    assert "train.py:19  optimizer.zero_grad()  before  loss.backward()" in said
    assert len([line for line in said.splitlines() if "▁" in line or "█" in line]) == 2
    json.dumps(outcome.to_json())


def test_no_time_is_said(tmp_path):
    path = write(tmp_path, "pass")
    checkup, _ = run_script(path, ["word"], experiments=False)
    outcome = try_cures(path, ["word"], checkup, budget=0.0)
    assert (outcome.kept, outcome.found.spent) == ([], True)
    assert "The time for cures was up" in outcome.text()


def test_a_healthy_script_is_left_alone(tmp_path):
    path = write(tmp_path, "optimizer.zero_grad()")
    checkup, _ = run_script(path, ["word"], experiments=False)
    assert [finding for finding in checkup.findings if finding.severity != "note"] == []
    outcome = try_cures(path, ["word"], checkup)
    assert outcome.found.trials == []
    assert outcome.text() == "cure: nothing that was found can be tried by a machine."


CRASH = """\
import os, sys
if any("again" in word for word in sys.orig_argv):
    os._exit(9)
"""


def test_a_remedy_with_which_the_script_dies_is_not_kept(tmp_path):
    path = write(tmp_path, "pass")
    checkup, _ = run_script(path, ["word"], experiments=False)
    path.write_text(CRASH)
    outcome = try_cures(path, [], checkup)
    assert outcome.kept == []
    assert outcome.found.trials[0].why == "it did not come to its end"


def test_text_says_what_was_left():
    remedy = one("divergence", "Clip the gradient norm at 1.", ("clip", {"norm": 1.0}))
    found = Found(Course(), [Trial(remedy, Course(), False, "validation loss: 1 -> 2")])
    said = Outcome("train.py", Course(), found).text()
    assert said.splitlines() == [
        "cure 1 of 1, divergence: Clip the gradient norm at 1.",
        "  left: validation loss: 1 -> 2",
        "Nothing that was tried made it better; the script was not changed.",
    ]


@pytest.mark.parametrize(
    ("values", "drawn"), [([1.0], "▁"), ([0.0, float("inf"), 8.0], "▁x█"), (list(range(9)), "▁▂▃▄▅▅▆▇█")]
)
def test_sparkline(values, drawn):
    assert sparkline(values, 0.0, 8.0) == (drawn if len(values) > 1 else "▂")
