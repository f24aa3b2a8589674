"""doctor: run somebody's training script under observation; explain a fault.

The work is done in ``glasswork.doctor``, which the command line asks directly: this room brings the readers of data
with it, and a script should not wait for those.
"""

from __future__ import annotations

from glasswork.doctor.consult import consult as doctor
from glasswork.doctor.rules import page as explain

__all__ = ["doctor", "explain"]
