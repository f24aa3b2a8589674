"""The command ``glasswork doctor``."""

import json
import subprocess
import sys

import pytest

HEALTHY = """
import sys, torch
torch.manual_seed(0)
print(sys.argv[1:])
x = torch.randn(256, 4)
y = x @ torch.tensor([[1.0], [-1.0], [0.5], [0.0]]) + 0.1 * torch.randn(256, 1)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(40):
    rows = torch.randperm(256)[:64]
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
    optimizer.step()
"""


def doctor(*words, **settings):
    return subprocess.run(
        [sys.executable, "-m", "glasswork", "doctor", *map(str, words)],
        capture_output=True, text=True, check=False, timeout=120, **settings,
    )  # fmt: skip


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(HEALTHY, encoding="utf-8")
    return path


def test_a_healthy_script_keeps_its_output_and_its_arguments(script, tmp_path):
    out = tmp_path / "findings.json"
    done = doctor("--json", out, script, "--verbose", "--json", "mine", "--model.hidden", "3", "--", "x")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['--verbose', '--json', 'mine', '--model.hidden', '3', '--', 'x']\n"
    assert done.stderr.startswith("doctor: 40 steps, loss ")
    written = json.loads(out.read_text(encoding="utf-8"))
    assert not [finding for finding in written["findings"] if finding["severity"] != "note"]
    assert written["steps"] == 40


def test_something_critical_is_status_3(script, tmp_path):
    script.write_text(HEALTHY.replace("optimizer.zero_grad()", "pass"), encoding="utf-8")
    done = doctor("--json", tmp_path / "findings.json", script)
    assert done.returncode == 3
    assert "✗ missing-zero-grad  in loop, from step" in done.stderr
    assert "train.py:12" in done.stderr
    first = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))["findings"][0]
    assert (first["fault"], first["severity"], first["line"]) == ("missing-zero-grad", "critical", "train.py:12")


def test_a_failing_script_keeps_its_status_and_its_words(script):
    script.write_text(HEALTHY.replace("model(x[rows])", "model(x[rows].T)") + "\n", encoding="utf-8")
    plain = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    done = doctor(script)
    assert done.returncode == plain.returncode == 1
    assert done.stderr.startswith(plain.stderr)
    assert "4 x 64 times 4 x 1: 64 is not 4" in " ".join(done.stderr.split())


def test_the_demo_is_broken_on_purpose():
    done = doctor("--demo")
    assert done.returncode == 3
    assert "missing-zero-grad" in done.stderr
    assert len(done.stderr.splitlines()) <= 42


def test_explaining_a_fault_needs_no_torch(tmp_path):
    code = (
        "import sys; from glasswork.cli.main import main\n"
        "try: main(['doctor', '--explain', 'missing-zero-grad'])\n"
        "except SystemExit: sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("missing-zero-grad: Gradients that are never set back to zero.")
    assert "Fires when:" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--explain", "missing-zero-grat"], "no fault 'missing-zero-grat'; did you mean 'missing-zero-grad'?"),
        (
            [],
            "doctor: which script or run? Try glasswork doctor train.py, glasswork doctor runs/NAME, or",
        ),
        (["nowhere.py"], "nowhere.py could not be read: No such file or directory."),
        (["--json", "no/such/folder/out.json", "nowhere.py"], "there is no folder no/such/folder. Create it first."),
        (["--demo", "train.py"], "doctor: --demo runs a script of its own. Leave out one of the two."),
        (["--jsn", "x"], "doctor has no option --jsn; did you mean --json?"),
    ],
)
def test_refusals(words, said):
    done = doctor(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
