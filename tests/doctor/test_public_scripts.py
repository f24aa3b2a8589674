"""Scripts as people publish them, none written for the doctor: nothing is wrong with them, and nothing of them changes.

Each runs twice, alone and watched, in a process of its own that is forked from this one: torch is loaded only once.
"""

import io
import json
import os
import random
import runpy
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import sklearn.metrics
import sklearn.model_selection  # noqa: F401 - loaded once for all children
import torch._dynamo  # noqa: F401 - what optimizers load when the first of them is made

from glasswork.doctor import run_script
from glasswork.doctor.rules import rules

SCRIPTS = Path(__file__).parent / "scripts" / "public"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem != "fingerprint")


def alone(path):
    """Run a script as Python would."""
    sys.argv, sys.path[0] = [str(path)], str(path.parent)
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as left:
        return {"status": left.code or 0}
    return {"status": 0}


def watched(path):
    """Run a script under the doctor."""
    checkup, status = run_script(path)
    alarms = [finding for finding in checkup.findings if finding.severity != "note"]
    vitals = checkup.vitals
    return {
        "status": status,
        "alarms": [f"{one.severity} {one.fault} in {one.where}: {one.evidence}" for one in alarms],
        "notes": [f"{one.fault} in {one.where}: {one.evidence}" for one in checkup.findings if one.severity == "note"],
        "blind": vitals.blind,
        "steps": len(vitals.steps),
        "losses": [loss.kind for loss in vitals.losses],
        "evaluations": len(vitals.evaluations),
        "models": list(vitals.models),
        "text": checkup.text(),
    }


def forked(work, path, folder):
    """Do a piece of work in a child; return what it returned, with what it printed."""
    rules()
    child = os.fork()
    if not child:
        try:
            for descriptor, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
            sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True)
            sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", write_through=True)
            warnings.resetwarnings()
            warnings.simplefilter("ignore")
            sys.dont_write_bytecode = True
            random.seed(0)  # Python seeds it anew in every child
            np.random.seed(0)  # noqa: NPY002 - the global state is part of what must not move
            began = time.process_time()
            try:
                result = work(path)
            except BaseException:
                result = {"failed": traceback.format_exc()}
            result["seconds"] = time.process_time() - began
            (folder / "result").write_text(json.dumps(result), "utf-8")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    result = json.loads((folder / "result").read_text("utf-8"))
    assert "failed" not in result, result["failed"]
    return result | {name: (folder / name).read_text("utf-8") for name in ("out", "err")}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_and_nothing_changes(name, tmp_path):
    path = SCRIPTS / f"{name}.py"
    plain, seen = forked(alone, path, tmp_path), forked(watched, path, tmp_path)
    assert seen["out"] == plain["out"]
    assert seen["out"].splitlines()[-1].startswith("weights ")  # a hash of all weights and random states
    assert (seen["status"], seen["err"]) == (plain["status"], plain["err"]) == (0, plain["err"])
    assert not seen["alarms"], "\n".join(seen["alarms"])
