import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from glasswork.errors import UsageError
from glasswork.training import Processes

SCRIPT = """
import sys
from pathlib import Path
import numpy as np, torch
from torch import nn
from glasswork.learning import GradientDescent
from glasswork.optimizers import Adam
from glasswork.training import Checkpoints, Processes, TensorSource, train

torch.set_num_threads(1)
out, stop = Path(sys.argv[1]), int(sys.argv[2])
with Processes.from_environment("cpu") as processes:
    torch.manual_seed(processes.rank)  # weights differ until they are made equal
    model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1), nn.Linear(1, 1)).double()
    model[3].weight.requires_grad_(False)
    optimizer = Adam(model.parameters(), lr=0.05)
    learner = GradientDescent(model, nn.functional.mse_loss, optimizer, accumulate=2, clip_norm=0.5, ema=0.9)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(41, 5, generator=generator, dtype=torch.float64)
    source = TensorSource({"input": x}, x[:, :1] * x[:, 1:2])
    checkpoints = Checkpoints(out / "checkpoints")
    lines = []
    train(
        learner, source, {"train": np.arange(31), "valid": np.arange(31, 41)},
        steps=stop, epochs=6, batch_size=6, seed=3,
        checkpoints=checkpoints, resume=checkpoints.latest(), processes=processes, log=lines.append, log_every=2,
    )
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    np.save(out / f"weights-{processes.rank}.npy", weights.numpy())
    if processes.first:
        np.save(out / "losses.npy", np.array([line["train/loss"] for line in lines]))
    elif lines:
        raise SystemExit("only the first process logs")
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(folder: Path, world: int, stop: int = 36) -> None:
    folder.mkdir(exist_ok=True)
    port = str(free_port())
    running = []
    for rank in range(world):
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        if world > 1:
            environment |= {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(world),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": port,
            }
        command = [sys.executable, "-c", SCRIPT, str(folder), str(stop)]
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes") / "two"
    run(folder, 2)
    return [np.load(folder / f"weights-{rank}.npy") for rank in (0, 1)], np.load(folder / "losses.npy")


@pytest.mark.timeout(280)
def test_two_processes_take_the_steps_of_one(tmp_path, by_two):
    # 31 examples in batches of 6: the last batch has one example, so that one process has none.
    run(tmp_path / "one", 1)
    one = np.load(tmp_path / "one" / "weights-0.npy")
    (first, second), losses = by_two
    assert np.abs(first - second).max() <= 1e-12
    assert np.abs(one - first).max() <= 1e-10
    np.testing.assert_allclose(np.load(tmp_path / "one" / "losses.npy"), losses, rtol=0, atol=1e-10)


@pytest.mark.timeout(280)
def test_two_processes_resume(tmp_path, by_two):
    run(tmp_path / "parts", 2, stop=12)
    run(tmp_path / "parts", 2)
    for rank in (0, 1):
        assert np.array_equal(by_two[0][rank], np.load(tmp_path / "parts" / f"weights-{rank}.npy"))


def test_shares_cover_the_batch():
    index = np.arange(11)
    shares = [Processes(rank=rank, world=4).share(index) for rank in range(4)]
    assert np.concatenate(shares).tolist() == index.tolist()
    assert {len(share) for share in shares} == {2, 3}


def test_alone_everything_is_as_if_there_were_no_processes(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = Processes.from_environment()
    assert (alone.rank, alone.world, alone.first) == (0, 1, True)
    assert alone.sums([1.0, 2.0], torch.device("cpu")) == [1.0, 2.0]
    assert alone.gather("a") == ["a"]
    assert alone.from_first({"a": 1}) == {"a": 1}
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.tensor([3.0, 6.0])  # the sum over 4 examples, divided by 2
    assert alone.mean_gradients([parameter], 2, 4)[0].tolist() == [1.5, 3.0]


def test_half_an_environment_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(UsageError, match="WORLD_SIZE is set but RANK is not; start several processes with torchrun"):
        Processes.from_environment()
