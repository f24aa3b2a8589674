import errno
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from glasswork.errors import CheckpointError, TrainingError
from glasswork.learning import GradientDescent
from glasswork.records import Batch
from glasswork.training import Checkpoints, load_weights, take_snapshot
from glasswork.training import checkpoints as room


def learner(seed=0, hidden=4):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    return GradientDescent(model, nn.functional.mse_loss, torch.optim.Adam(model.parameters(), lr=0.1), ema=0.9)


def learn(it, steps=1):
    for _ in range(steps):
        it.step(Batch({"input": torch.ones(2, 3)}, torch.zeros(2, 1)))
    return it


def state(step):
    position = {"step": step, "epoch": 1, "batch": step, "lines": 0, "seconds": 0.5, "totals": [1.5, 8]}
    return {"position": position, "note": "kept"}


def save(checkpoints, it, step, **how):
    return checkpoints.save(take_snapshot(it, state(step)), **how)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(a, b):
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def said():
    return []


@pytest.fixture
def checkpoints(tmp_path, said):
    return Checkpoints(tmp_path / "checkpoints", say=said.append)


def test_a_learner_comes_back(checkpoints):
    one = learn(learner(), 3)
    save(checkpoints, one, 3)
    saved = checkpoints.latest()
    other = learner(seed=9)
    saved.load(other)
    assert same(weights(one.model), weights(other.model))
    assert same(weights(one.evaluated), weights(other.evaluated))
    assert (saved.step, saved.position.totals, saved.state["note"]) == (3, (1.5, 8), "kept")
    learn(one, 2)
    learn(other, 2)
    assert same(weights(one.model), weights(other.model))
    assert other.number == 5


def test_what_is_saved_as_the_model_is_what_predicts(checkpoints):
    one = learn(learner(), 3)
    save(checkpoints, one, 3, best=True)
    assert same(checkpoints.best().weights(), weights(one.evaluated))
    assert not same(checkpoints.best().weights(), weights(one.model))


def test_only_best_last_and_the_one_before_stay(checkpoints):
    one = learner()
    for step in range(1, 7):
        save(checkpoints, learn(one), step, best=step == 2)
    assert names(checkpoints.folder) == ["best.json", "last.json", "step-2", "step-5", "step-6"]
    assert checkpoints.best().step == 2
    assert checkpoints.latest().step == 6


def test_no_checkpoint_yet(checkpoints):
    assert checkpoints.latest() is None
    assert checkpoints.best() is None


@pytest.mark.parametrize("file", ["model.safetensors", "learner.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_checkpoint_is_passed_over_aloud(checkpoints, said, file, damage):
    one = learner()
    for step in (1, 2):
        save(checkpoints, learn(one), step)
    path = checkpoints.folder / "step-2" / file
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    else:
        path.unlink()
    assert checkpoints.latest().step == 1
    assert len(said) == 1
    assert file in said[0]
    assert "Going back to the checkpoint of step 1." in said[0]
    with pytest.raises(CheckpointError, match=file):
        checkpoints.load("step-2")


def test_a_folder_without_checksums_is_ignored(checkpoints, said):
    one = learner()
    for step in (1, 2):
        save(checkpoints, learn(one), step)
    (checkpoints.folder / "step-2" / "checksums.json").unlink()
    assert checkpoints.latest().step == 1
    assert "incomplete" in said[0]


def test_all_damaged_is_an_error_and_not_a_fresh_start(checkpoints):
    save(checkpoints, learn(learner()), 1)
    (checkpoints.folder / "step-1" / "state.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no checkpoint is whole"):
        checkpoints.latest()


def test_unreadable_pointers_do_not_hide_checkpoints(checkpoints, said):
    save(checkpoints, learn(learner()), 1)
    (checkpoints.folder / "last.json").write_text("{")
    assert checkpoints.latest().step == 1
    (checkpoints.folder / "last.json").write_text(json.dumps({"folder": "../../elsewhere", "step": 1}))
    assert checkpoints.latest().step == 1
    assert "last.json: not readable" in said[0]


def test_a_step_saved_twice_does_not_touch_the_first(checkpoints):
    one = learn(learner())
    first = save(checkpoints, one, 1)
    second = save(checkpoints, learn(one), 1)
    assert (first.name, second.name) == ("step-1", "step-1-2")
    assert checkpoints.latest().folder == second
    assert same(checkpoints.latest().weights(), weights(one.evaluated))


@pytest.mark.parametrize("at", range(1, 9))
def test_a_full_disk_at_any_write_loses_nothing(checkpoints, monkeypatch, at):
    one = learn(learner())
    save(checkpoints, one, 1, best=True)
    before = weights(one.evaluated)
    calls = []
    write = room._write_synced

    def full(path: Path, content: bytes):
        calls.append(path)
        if len(calls) == at:
            path.write_bytes(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(room, "_write_synced", full)
    if at <= 6:
        with pytest.raises(TrainingError, match=r"the disk is full while saving step 2 \(about 1 MB are needed\)"):
            save(checkpoints, learn(one), 2, best=True)
    else:
        save(checkpoints, learn(one), 2, best=True)
    monkeypatch.undo()
    best, last = checkpoints.best(), checkpoints.latest()
    assert best.step in (1, 2)
    assert last.step in (1, 2)
    if best.step == 1:
        assert same(best.weights(), before)
    assert not [name for name in names(checkpoints.folder) if name.endswith(".partial")]
    save(checkpoints, learn(one), 3)
    assert checkpoints.latest().step == 3


def test_weights_of_another_architecture_are_refused(checkpoints):
    save(checkpoints, learn(learner()), 1)
    with pytest.raises(CheckpointError, match=r"weight '0.weight' has shape \(4, 3\), the model expects \(7, 3\)"):
        checkpoints.latest().load(learner(hidden=7))
    with pytest.raises(CheckpointError, match="weight 'bias' of the model is not in the checkpoint"):
        load_weights(nn.Linear(1, 1), {"weight": torch.zeros(1, 1)}, "here")
    with pytest.raises(CheckpointError, match="has weight 'more', which the model lacks"):
        load_weights(nn.Linear(1, 1, bias=False), {"weight": torch.zeros(1, 1), "more": torch.zeros(1)}, "here")


def test_tied_weights_are_saved_under_both_names(checkpoints):
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    it = GradientDescent(model, nn.functional.mse_loss, torch.optim.SGD(model.parameters(), lr=0.1))
    save(checkpoints, it, 1)
    assert set(checkpoints.latest().weights()) == {"0.weight", "1.weight"}
    checkpoints.latest().load(it)
