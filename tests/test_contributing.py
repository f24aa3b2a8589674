"""The page for newcomers is true: its loss works from one file, and its test passes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_newcomer_adds_a_loss_with_one_file_and_one_test_file(tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part, test = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    shutil.copytree(ROOT / "src" / "glasswork", tmp_path / "glasswork", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "glasswork" / "losses" / "log_ratio.py").write_text(part, encoding="utf-8")
    (tmp_path / "test_log_ratio.py").write_text(test, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    surroundings = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    tests = run(
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        ".",
        "--doctest-modules",
        "test_log_ratio.py",
    )
    assert "2 passed" in tests
    doctests = run("pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", "glasswork/losses/log_ratio.py")
    assert "1 passed" in doctests
    page = run("glasswork", "show", "log_ratio")
    assert "Log ratio: an error of ten per cent weighs the same at any size." in page
    assert "LOSS-20" in page
