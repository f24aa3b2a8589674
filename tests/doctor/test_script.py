"""Script mode: the script runs as it would alone; what it prints, how it ends and what it learns stay the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from glasswork.doctor import run_script
from glasswork.doctor.observing.observer import Observer
from glasswork.errors import UsageError

SCRIPTS = Path(__file__).parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py"))


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    monkeypatch.setattr(Observer, "strict", True)


def write(folder, text, name="train.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def alone(path, *arguments):
    return subprocess.run([sys.executable, str(path), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_real_scripts_print_and_learn_the_same(name, capfd):
    plain = alone(SCRIPTS / f"{name}.py")
    assert plain.returncode == 0, plain.stderr
    checkup, status = run_script(SCRIPTS / f"{name}.py")
    printed = capfd.readouterr()
    assert status == 0
    assert printed.out == plain.stdout  # the last line is a hash of all weights
    assert "weights " in printed.out
    assert printed.err == plain.stderr
    vitals = checkup.vitals
    assert not vitals.blind, vitals.blind
    assert vitals.error is None
    assert vitals.losses
    assert all(facts.foreign == 0 for facts in vitals.optimizers.values())
    assert all(step.loss is not None and step.zeroed is not False for step in vitals.steps)
    alarms = [finding for finding in checkup.findings if finding.severity == "critical"]
    assert not alarms, checkup.text()


def test_what_is_seen_of_the_scripts(capfd):
    gan = run_script(SCRIPTS / "gan.py")[0].vitals
    assert set(gan.models) == {"G", "D"}
    assert set(gan.optimizers) == {"optimizerG", "optimizerD"}
    vae = run_script(SCRIPTS / "vae.py")[0].vitals
    assert set(vae.models) == {"model"}
    assert [loss.kind for loss in vae.losses] == ["binary_cross_entropy"]
    assert [one.step for one in vae.evaluations] == [16, 32, 48, 64, 80, 96]
    tuned = run_script(SCRIPTS / "fine_tune.py")[0].vitals
    frozen = [facts.name for facts in tuned.models["model2"].parameters.values() if not facts.trainable]
    assert len(frozen) == 6


def test_the_script_is_main_with_its_own_arguments_and_neighbours(tmp_path, capfd):
    write(tmp_path, "VALUE = 41\n", "neighbour.py")
    text = (
        "import sys\nimport neighbour\n"
        "class Kept: pass\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv, __file__, sys.path[0], neighbour.VALUE + 1, Kept.__module__, __doc__, __spec__)\n"
        "    import __main__; print(__main__.Kept is Kept)\n"
        "    print('to stderr', file=sys.stderr)\n"
    )
    path = write(tmp_path, text)
    plain = alone(path, "--lr", "0.1", "--json", "x")
    before = list(sys.argv), list(sys.path), sys.modules["__main__"]
    checkup, status = run_script(path, ["--lr", "0.1", "--json", "x"])
    printed = capfd.readouterr()
    assert (printed.out, printed.err, status) == (plain.stdout, plain.stderr, 0)
    assert (list(sys.argv), list(sys.path), sys.modules["__main__"]) == before
    assert "no training was seen" in checkup.text()


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("sys.exit(7)", 7),
        ("sys.exit()", 0),
        ("sys.exit('no data')", 1),
        ("1 / 0", 1),
        ("exit(2)", 2),
        ("sys.exit(256)", 0),
    ],
)
def test_its_exit_status_and_last_words_pass_through(tmp_path, capfd, ending, status):
    path = write(tmp_path, f"import sys\ndef train():\n    {ending}\ntrain()\n")
    plain = alone(path)
    _, ended = run_script(path)
    assert (ended, capfd.readouterr().err) == (status, plain.stderr)
    assert plain.returncode == status


CRASH = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(100, 10)
    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))
net = Net()
net(torch.zeros(8, 1, 10, 10))
"""


def test_a_crash_says_which_layer_and_which_arithmetic(tmp_path, capfd):
    path = write(tmp_path, CRASH)
    plain = alone(path)
    checkup, status = run_script(path)
    assert status == 1
    assert capfd.readouterr().err == plain.stderr  # the traceback, without a frame of ours
    vitals = checkup.vitals
    assert vitals.error_layer == "fc"
    assert vitals.error_shapes == [("conv", "8 x 1 x 10 x 10 -> 8 x 4 x 8 x 8"), ("fc", "8 x 256")]
    assert "8 x 256 times 100 x 10: 256 is not 100; the layer was made for 100 inputs and got 256" in vitals.error


def test_a_crash_late_in_training_is_explained_too(tmp_path, capfd):
    text = CRASH.replace("nn.Linear(100, 10)", "nn.Linear(256, 10)") + (
        "optimizer = torch.optim.SGD(net.parameters(), 0.1)\n"
        "for step in range(400):\n"
        "    size = 10 if step < 399 else 11\n"
        "    optimizer.zero_grad()\n"
        "    net(torch.zeros(8, 1, size, size)).sum().backward()\n"
        "    optimizer.step()\n"
    )
    checkup, status = run_script(write(tmp_path, text))
    assert status == 1
    assert len(checkup.vitals.steps) == 399
    assert checkup.vitals.error_layer == "fc"
    assert checkup.vitals.error_shapes == [("conv", "8 x 1 x 11 x 11 -> 8 x 4 x 9 x 9"), ("fc", "8 x 324")]


def test_workers_and_processes_of_a_script(tmp_path, capfd):
    text = (
        "import torch, multiprocessing\n"
        "from torch.utils.data import DataLoader, Dataset\n"
        "class Rows(Dataset):\n"
        "    def __len__(self): return 8\n"
        "    def __getitem__(self, row): return torch.full((2,), float(row))\n"
        "def square(x): return x * x\n"
        "if __name__ == '__main__':\n"
        "    for kind in ('fork', 'spawn'):\n"
        "        loader = DataLoader(Rows(), 4, num_workers=2, multiprocessing_context=kind)\n"
        "        print(sum(x.sum().item() for x in loader))\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(square, [1, 2, 3]))\n"
    )
    _, status = run_script(write(tmp_path, text))
    assert (status, capfd.readouterr().out) == (0, "56.0\n56.0\n[1, 4, 9]\n")


def test_a_script_that_is_not_there():
    with pytest.raises(UsageError, match=r"nowhere\.py could not be read: No such file"):
        run_script("nowhere.py")


def test_syntax_errors_are_shown_as_python_shows_them(tmp_path, capfd):
    path = write(tmp_path, "x = 1\nif x\n    pass\n")
    plain = alone(path)
    assert run_script(path)[1] == plain.returncode == 1
    assert capfd.readouterr().err == plain.stderr


def test_findings_as_json_have_their_line(tmp_path, capfd):
    text = (
        "import torch\nfrom torch import nn\n"
        "torch.manual_seed(0)\n"
        "model = nn.Linear(4, 1)\n"
        "optimizer = torch.optim.SGD(model.parameters(), 0.01)\n"
        "for _ in range(8):\n"
        "    nn.functional.mse_loss(model(torch.randn(8, 4)), torch.randn(8, 1)).backward()\n"
        "    optimizer.step()\n"
    )
    checkup, _ = run_script(write(tmp_path, text))
    written = json.loads(json.dumps(checkup.json()))
    found = {finding["fault"]: finding for finding in written["findings"]}
    assert set(found["missing-zero-grad"]) >= {
        "fault",
        "severity",
        "confidence",
        "where",
        "step",
        "evidence",
        "advice",
        "treatments",
    }
    assert found["missing-zero-grad"]["line"] == "train.py:7"
    assert checkup.vitals.places == {
        "optimizer": "train.py:5",
        "backward": "train.py:7",
        "loss": "train.py:7",
        "step": "train.py:8",
        "model": "train.py:7",
    }
