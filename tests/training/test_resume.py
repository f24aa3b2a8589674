"""A run that is killed for real, several times at random moments, and resumed, gives the same files, byte for byte."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glasswork.training import Checkpoints

SCRIPT = """
import json, sys, time
import numpy as np, torch
from torch import nn
from pathlib import Path
from glasswork.learning import GradientDescent
from glasswork.optimizers import AdamW
from glasswork.training import Checkpoints, TensorSource, train

torch.set_num_threads(1)
torch.manual_seed(0)
folder, log = Path(sys.argv[1]), Path(sys.argv[1]) / "metrics.jsonl"
folder.mkdir(exist_ok=True)
generator = torch.Generator().manual_seed(1)
x = torch.randn(300, 6, generator=generator)
y = (x[:, 0] * x[:, 1] > 0).long()


def augment(x, *, keys):
    return x + 0.01 * (keys % 5).view(-1, 1)


model = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, 2))
optimizer = AdamW(model.parameters(), lr=0.01)
learner = GradientDescent(
    model, nn.functional.cross_entropy, optimizer,
    schedule=lambda step, steps: 1 - step / steps, ema=0.95, clip_norm=1.0,
)
source = TensorSource({"input": x}, y, augment=augment, seed=2)
checkpoints = Checkpoints(folder / "checkpoints")
saved = checkpoints.latest()
lines = log.read_text().splitlines()[: saved.position.lines] if saved else []
log.write_text("".join(line + "\\n" for line in lines))


def write(line):
    del line["time"]
    with log.open("a") as file:
        file.write(json.dumps(line) + "\\n")


print("ready", flush=True)
train(
    learner, source, {"train": np.arange(240), "valid": np.arange(240, 300)}, epochs=12, batch_size=16, seed=7,
    checkpoints=checkpoints, resume=saved, checkpoint_steps=4, log=write, log_every=5,
    watch=lambda record, batch: time.sleep(0.004),
)
print("done", flush=True)
"""


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> None:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.split()[-1] == "done"


@pytest.mark.timeout(280)
def test_killed_again_and_again_it_ends_at_the_same_bytes(tmp_path):
    finish(start(tmp_path / "whole"))
    moments = random.Random(11)
    killed = 0
    for _ in range(6):
        process = start(tmp_path / "killed")
        assert process.stdout.readline().strip() == "ready"
        time.sleep(moments.uniform(0.05, 0.5))
        process.kill()
        process.communicate()
        killed += process.returncode == -9
    assert killed >= 3
    finish(start(tmp_path / "killed"))
    whole, again = Checkpoints(tmp_path / "whole" / "checkpoints"), Checkpoints(tmp_path / "killed" / "checkpoints")
    for a, b in ((whole.latest(), again.latest()), (whole.best(), again.best())):
        assert a.step == b.step
        for file in ("model.safetensors", "learner.safetensors"):
            assert (a.folder / file).read_bytes() == (b.folder / file).read_bytes()
    log = "metrics.jsonl"
    assert (tmp_path / "whole" / log).read_text() == (tmp_path / "killed" / log).read_text()
    assert not list((tmp_path / "killed" / "checkpoints").glob("*.partial"))
