"""Shared by all tests: one torch thread, fixed seeds, and the real data where it is present."""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("COLUMNS", "120")

import pytest
from hypothesis import settings

# The same examples in every run, and no time limit: a busy machine is no fault of the code.
settings.register_profile("glasswork", deadline=None, derandomize=True)
settings.load_profile("glasswork")

# Programs that tests run; no tests themselves.
collect_ignore_glob = ["doctor/scripts/*", "compatibility/scripts/*"]

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data sets beside the checkout; the test is skipped, loudly, without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not here: {SHARED_DATA} (tests that need it run where it is present)")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _one_thread_and_a_seed():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
