"""One training program as a script of its own, for a doctor that watches scripts.

glasswork doctor benchmarks/doctor/train.py mlp-digits --seed 3
glasswork doctor benchmarks/doctor/train.py "mlp-digits+missing-zero-grad (never)"
python benchmarks/doctor/train.py --list
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import torch
from cases import cases
from programs import HALVES
from programs.program import Program, run


def find(name: str, fixed: bool = False) -> tuple[Program, int]:
    """Return a program by a recipe's name or a case's key, with its own seed."""
    for half, recipes in HALVES.items():
        if name in recipes:
            return recipes[name].changed(), 0
        for case in cases(half):
            if case.key == name:
                faulty = case.faulty()
                program = (faulty.fixed or recipes[case.recipe]) if fixed else faulty.program
                return program.changed(), case.seed
    raise SystemExit(f"no program {name!r}; --list shows them")


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", help="a recipe, or a recipe with a fault")
    parser.add_argument("--seed", type=int, help="default: the program's own")
    parser.add_argument("--fixed", action="store_true", help="the fixed twin of a faulty program")
    parser.add_argument("--list", action="store_true", help="list the programs")
    arguments = parser.parse_args()
    if arguments.list or not arguments.name:
        print("\n".join(name for half in HALVES for name in (*HALVES[half], *(case.key for case in cases(half)))))
        return
    torch.set_num_threads(1)
    program, seed = find(arguments.name, arguments.fixed)
    outcome = run(program, seed if arguments.seed is None else arguments.seed)
    print(outcome.error or f"on test data: {outcome.metric:.3f}")


if __name__ == "__main__":
    main()
