import io

import pytest
import torch

from glasswork.records import StepRecord
from glasswork.training import Progress


def go(progress, epochs, batches=5):
    progress.start(steps=epochs * batches, epochs=epochs, done=0, metric="valid/accuracy")
    for epoch in range(1, epochs + 1):
        for batch in range(batches):
            progress.step(StepRecord((epoch - 1) * batches + batch + 1, torch.tensor(0.5), 32), epoch)
        progress.epoch(
            {
                "event": "epoch",
                "epoch": epoch,
                "step": epoch * batches,
                "time": 1.5,
                "train/loss": 0.5,
                "valid/loss": 0.25,
                "valid/accuracy": 0.875,
            },
            best=epoch == 1,
        )
    progress.close()


@pytest.mark.parametrize("epochs", [1, 3, 20, 1000])
def test_a_log_stays_short_and_ends_with_the_last_epoch(epochs):
    stream = io.StringIO()
    go(Progress(stream=stream), epochs)
    lines = stream.getvalue().splitlines()
    assert 1 <= len(lines) < 10
    measured = "train/loss 0.5  valid/loss 0.25  valid/accuracy 0.875"
    assert lines[0] == f"epoch 1/{epochs}  {measured}  1.5 s  (best so far)"
    assert lines[-1].startswith(f"epoch {epochs}/{epochs} ")


def test_silence():
    stream = io.StringIO()
    progress = Progress(stream=stream, silent=True)
    go(progress, 3)
    progress.say("hello")
    assert stream.getvalue() == ""


def test_a_bar_on_a_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("glasswork.training.progress._EVERY", 0.0)
    progress = Progress(stream=stream, terminal=True)
    go(progress, 2)
    progress.say("a sentence")
    assert "loss 0.5" in stream.getvalue()
    assert "examples/s" in stream.getvalue()
    assert stream.getvalue().endswith("a sentence\n")
