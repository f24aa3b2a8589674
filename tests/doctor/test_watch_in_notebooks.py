"""A notebook: cells run one after the other in one namespace, and the doctor watches from one cell to another."""

import linecache
import random

import numpy as np
import pytest
import torch

from glasswork.doctor.observing.observer import Observer

SET_UP = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
X = torch.randn(320, 8)
y = (X[:, 0] + X[:, 1] > 0).long()
loader = DataLoader(TensorDataset(X[:256], y[:256]), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
"""
BEGIN = "from glasswork.doctor import watch\nlooking = watch(model, optimizer)\ncheckup = looking.__enter__()"
TRAIN = """
for epoch in range(4):
    model.train()
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
"""
VALIDATE = """
model.eval()
with torch.no_grad():
    valid = nn.functional.cross_entropy(model(X[256:]), y[256:]).item()
"""
END = "looking.__exit__(None, None, None)"
AGAIN = """
model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
"""


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def notebook(*cells):
    """Run cells as a kernel does: compiled each by itself, under a name that no file has."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the global state is what must not move
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        name = f"<ipython-input-{number}>"
        linecache.cache[name] = len(cell), None, cell.splitlines(True), name
        exec(compile(cell, name, "exec"), names)  # noqa: S102 - cells are code
    return names


def ended(names):
    draws = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    return [value.clone() for value in names["model"].state_dict().values()], draws


def alarms(checkup):
    return [finding for finding in checkup.findings if finding.severity != "note"]


def test_cells_are_one_training_and_nothing_changes():
    weights, draws = ended(notebook(SET_UP, TRAIN, VALIDATE, TRAIN, VALIDATE))
    names = notebook(SET_UP, BEGIN, TRAIN, VALIDATE, TRAIN, VALIDATE, END)
    seen, after = ended(names)
    assert all(a.equal(b) for a, b in zip(weights, seen, strict=True))
    assert draws[0].equal(after[0])
    assert draws[1:] == after[1:]
    checkup = names["checkup"]
    assert len(checkup.vitals.steps) == 64
    assert [one.step for one in checkup.vitals.evaluations] == [32, 64]
    assert not alarms(checkup), checkup.text()
    assert not checkup.vitals.blind


def test_findings_can_be_read_between_two_cells():
    forgotten = TRAIN.replace("        optimizer.zero_grad()\n", "")
    names = notebook(SET_UP, BEGIN, forgotten, "early = [finding.fault for finding in checkup.findings]", VALIDATE, END)
    assert names["early"][0] == "missing-zero-grad"
    assert alarms(names["checkup"])[0].fault == "missing-zero-grad"


def test_a_cell_run_twice_and_a_model_made_anew_are_no_faults():
    names = notebook(SET_UP, BEGIN, TRAIN, TRAIN, END, AGAIN, BEGIN, TRAIN, TRAIN, TRAIN, VALIDATE, END)
    assert not alarms(names["checkup"]), names["checkup"].text()
    assert len(names["checkup"].vitals.models) == 1


def test_one_watch_over_a_model_made_anew_in_the_middle():
    names = notebook(SET_UP, BEGIN, TRAIN, TRAIN, AGAIN, TRAIN, TRAIN, TRAIN, VALIDATE, END)
    assert not alarms(names["checkup"]), names["checkup"].text()
    assert len(names["checkup"].vitals.models) == 2


def test_a_cell_that_fails_leaves_the_next_ones_as_they_were():
    names = notebook(SET_UP, BEGIN, TRAIN)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        exec("model(X[:, :5])", names)  # noqa: S102
    exec(TRAIN, names)  # noqa: S102
    exec(END, names)  # noqa: S102
    assert len(names["checkup"].vitals.steps) == 64
    assert not alarms(names["checkup"]), names["checkup"].text()
