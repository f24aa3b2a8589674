"""Training programs to try a doctor on: plain PyTorch, seeded, two seconds each at most.

Rules are tuned on the halves `calibration` and `former` (which judged them once, and was read since); `report` judges them.
"""

from programs.calibration import CALIBRATION
from programs.former import FORMER
from programs.report import REPORT

HALVES = {"calibration": CALIBRATION, "former": FORMER, "report": REPORT}
