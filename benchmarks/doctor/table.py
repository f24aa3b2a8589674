"""From single runs to the table: how often the doctor was right, with Wilson intervals. Needs no torch."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

__all__ = ["HURTING", "by_fault", "place_is_right", "summary", "wilson"]

Run = dict[str, Any]
HARM = 0.10  # how much worse on clean test data a fault must make it, to count as one
# Faults 1 to 24 and 48 to 55 are faults only where they hurt on clean test data; else such a run counts as healthy.
HURTING = frozenset(
    [
        "vanishing-gradient",
        "exploding-gradient",
        "non-finite",
        "divergence",
        "dying-relu",
        "saturated-activation",
        "softmax-in-hidden-layer",
        "missing-nonlinearity",
        "symmetric-initialisation",
        "zero-initialisation",
        "initialisation-scale",
        "initial-loss",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "plateau",
        "oscillating-loss",
        "slow-convergence",
        "overfitting",
        "underfitting",
        "too-few-epochs",
        "cannot-overfit-one-batch",
        "unscaled-inputs",
        "unscaled-targets",
        "scaled-twice",
        "over-regularised",
        "dropout-too-strong",
        "optimizer-settings",
        "batch-size-noise",
        "edge-of-stability",
        "representation-collapse",
        "weight-growth",
        "destructive-augmentation",
    ]
)
NOT_LAYERS = {"data", "optimizer", "loop", "loss", "model"}


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share, after Wilson 1927.

    >>> [round(bound, 3) for bound in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not count:
        return 0.0, 1.0
    share = right / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def alarms(run: Run) -> list[dict[str, Any]]:
    """Return the findings that count: critical or warning, in the doctor's order."""
    return [finding for finding in run["findings"] if finding["severity"] in ("critical", "warning")]


def right_codes(run: Run) -> set[str]:
    """Return the codes that name the run's fault."""
    return {run["code"], *run["also"]}


def place_is_right(said: str, wanted: Iterable[str]) -> bool:
    """Tell whether a place is one of those wanted; a call in a layer, a model's prefix and a parameter count as the layer.

    >>> place_is_right("body.0>relu", ["body.0"]), place_is_right("generator/body.0.weight", ["body.0"])
    (True, True)
    >>> place_is_right("encoder/0", ["encoder.0"]), place_is_right("data", ["loss"]), place_is_right("body.1", ["body.10"])
    (True, False, False)
    """
    wanted = set(wanted)
    bare = said.rpartition("/")[2].partition(">")[0].strip()
    names = {said, said.partition(">")[0].replace("/", "."), bare, bare.removesuffix(".weight").removesuffix(".bias")}
    return bool(names & wanted) or any(name.startswith(f"{layer}.") for name in names for layer in wanted - NOT_LAYERS)


def sort_out(runs: list[Run]) -> tuple[list[Run], list[Run], list[Run], list[Run]]:
    """Return faulty runs, fixed twins, healthy runs, and faults that did no harm and so count as healthy, too."""
    fixed = {run["key"]: run for run in runs if run["kind"] == "fixed"}
    faulty, harmless = [], []
    for run in runs:
        if run["kind"] == "faulty":
            twin = fixed.get(run["key"])
            # A twin that is itself no better than guessing cannot say whether the fault hurts.
            hurts = not run["must_hurt"] or twin is None or twin["metric"] - run["metric"] >= HARM
            (faulty if hurts else harmless).append(run)
    return faulty, list(fixed.values()), [run for run in runs if run["kind"] == "healthy"], harmless


def share(runs: list[Run], holds: Any) -> str:
    """Return a share in words: per cent, counts, interval."""
    right = sum(bool(holds(run)) for run in runs)
    low, high = wilson(right, len(runs))
    return f"{100 * right / max(len(runs), 1):.1f} % ({right} of {len(runs)}; {100 * low:.1f} to {100 * high:.1f})"


def _first_right(run: Run, key: str) -> int | None:
    steps = [f[key] or 0 for f in alarms(run) if f["fault"] in right_codes(run)]
    return min(steps) if steps else None


def summary(runs: list[Run]) -> list[tuple[str, str, str]]:
    """Return the rows of the table: measure, seen, wanted."""
    faulty, fixed, healthy, harmless = sort_out(runs)
    well = healthy + harmless
    told = [(run, step) for run in faulty if (step := _first_right(run, "step")) is not None]
    fractions = [min(step / run["planned"], 1.0) for run, step in told]
    said = [min(step / run["planned"], 1.0) for run in faulty if (step := _first_right(run, "raised_at")) is not None]
    loops = [step for run, step in told if run["moment"] == "loop"]
    first = lambda run: alarms(run)[0] if alarms(run) else None  # noqa: E731
    in_three = lambda run: any(f["fault"] in right_codes(run) for f in alarms(run)[:3])  # noqa: E731
    middle = lambda numbers, form: form.format(statistics.median(numbers)) if numbers else "no such run"  # noqa: E731
    return [
        ("faulty runs detected", share(faulty, alarms), ">= 95 %"),
        ("right cause first", share(faulty, lambda r: first(r) and first(r)["fault"] in right_codes(r)), ">= 75 %"),
        ("right cause in the first three", share(faulty, in_three), ">= 90 %"),
        ("right place first", share(faulty, lambda r: first(r) and place_is_right(first(r)["where"], r["where"])), ">= 80 %"),
        ("healthy runs with an alarm", share(well, alarms), "<= 3 %"),
        ("healthy runs with a critical alarm", share(well, lambda r: any(f["severity"] == "critical" for f in alarms(r))), "<= 1 %"),
        ("fixed twins with an alarm left", share(fixed, alarms), "<= 5 %"),
        ("planned steps until the right alarm, median", middle([100 * f for f in fractions], "{:.1f} %"), "<= 10 %"),
        ("the same, until it was raised in the run", middle([100 * f for f in said], "{:.1f} %"), ""),
        ("loop mistakes told within 5 steps", share([r for r in faulty if r["moment"] == "loop"], lambda r: (s := _first_right(r, "step")) is not None and s <= 5), ""),
        ("steps until a loop mistake is told, median", middle(loops, "{:g}"), "<= 5"),
        ("doctor or program failed", share(runs, lambda r: r["failed"]), "0"),
        ("processor seconds a run, median; longest", f"{statistics.median(r['seconds'] for r in runs):.2f}; {max(r['seconds'] for r in runs):.2f}" if runs else "", "<= 2"),
    ]  # fmt: skip


def by_fault(runs: list[Run]) -> list[tuple[str, ...]]:
    """Return a row a fault: runs that count, detected, cause first, in three, place first, and what was said instead."""
    faulty, _, _, harmless = sort_out(runs)
    grouped: dict[str, list[Run]] = defaultdict(list)
    for run in faulty:
        grouped[run["code"]].append(run)
    spared: dict[str, int] = defaultdict(int)
    for run in harmless:
        spared[run["code"]] += 1
    rows = []
    for code in sorted({*grouped, *spared}):
        group = grouped[code]
        heads = [alarms(run)[0] if alarms(run) else None for run in group]
        right = [head is not None and head["fault"] in right_codes(run) for head, run in zip(heads, group, strict=True)]
        three = [any(f["fault"] in right_codes(run) for f in alarms(run)[:3]) for run in group]
        place = [
            head is not None and place_is_right(head["where"], run["where"])
            for head, run in zip(heads, group, strict=True)
        ]
        instead = sorted({head["fault"] for head, good in zip(heads, right, strict=True) if head and not good})
        counts = [len(group), sum(map(bool, heads)), sum(right), sum(three), sum(place), spared[code]]
        rows.append((code, *map(str, counts), ", ".join(instead)))
    return rows


def false_alarms(runs: list[Run]) -> list[tuple[str, int, str]]:
    """Return how often each code was said of a run that is well, with one example."""
    _, fixed, healthy, harmless = sort_out(runs)
    seen: dict[str, list[str]] = defaultdict(list)
    for run in healthy + fixed + harmless:
        for code in {f["fault"] for f in alarms(run)} - (right_codes(run) if run["kind"] == "faulty" else set()):
            seen[code].append(f"{run['kind']} {run['key']} seed {run['seed']}")
    return sorted(((code, len(where), where[0]) for code, where in seen.items()), key=lambda row: -row[1])
