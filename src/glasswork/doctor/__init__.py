"""The doctor: what is wrong with a training, in which layer, on what evidence, and what would cure it.

`watch` looks over anyone's own loop, `run_script` over a script that knows nothing of it; both return a `Checkup`. What
was seen is in its `Vitals`; the rules, one illness a file, read nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glasswork.doctor.checkup import Checkup as Checkup
from glasswork.doctor.vitals import Vitals as Vitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.script import run_script as run_script
    from glasswork.doctor.observing.watch import watch as watch

_OBSERVING = {"run_script": "script", "watch": "watch"}


def __getattr__(name: str) -> Any:
    # Rules and their pages are read without torch; observing needs it.
    if name in _OBSERVING:
        return getattr(import_module(f"glasswork.doctor.observing.{_OBSERVING[name]}"), name)
    raise AttributeError(f"glasswork.doctor has no {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OBSERVING})
