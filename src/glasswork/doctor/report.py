"""Report: findings in words, on one screen, symptoms under their cause."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from statistics import median

from glasswork.doctor.causes import explained
from glasswork.doctor.changes import change_for
from glasswork.doctor.places import line_of
from glasswork.doctor.trials import outcome, spent
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["MARKS", "as_text", "course_of", "families", "plural", "verdict"]

MARKS = {"critical": "✗", "warning": "!", "note": "·"}
SCREEN = 40  # lines
MOST_SYMPTOMS = 4  # under a cause
# The experiments that say most to a person, told first.
TRIALS = ("learning-rate", "one-batch", "shuffled-labels", "label-noise", "scaled-inputs", "fresh-layer")
MOST_TRIALS = 3
_RESERVED = 7  # lines for what stands below the findings


def as_text(
    vitals: Vitals, findings: list[Finding], width: int = 100, lines: int = SCREEN, *, before: bool = False
) -> str:
    """Return the report of a checkup.

    Args:
        vitals: what was seen.
        findings: what is wrong, causes first, each followed by its symptoms.
        width: of a line, in characters.
        lines: how many, about; what has no room is counted.
        before: whether what was seen is a rehearsal on a copy.
    """
    told = textwrap.wrap(_heading(vitals, findings, before), width, subsequent_indent="        ")
    left_out: list[Finding] = []
    for cause, symptoms in families(findings):
        block = _cause(vitals, cause, width)
        under, rest = symptoms[:MOST_SYMPTOMS], symptoms[MOST_SYMPTOMS:]
        for symptom in under:
            block += _symptom(symptom, width)
        if rest:
            block.append(f"  and {len(rest)} more {plural('symptom', len(rest))}")
        if left_out or (len(told) + len(block) > lines - _RESERVED and len(told) > 2):
            left_out += [cause, *symptoms]
        else:
            told += block
    if left_out:
        counts: Counter[str] = Counter(finding.severity for finding in left_out)
        counted = ", ".join(f"{counts[one]} {plural(one, counts[one])}" for one in MARKS if counts[one])
        told += textwrap.wrap(
            f"and {counted} more: --json FILE or --html FILE writes them all",
            width,
            initial_indent="  ",
            subsequent_indent="  ",
        )
    told += _trials(vitals, width)
    for sentence in vitals.blind[:2]:
        told += textwrap.wrap(f"not seen: {sentence}", width, initial_indent="? ", subsequent_indent="  ")
    faults = [finding.fault for finding in findings if finding.severity != "note"]
    if faults:
        told.append(f"glasswork doctor --explain {faults[0]} tells more.")
    return "\n".join(told)


def verdict(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each severity.

    >>> verdict([])
    'nothing wrong was found'
    """
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[one]} {plural(one, counts[one])}" for one in MARKS if counts[one]) or (
        "nothing wrong was found"
    )


def families(findings: list[Finding]) -> list[tuple[Finding, list[Finding]]]:
    """Return causes with what they have brought about, in order."""
    above = explained(findings)
    found: list[tuple[Finding, list[Finding]]] = []
    for place, finding in enumerate(findings):
        if place in above and found:
            found[-1][1].append(finding)
        else:
            found.append((finding, []))
    return found


def course_of(vitals: Vitals, *, before: bool = False) -> str:
    """Return what was seen of a training, in a few words: its steps, its loss from start to end, its models."""
    said = []
    if before:
        first = next((step.loss for step in vitals.steps if step.loss is not None), None)
        said.append("before training" + (f", first loss {first:.4g}" if first is not None else ""))
    elif vitals.steps:
        said.append(f"{len(vitals.steps):,} {plural('step', len(vitals.steps))}")
        losses = [step.loss for step in vitals.steps if step.loss is not None]
        if losses:
            few = max(1, min(5, len(losses) // 4), len(losses) // 20)
            said.append(f"loss {_middle(losses[:few]):.4g} -> {_middle(losses[-few:]):.4g}")
    else:
        said.append(
            "no optimizer ever stepped in this process" if vitals.backwards else "no training was seen in this process"
        )
    if vitals.models:
        said.append(" + ".join(model.kind for model in vitals.models.values()))
    return ", ".join(said)


def plural(word: str, count: int) -> str:
    """Return a word for so many.

    >>> plural("note", 2), plural("critical", 2)
    ('notes', 'critical')
    """
    return word if count == 1 or word == "critical" else f"{word}s"


def _middle(losses: Sequence[float]) -> float:
    """Return the median; a loss that is no number is the answer."""
    return next((loss for loss in losses if not isfinite(loss)), None) or median(losses)


def _heading(vitals: Vitals, findings: list[Finding], before: bool) -> str:
    ending = verdict(findings) if findings or vitals.steps or before else ""
    if vitals.error and not findings:
        ending = f"{'a step' if before else 'the script'} ended with {vitals.error.splitlines()[0][:160]}"
    return f"doctor: {'; '.join(part for part in (course_of(vitals, before=before), ending) if part)}"


def _cause(vitals: Vitals, finding: Finding, width: int) -> list[str]:
    change, line = change_for(vitals, finding), line_of(vitals, finding)
    about = [kind] if (kind := _kind(vitals, finding.where)) else []
    about += [line] if line and not (change or "").startswith(line) else []
    where = f"{finding.where} ({', '.join(about)})" if about else finding.where
    since = f", from step {finding.step}" if finding.step is not None else ""
    sure = f", {finding.confidence:.0%} sure" if finding.severity != "note" and isfinite(finding.confidence) else ""
    head = f"{MARKS[finding.severity]} {finding.fault}  in {where}{since}{sure}"
    block = textwrap.wrap(head, width, subsequent_indent="    ", break_on_hyphens=False)
    block += textwrap.wrap(finding.evidence, width, initial_indent="    ", subsequent_indent="    ")
    block += textwrap.wrap(
        f"cure: {finding.advice}", width, initial_indent="    ", subsequent_indent="          ", break_on_hyphens=False
    )
    if change:
        block += _as_it_is(f"change: {change}", width, "    ", "            ")
    return block


def _kind(vitals: Vitals, where: str) -> str | None:
    """Return what kind of layer a place is; None for the loop and the like, and where the name says it."""
    layer = next((model.layers[where] for model in vitals.models.values() if where in model.layers), None)
    return None if layer is None or ">" in where else layer.kind


def _symptom(finding: Finding, width: int) -> list[str]:
    since = f", from step {finding.step}" if finding.step is not None else ""
    said = f"  {MARKS[finding.severity]} > {finding.fault}  in {finding.where}{since}"
    return [said if len(said) <= width else f"{said[: width - 1]}…"]


def _trials(vitals: Vitals, width: int) -> list[str]:
    if not vitals.probes:
        return []
    names = [name for name in TRIALS if name in vitals.probes]
    names += [name for name in vitals.probes if name not in names]
    listed = [f"{name}: {outcome(vitals.probes[name])}" for name in names]
    more = f"; {len(listed) - MOST_TRIALS} more" if len(listed) > MOST_TRIALS else ""
    said = f"experiments on copies, {spent(vitals):.1f} s: {'; '.join(listed[:MOST_TRIALS])}{more}"
    lines = textwrap.wrap(said, width, initial_indent="~ ", subsequent_indent="  ")
    return lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][: width - 1]}…"]


def _as_it_is(text: str, width: int, first: str, later: str) -> list[str]:
    """Wrap without running two spaces into one: they set code apart."""
    words = textwrap.wrap(
        text.replace("  ", " \0 "), width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    )
    return [re.sub(r"^( *)\0 ", r"\1", line).replace(" \0 ", "  ").removesuffix(" \0") for line in words]
