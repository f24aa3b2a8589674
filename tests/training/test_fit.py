import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import glasswork as gw
from glasswork.errors import DataError, UsageError
from glasswork.training import Progress, TensorSource, fit

LIGHT = """
import sys
import numpy as np, torch
import glasswork as gw
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
X, y = np.random.rand(60, 4).astype("float32"), np.random.randint(0, 3, 60)
optimizer = gw.optimizers.Adam(model.parameters(), lr=1e-3)
for resume in (False, True):
    gw.fit(
        model, (X, y), loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=3, valid=0.2, ema=0.9,
        clip_norm=1.0, precision="bf16", checkpoints=sys.argv[1], resume=resume, progress=False,
    )
loaded = [name for name in ("torch._dynamo", "rich", "polars") if name in sys.modules]
print("loaded:", *loaded)
"""


def line():
    x = torch.linspace(-1, 1, 50)[:, None]
    return x, 2 * x - 0.5


def test_fits_a_line():
    x, y = line()
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    history = gw.fit(model, (x, y), loss=nn.functional.mse_loss, optimizer=optimizer, epochs=40, progress=False)
    assert model.weight.item() == pytest.approx(2.0, abs=1e-3)
    assert model.bias.item() == pytest.approx(-0.5, abs=1e-3)
    assert len(history.column("train/loss")) == 40


def test_takes_arrays_of_any_float_and_models_with_any_argument_names():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 1)

        def forward(self, left, right):
            return self.layer(torch.cat([left, right], dim=1))

    X = {"left": np.random.default_rng(0).random((20, 1)), "right": np.random.default_rng(1).random((20, 2))}
    y = np.asarray(X["left"])
    model = Two()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    history = fit(model, (X, y), loss=nn.functional.mse_loss, optimizer=optimizer, epochs=50, progress=False)
    assert history.column("train/loss")[-1] < 0.1 * history.column("train/loss")[0]


def test_validation_data_metrics_and_patience():
    x, y = line()
    model = nn.Linear(1, 1)

    def error(outputs, targets):
        return (outputs - targets).abs().mean()

    history = fit(
        model,
        (x, y),
        loss=nn.functional.mse_loss,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.0),
        epochs=9,
        valid=(x[:10].numpy(), y[:10].numpy()),
        metrics={"error": error},
        patience=2,
        progress=False,
    )
    assert len(history.epochs) == 3  # it cannot learn at a rate of 0
    assert history.stopped == "patience"
    assert history.last["valid/error"] == pytest.approx(error(model(x[:10]), y[:10]).item(), rel=1e-5)


def test_a_share_is_set_aside():
    x, y = line()
    seen = []
    model = nn.Linear(1, 1)
    model.register_forward_hook(lambda module, inputs, output: seen.append((module.training, len(output))))
    fit(
        model,
        TensorSource({"input": x}, y),
        loss=nn.functional.mse_loss,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=1,
        batch_size=50,
        valid=0.2,
        progress=False,
    )
    assert seen == [(True, 40), (False, 10)]


def test_the_model_is_left_with_the_averaged_weights():
    x, y = line()
    with_average, without = nn.Linear(1, 1), nn.Linear(1, 1)
    without.load_state_dict(with_average.state_dict())
    for model, ema in ((with_average, 0.9), (without, None)):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        fit(model, (x, y), loss=nn.functional.mse_loss, optimizer=optimizer, epochs=3, ema=ema, progress=False)
    assert with_average.weight.item() != without.weight.item()


def test_resumes(tmp_path):
    x, y = line()

    def run(epochs, **how):
        torch.manual_seed(0)
        model = nn.Linear(1, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        fit(model, (x, y), loss=nn.functional.mse_loss, optimizer=optimizer, epochs=epochs, progress=False, **how)
        return model.weight.item()

    whole = run(6)
    run(3, checkpoints=str(tmp_path))
    assert run(6, checkpoints=str(tmp_path), resume=True) == whole


def test_loads_neither_compiler_nor_loader_nor_bar(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "loaded:"


def test_refusals():
    model = nn.Linear(1, 1)
    how = {"loss": nn.functional.mse_loss, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
    with pytest.raises(DataError, match=r"data must be a pair \(X, y\) or a Source, got list"):
        fit(model, [1, 2], progress=False, **how)
    with pytest.raises(UsageError, match="valid must be a share between 0 and 1 or data, got 3"):
        fit(model, line(), valid=3, progress=False, **how)
    with pytest.raises(UsageError, match="resume=True needs checkpoints"):
        fit(model, line(), resume=True, progress=Progress(silent=True), **how)
