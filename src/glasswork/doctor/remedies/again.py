"""again: run a script once more, in this fresh process, with remedies; what came of it goes into a file.

    python -m glasswork.doctor.remedies.again ORDER.json

`ORDER.json` holds the script, its arguments, the remedies, and where the report is to be written. The script is not
edited; what it writes itself, it writes again.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from glasswork.doctor.remedies.course import course_of
from glasswork.doctor.remedies.remedy import Remedy
from glasswork.doctor.remedies.search import following

__all__ = ["carry_out"]


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Run a script with remedies.

    Args:
        order: ``script``, ``arguments`` and ``remedies``, as `Remedy.to_json` gives them.

    Returns:
        The script's exit status, the curves, and what could be tried next, as plain values.
    """
    from glasswork.doctor.observing.script import run_script
    from glasswork.doctor.remedies.joints import applied

    remedies = [Remedy.from_json(values) for values in order["remedies"]]
    began = time.perf_counter()
    with applied(*remedies):
        checkup, status = run_script(order["script"], order["arguments"], experiments=False)
    seconds = time.perf_counter() - began
    return {
        "status": status,
        "course": course_of(checkup.vitals, seconds).to_json(),
        "following": [remedy.to_json() for remedy in following(checkup.findings, checkup.vitals, remedies)],
    }


def main(words: list[str]) -> int:
    """Carry out the order in a file, and write the report where that says."""
    order = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    report = carry_out(order)
    Path(order["report"]).write_text(json.dumps(report), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
