"""The command line, called in this process, and small data for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from glasswork.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def glasswork(capsys, tmp_path, monkeypatch) -> Callable[..., Said]:
    """Run ``glasswork …`` with runs below the test's own folder."""
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))

    def run(*words: str | Path) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        captured = capsys.readouterr()
        return Said(int(left.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def table(tmp_path) -> Path:
    """A table of 240 rows whose kind follows from width, height and colour."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 3, 240)
    width = kinds * 2.0 + rng.normal(0, 0.5, 240)
    height = 10 - kinds * 3.0 + rng.normal(0, 0.5, 240)
    colours = np.array(["red", "green", "blue"])[rng.integers(0, 3, 240)]
    lines = ["width,height,colour,kind"]
    lines += [f"{w:.3f},{h:.3f},{c},{'abc'[k]}" for w, h, c, k in zip(width, height, colours, kinds, strict=True)]
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
