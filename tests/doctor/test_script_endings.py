"""However a script ends, the doctor's report is made, and the script's own status and words pass through."""

import json
import os
import signal
import subprocess
import sys

import pytest

QUICK = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
TRAINING = """
import sys, time
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
X = torch.randn(256, 6)
y = (X[:, 0] > 0).long() + (X[:, 1] > 0).long()
def learn(steps, pause=0.0, told=False):
    for step in range(steps):
        rows = torch.randint(256, (32,))
        loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        time.sleep(pause)
        if step == 20 or (told and step > 20):
            print("step", step, "." * 500, flush=True)
"""


def written(folder, ending):
    path = folder / "train.py"
    path.write_text(TRAINING + ending + "\n", encoding="utf-8")
    return path


def begun(*words):
    return subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=QUICK
    )


def doctor(path, *options):
    return begun("-m", "glasswork", "doctor", *options, path)


def test_control_c_while_it_trains_still_gives_the_report(tmp_path):
    path = written(tmp_path, "learn(1000000, pause=0.001)")
    running = doctor(path, "--json", tmp_path / "found.json", "--html", tmp_path / "found.html")
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=100)
    assert running.returncode == 130
    assert "KeyboardInterrupt" in said
    page = (tmp_path / "found.html").read_text("utf-8")
    assert 'The script was interrupted.</strong></p><pre tabindex="0">KeyboardInterrupt</pre>' in page
    assert "doctor: " in said
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["steps"] > 20


def test_a_reader_that_goes_away_leaves_the_report(tmp_path):
    path = written(tmp_path, "learn(1000000, told=True)")
    running = doctor(path, "--json", tmp_path / "found.json")
    running.stdout.readline()
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait(100) == 1
    assert "BrokenPipeError" in said
    assert "doctor: " in said
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["steps"] > 20


def test_nobody_to_read_the_report_costs_no_status(tmp_path):
    running = doctor(written(tmp_path, "learn(30)\nraise ValueError('at the end')"))
    running.stderr.close()
    running.stdout.read()
    running.stdout.close()
    assert running.wait(100) == 1


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("model(X[:32, :5])", "32 x 5 times 6 x 16: 5 is not 6; the layer was made for 6 inputs and got 5"),
        ("nn.functional.cross_entropy(model(X), y[:100])", ""),
        ("nn.functional.cross_entropy(model(X), y + 5)", ""),
        ("raise ValueError('at the end')", ""),
    ],
    ids=["width", "lengths", "labels", "own"],
)
def test_a_crash_after_some_training_is_shown_and_told(ending, told, tmp_path):
    path = written(tmp_path, f"learn(40)\n{ending}")
    plain, seen = begun(path), doctor(path)
    (printed, error), (seen_printed, said) = plain.communicate(), seen.communicate()
    assert (plain.returncode, seen.returncode, seen_printed) == (1, 1, printed)
    assert said.startswith(error)  # the traceback as it was; the report follows
    report = " ".join(said.removeprefix(error).split())
    assert "doctor: 40 steps" in report
    assert told in report


@pytest.mark.parametrize(("ending", "status"), [("sys.exit(5)", 5), ("sys.exit()", 0), ("sys.exit('no more')", 1)])
def test_the_script_s_own_status_passes_through(ending, status, tmp_path):
    path = written(tmp_path, f"learn(40)\n{ending}")
    seen = doctor(path)
    _, said = seen.communicate()
    assert seen.returncode == status
    assert "doctor: 40 steps" in said


def test_what_the_script_does_after_its_last_line_is_done(tmp_path):
    path = written(
        tmp_path,
        "import atexit, threading\n"
        "atexit.register(lambda: print('goodbye'))\n"
        "learn(30)\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()",
    )
    plain, seen = begun(path), doctor(path)
    printed = plain.communicate()[0]
    assert printed.splitlines()[-2:] == ["late", "goodbye"]
    assert seen.communicate()[0] == printed
    assert seen.returncode == 0


def terminated(*words):
    running = begun(*words)
    running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    printed, said = running.communicate(timeout=100)
    return running.returncode, printed, said


def test_a_script_that_is_terminated_gives_the_report_and_dies_of_the_signal(tmp_path):
    path = written(tmp_path, "try:\n    learn(1000000, pause=0.001)\nfinally:\n    print('unwound')")
    plain = terminated(path)
    status, printed, said = terminated("-m", "glasswork", "doctor", "--json", tmp_path / "found.json", path)
    assert plain == (-signal.SIGTERM, "", "")
    assert (status, printed) == (-signal.SIGTERM, "")  # nothing of the script runs that would not have run
    assert "doctor: " in said
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["steps"] > 20


@pytest.mark.parametrize("after", ["sys.exit(7)", "before(number, frame) if callable(before) else os._exit(9)"])
def test_a_script_s_own_answer_to_the_signal_is_the_one_that_counts(after, tmp_path):
    path = written(
        tmp_path,
        "import os, signal\n"
        "def stop(number, frame):\n"
        "    print('stopping', before is signal.SIG_DFL, signal.getsignal(signal.SIGTERM) is stop, flush=True)\n"
        f"    {after}\n"
        "before = signal.signal(signal.SIGTERM, stop)\n"
        "learn(1000000, pause=0.001)",
    )
    plain = terminated(path)
    status, printed, said = terminated("-m", "glasswork", "doctor", path)
    assert plain[:2] == (status, printed)
    assert printed == "stopping True True\n"
    assert "doctor: " in said


def test_processes_of_the_script_s_own_end_as_they_would(tmp_path):
    path = written(
        tmp_path,
        "import multiprocessing, os\n"
        "inner = multiprocessing.get_context('fork').Process(target=time.sleep, args=(100,))\n"
        "inner.start()\n"
        "learn(30)\n"
        "inner.terminate()\n"
        "inner.join()\n"
        "print(inner.exitcode)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(4)\n"
        "print(os.waitpid(child, 0)[1] >> 8)",
    )
    running = doctor(path)
    printed, said = running.communicate(timeout=100)
    assert printed.splitlines()[1:] == ["-15", "4"]
    assert said.count("doctor: 30 steps") == 1


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("import os\nos._exit(6)", 6),
        ("import os, threading\nthreading.Thread(target=os._exit, args=(8,)).start()\ntime.sleep(100)", 8),
        ("import threading\nthreading.Thread(target=sys.exit, args=(8,)).start()", 0),
    ],
    ids=["at-once", "thread", "exit-in-thread"],
)
def test_a_script_that_leaves_without_unwinding_gives_the_report(ending, status, tmp_path):
    running = doctor(written(tmp_path, f"learn(30)\n{ending}"), "--json", tmp_path / "found.json")
    _, said = running.communicate(timeout=100)
    assert running.returncode == status
    assert "doctor: 30 steps" in said
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["steps"] == 30
