"""Training programs to try a doctor on: plain PyTorch, seeded, two seconds each at most."""

from programs.calibration import CALIBRATION
from programs.report import REPORT

HALVES = {"calibration": CALIBRATION, "report": REPORT}
