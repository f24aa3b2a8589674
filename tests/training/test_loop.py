import io
import json
import math
import os
import signal

import numpy as np
import pytest
import torch
from torch import nn

from glasswork.errors import CheckpointError, DataError, NonFiniteError, RangeError, UsageError
from glasswork.learning import GradientDescent
from glasswork.training import Checkpoints, Progress, TensorSource, shuffled, train

N = 40


def source(count=N):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(count, 3, generator=generator)
    return TensorSource({"input": x}, (x @ torch.tensor([[1.0], [-2.0], [0.5]])))


def learner(seed=0, lr=0.01, dropout=0.0, **settings):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))
    return GradientDescent(model, nn.functional.mse_loss, torch.optim.Adam(model.parameters(), lr=lr), **settings)


def parts(valid=10):
    return {"train": np.arange(N - valid), "valid": np.arange(N - valid, N)}


def weights(it):
    return torch.cat([p.detach().reshape(-1) for p in it.evaluated.parameters()])


class Task:
    """A task whose metric follows a script, an epoch at a time."""

    monitor = "score"

    def __init__(self, script, direction="max"):
        self.script, self.monitor_direction, self.asked = list(script), direction, 0

    def meter(self):
        return self

    def update(self, outputs, targets):
        pass

    def compute(self):
        self.asked += 1
        return {"score": self.script[self.asked - 1]}


def test_it_is_the_textbook_loop():
    ours, theirs = learner(), learner()
    data = source()
    train(ours, data, {"train": np.arange(N)}, epochs=3, batch_size=16, seed=5)
    model, optimizer = theirs.model, theirs.optimizer
    for epoch in (1, 2, 3):
        order = shuffled(np.arange(N), seed=5, epoch=epoch)
        for start in range(0, N, 16):
            batch = data.batch(order[start : start + 16])
            optimizer.zero_grad()
            nn.functional.mse_loss(model(**batch.inputs), batch.targets).backward()
            optimizer.step()
    assert torch.equal(weights(ours), weights(theirs))


def test_lines_say_what_happened():
    lines = []
    history = train(learner(), source(), parts(), epochs=2, batch_size=8, log=lines.append, log_every=3)
    assert [(line["event"], line["step"], line["epoch"]) for line in lines] == [
        ("step", 1, 1),
        ("step", 3, 1),
        ("epoch", 4, 1),
        ("step", 6, 2),
        ("epoch", 8, 2),
    ]
    assert {"train/loss", "train/learning_rate", "train/gradient_norm", "time"} <= set(lines[0])
    assert set(lines[2]) == {"event", "step", "epoch", "time", "train/loss", "valid/loss"}
    assert history.epochs == [lines[2], lines[4]]
    assert history.stopped == "epochs"
    json.dumps(lines)


def test_the_epoch_loss_is_the_mean_over_examples_not_over_batches():
    it = learner(lr=0.0)
    history = train(it, source(), {"train": np.arange(N)}, epochs=1, batch_size=32)
    batch = source().batch(np.arange(N))
    expected = nn.functional.mse_loss(it.model(**batch.inputs), batch.targets).item()
    assert history.epochs[0]["train/loss"] == pytest.approx(expected, rel=1e-6)


def test_steps_end_within_an_epoch_and_are_still_validated():
    history = train(learner(), source(), parts(), steps=6, batch_size=8)
    assert [line["step"] for line in history.epochs] == [4, 6]
    assert history.stopped == "steps"
    assert "valid/loss" in history.last
    assert train(learner(), source(), parts(), steps=6, epochs=1, batch_size=8).stopped == "epochs"


def test_the_schedule_learns_how_many_updates_there_will_be():
    it = learner(accumulate=3)
    train(it, source(), {"train": np.arange(N)}, epochs=4, batch_size=8)  # 5 batches: updates after 3 and at the end
    assert it.steps == it.updates == 8
    it = learner(accumulate=3)
    train(it, source(), {"train": np.arange(N)}, steps=9, batch_size=8)
    assert it.steps == it.updates == 4


def test_early_stopping_restores_the_best_weights():
    kept = {}
    task = Task([1.0, 3.0, 2.0, 2.9, 5.0])
    it = learner()

    def log(line):
        if line["event"] == "epoch":
            kept[line["epoch"]] = weights(it).clone()

    stream = io.StringIO()
    shown = Progress(stream=stream)
    history = train(it, source(), parts(), task=task, epochs=9, batch_size=8, patience=2, log=log, progress=shown)
    said = "stopped after epoch 4: valid/score was best in epoch 2 (3); its weights are kept"
    assert stream.getvalue().splitlines()[-1] == said
    assert history.stopped == "patience"
    assert [line["valid/score"] for line in history.epochs] == [1.0, 3.0, 2.0, 2.9]
    assert history.best["epoch"] == 2
    assert torch.equal(weights(it), kept[2])
    assert not torch.equal(weights(it), kept[4])


def test_last_weights_stay_when_asked():
    it, kept = learner(), {}
    task = Task([3.0, 1.0])
    train(
        it,
        source(),
        parts(),
        task=task,
        epochs=2,
        batch_size=8,
        restore_best=False,
        log=lambda _: kept.update(w=weights(it).clone()),
    )
    assert torch.equal(weights(it), kept["w"])


def test_less_is_better_when_the_task_says_so_and_nan_never_is():
    task = Task([3.0, math.nan, 1.0, 2.0], direction="min")
    assert train(learner(), source(), parts(), task=task, epochs=4, batch_size=8).best["epoch"] == 3


def test_of_two_epochs_with_the_same_metric_the_one_with_less_loss_is_better():
    task = Task([1.0] * 4)
    history = train(learner(), source(), parts(), task=task, epochs=4, batch_size=8)
    losses = history.column("valid/loss")
    assert losses == sorted(losses, reverse=True)  # it learns
    assert history.best["epoch"] == 4


def test_the_averaged_weights_are_validated_and_restored():
    it = learner(ema=0.5)
    history = train(it, source(), parts(), epochs=2, batch_size=8)
    batch = source().batch(np.arange(N - 10, N))
    found = nn.functional.mse_loss(it.evaluated(**batch.inputs), batch.targets).item()
    assert found == pytest.approx(history.best["valid/loss"], rel=1e-6)


def test_dropout_and_frozen_normalisation_keep_their_modes():
    it = learner(dropout=0.5)
    it.model[1].eval()
    train(it, source(), parts(), epochs=1, batch_size=8)
    assert it.model[2].training
    assert not it.model[1].training


def run(folder=None, *, resume=None, epochs=4, **how):
    it = learner(dropout=0.3, ema=how.pop("ema", None), accumulate=how.pop("accumulate", 1))
    checkpoints = None if folder is None else Checkpoints(folder)
    lines = []
    history = train(
        it, source(), parts(), epochs=epochs, batch_size=7, seed=3, checkpoints=checkpoints, resume=resume,
        log=lines.append, log_every=2, **how,
    )  # fmt: skip
    return it, history, lines


class KilledError(Exception):
    pass


@pytest.mark.parametrize(("ema", "accumulate"), [(None, 1), (0.9, 1), (None, 3)])
@pytest.mark.parametrize("at", [1, 3, 5, 8, 11, 19])
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, ema, accumulate, at):
    how = {"ema": ema, "accumulate": accumulate, "checkpoint_steps": 2}
    whole, history, lines = run(tmp_path / "whole", **how)

    def stop(record, batch):
        if record.number == at:
            raise KilledError

    with pytest.raises(KilledError):
        run(tmp_path / "stopped", watch=stop, **how)
    torch.manual_seed(99)
    saved = Checkpoints(tmp_path / "stopped").latest()
    if at == 1:
        assert saved is None
    resumed, again, further = run(tmp_path / "stopped", resume=saved, **how)
    assert torch.equal(weights(whole), weights(resumed))

    def timeless(some):
        return [{name: value for name, value in line.items() if name != "time"} for line in some]

    lines_kept = saved.position.lines if saved else 0
    assert timeless(further) == timeless(lines[lines_kept:])
    assert timeless(again.epochs) == timeless(history.epochs)
    for pointer in ("best", "last"):
        a, b = (
            getattr(Checkpoints(tmp_path / name), {"best": "best", "last": "latest"}[pointer])()
            for name in ("whole", "stopped")
        )
        assert a.step == b.step
        for file in ("model.safetensors", "learner.safetensors"):
            assert (a.folder / file).read_bytes() == (b.folder / file).read_bytes()


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    whole, history, _ = run(tmp_path)
    resumed, again, lines = run(tmp_path, resume=Checkpoints(tmp_path).latest())
    assert torch.equal(weights(whole), weights(resumed))
    assert lines == []
    assert again.best == history.best


def test_going_on_from_the_checkpoint_before_when_the_last_is_damaged(tmp_path):
    whole, _, _ = run(tmp_path / "whole", checkpoint_steps=3)
    run(tmp_path / "cut", checkpoint_steps=3)
    said = []
    checkpoints = Checkpoints(tmp_path / "cut", say=said.append)
    last = checkpoints.latest().folder
    (last / "model.safetensors").write_bytes(b"")
    saved = checkpoints.latest()
    assert saved.folder != last
    assert said
    resumed, _, _ = run(tmp_path / "cut", resume=saved, checkpoint_steps=3)
    assert torch.equal(weights(whole), weights(resumed))


def test_same_seed_same_weights_and_another_seed_others():
    first, again = run()[0], run()[0]
    assert torch.equal(weights(first), weights(again))
    it = learner(dropout=0.3)
    train(it, source(), parts(), epochs=4, batch_size=7, seed=4)
    assert not torch.equal(weights(first), weights(it))


def test_ctrl_c_saves_and_then_goes_on_up(tmp_path):
    whole, _, _ = run()

    def press(record, batch):
        if record.number == 7:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, watch=press)
    assert signal.getsignal(signal.SIGINT) is before
    saved = Checkpoints(tmp_path).latest()
    assert saved.step == 7
    resumed, _, _ = run(tmp_path, resume=saved)
    assert torch.equal(weights(whole), weights(resumed))


def test_a_second_ctrl_c_does_not_wait(tmp_path):
    def press(record, batch):
        if record.number == 2:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, watch=press)
    assert Checkpoints(tmp_path).latest() is None


def test_the_last_good_checkpoint_survives_a_loss_that_is_not_finite(tmp_path):
    it = learner()

    def poison(record, batch):
        if record.number == 6:
            with torch.no_grad():
                it.model[0].weight[0, 0] = math.nan

    with pytest.raises(NonFiniteError, match=r"step 6: weight '0\.weight' became NaN"):
        train(it, source(), parts(), epochs=9, batch_size=8, checkpoints=Checkpoints(tmp_path), watch=poison)
    assert Checkpoints(tmp_path).latest().step == 4


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    it = learner()

    def poison(record, batch):
        if record.number == 8:  # the epoch's last: no later loss would tell
            with torch.no_grad():
                it.model[0].weight[0, 0] = math.inf

    with pytest.raises(NonFiniteError, match=r"step 8: weight '0\.weight' is infinite"):
        train(it, source(), parts(), epochs=2, batch_size=8, checkpoints=Checkpoints(tmp_path), watch=poison)
    assert Checkpoints(tmp_path).latest().step == 4


def test_other_settings_are_refused_on_resuming(tmp_path):
    run(tmp_path)
    saved = Checkpoints(tmp_path).latest()
    model = nn.Sequential(nn.Linear(3, 9), nn.Tanh(), nn.Dropout(0.1), nn.Linear(9, 1))
    other = GradientDescent(model, nn.functional.mse_loss, torch.optim.Adam(model.parameters()))
    with pytest.raises(CheckpointError, match=r"weight '0.weight' has shape \(8, 3\), the model expects \(9, 3\)"):
        train(other, source(), parts(), epochs=4, batch_size=7, resume=saved)


def test_refusals():
    with pytest.raises(UsageError, match=r"say how long to train, by epochs=\.\.\. or steps=\.\.\."):
        train(learner(), source(), parts())
    with pytest.raises(DataError, match="there are no training examples"):
        train(learner(), source(), {"valid": np.arange(3)}, epochs=1)
    with pytest.raises(UsageError, match="patience needs validation examples"):
        train(learner(), source(), {"train": np.arange(3)}, epochs=1, patience=2)
    with pytest.raises(RangeError, match="batch_size must be >= 1"):
        train(learner(), source(), parts(), epochs=1, batch_size=0)
    task = Task([1.0])
    task.monitor = "other"
    with pytest.raises(UsageError, match="metric 'other' was not measured; measured: loss, score"):
        train(learner(), source(), parts(), task=task, epochs=1)
