"""Run the experiments on the course's claims and keep what they measured.

    .venv/bin/python tools/claims.py                      # every experiment, every seed (minutes)
    .venv/bin/python tools/claims.py gradient_modes       # some of them
    .venv/bin/python tools/claims.py --missing            # those that are not measured yet, or changed since

Each is a file of examples/claims: `run(seed)` measures, `verdicts(runs)` judges. What was measured is one JSON file
each in examples/claims/measured; tools/pages.py makes the pages from these files and from the tests' markers.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples" / "claims"
MEASURED = EXAMPLES / "measured"


def examples() -> list[Path]:
    """Return the experiments, in alphabetical order."""
    return sorted(path for path in EXAMPLES.glob("*.py") if path.stem[0] != "_")


def load(path: Path) -> ModuleType:
    """Import one experiment from its file."""
    spec = importlib.util.spec_from_file_location(f"claims_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digest(path: Path) -> str:
    """Return what tells one version of an experiment from another."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def measure(path: Path) -> dict[str, Any]:
    """Run every seed of one experiment, and judge."""
    import torch

    torch.set_num_threads(1)
    module = load(path)
    started = time.perf_counter()
    runs = []
    for seed in range(module.SEEDS):
        torch.manual_seed(seed)
        runs.append({key: float(value) for key, value in module.run(seed).items()})
    verdicts = module.verdicts(runs)
    return {
        "example": path.relative_to(ROOT).as_posix(),
        "question": (module.__doc__ or "").partition("\n")[0],
        "digest": digest(path),
        "seeds": len(runs),
        "seconds": round(time.perf_counter() - started, 1),
        "runs": runs,
        "verdicts": {item: {"verdict": found.verdict, "seen": found.seen} for item, found in verdicts.items()},
    }


def measured() -> dict[str, dict[str, Any]]:
    """Return what was measured, by experiment; experiments that are gone are left out."""
    found = {}
    for path in examples():
        kept = MEASURED / f"{path.stem}.json"
        if kept.is_file():
            found[path.stem] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Measure what was asked for, write one file each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="experiments, without .py")
    parser.add_argument("--missing", action="store_true", help="only what is not measured yet, or changed since")
    given = parser.parse_args()
    known = {path.stem: path for path in examples()}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"no experiment {unknown[0]!r} in {EXAMPLES.relative_to(ROOT)}")
    MEASURED.mkdir(exist_ok=True)
    kept = measured()
    for name, path in known.items():
        if given.names and name not in given.names:
            continue
        if given.missing and name in kept and kept[name]["digest"] == digest(path):
            continue
        found = measure(path)
        (MEASURED / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{name}: {found['seeds']} seeds, {found['seconds']} s")
        for item, verdict in found["verdicts"].items():
            print(f"  {item} {verdict['verdict']}: {verdict['seen']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
