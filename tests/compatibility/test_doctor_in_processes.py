"""The doctor on data-parallel training: two processes by torchrun, one report, and copies that part are seen."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "doctor" / "scripts" / "distributed"
SCRIPT = FOLDER / "ddp.py"
QUICK = {**os.environ, "OMP_NUM_THREADS": "1"}
NO_MEETING = ("EADDRINUSE", "ddress already in use", "DistNetworkError", "DistStoreError", "Connection closed by peer")


def torchrun(*words):
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        "2",
        *map(str, words),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=QUICK)
    if any(word in ended.stderr for word in NO_MEETING):  # two launchers at once may have drawn the same port
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=QUICK)
    return ended


def test_well_copies_are_clean_the_same_to_the_bit_and_reported_once(tmp_path):
    plain = torchrun(SCRIPT)
    seen = torchrun("-m", "glasswork", "doctor", "--json", tmp_path / "found.json", SCRIPT)
    assert (plain.returncode, seen.returncode) == (0, 0), plain.stderr + seen.stderr
    assert seen.stdout == plain.stdout
    assert "weights " in seen.stdout
    assert seen.stderr.count("doctor: 80 steps") == 1
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert not [finding for finding in found["findings"] if finding["severity"] != "note"], seen.stderr


@pytest.mark.parametrize("fault", ["local", "seeds"])
def test_copies_that_part_are_seen(fault, tmp_path):
    seen = torchrun("-m", "glasswork", "doctor", "--json", tmp_path / "found.json", SCRIPT, "--fault", fault)
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert found["findings"][0]["fault"] == "replicas-out-of-step", seen.stderr
    assert seen.returncode != 0
    assert seen.stderr.count("doctor: 80 steps") == 1


def spawned(fault, watched, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, FOLDER / "spawned.py", str(port), fault, watched, folder]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=QUICK)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_watch_in_processes_that_a_script_starts_itself(tmp_path):
    assert spawned("none", "yes", tmp_path) == spawned("none", "no", tmp_path)
    for rank in (0, 1):
        told = json.loads((tmp_path / f"{rank}.json").read_text("utf-8"))
        assert told["processes"] == 2
        assert not [finding for finding in told["findings"] if finding["severity"] != "note"]
    spawned("local", "yes", tmp_path)
    told = json.loads((tmp_path / "0.json").read_text("utf-8"))
    assert told["findings"][0]["fault"] == "replicas-out-of-step"
