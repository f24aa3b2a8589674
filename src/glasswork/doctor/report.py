"""Report: findings in words, on one screen, symptoms under their cause."""

from __future__ import annotations

import textwrap
from collections import Counter

from glasswork.doctor.places import line_of
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["as_text"]

MARKS = {"critical": "✗", "warning": "!", "note": "·"}
MOST_LINES = 36  # of findings; with heading and what could not be seen, one screen


def as_text(vitals: Vitals, findings: list[Finding], width: int = 100) -> str:
    """Return the report of a checkup.

    Args:
        vitals: what was seen.
        findings: what is wrong, causes first, each followed by its symptoms.
        width: of a line, in characters.
    """
    lines = _heading(vitals, findings)
    causes = _explained(findings)
    told = 0
    for place, finding in enumerate(findings):
        block = _block(vitals, finding, width, "  " if place in causes else "", place in causes)
        if len(lines) + len(block) > MOST_LINES and told:
            break
        lines += block
        told += 1
    rest = Counter(finding.severity for finding in findings[told:])
    if rest:
        counted = ", ".join(f"{count} {_plural(severity, count)}" for severity, count in rest.items())
        lines.append(f"  and {counted} more: --json FILE writes them all")
    for sentence in vitals.blind[:3]:
        lines += textwrap.wrap(f"not seen: {sentence}", width, initial_indent="? ", subsequent_indent="  ")
    faults = [finding.fault for finding in findings if finding.severity != "note"]
    if faults:
        lines.append(f"glasswork doctor --explain {faults[0]} tells more.")
    return "\n".join(lines)


def _heading(vitals: Vitals, findings: list[Finding]) -> list[str]:
    said = []
    if vitals.steps:
        said.append(f"{len(vitals.steps)} {_plural('step', len(vitals.steps))}")
        losses = [step.loss for step in vitals.steps if step.loss is not None]
        if losses:
            few = max(1, len(losses) // 20)
            said.append(f"loss {sum(losses[:few]) / few:.4g} -> {sum(losses[-few:]) / few:.4g}")
    names = [f"{model.kind}" for model in vitals.models.values()]
    if names:
        said.append(" + ".join(names))
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    verdict = ", ".join(f"{counts[one]} {_plural(one, counts[one])}" for one in MARKS if counts[one])
    if not vitals.steps:
        none = (
            "no optimizer ever stepped in this process" if vitals.backwards else "no training was seen in this process"
        )
        said.append(none)
    elif not verdict:
        verdict = "nothing wrong was found"
    return [f"doctor: {'; '.join(part for part in (', '.join(said), verdict) if part)}"]


def _plural(word: str, count: int) -> str:
    return word if count == 1 or word == "critical" else f"{word}s"


def _block(vitals: Vitals, finding: Finding, width: int, indent: str, symptom: bool) -> list[str]:
    line = line_of(vitals, finding)
    where = f"{finding.where} ({line})" if line else finding.where
    since = f", from step {finding.step}" if finding.step is not None else ""
    sure = f" {finding.confidence:.0%} sure" if finding.severity != "note" else ""
    arrow = "> " if symptom else ""
    head = f"{indent}{MARKS[finding.severity]} {arrow}{finding.fault}  in {where}{since}{sure}"
    inner = f"{indent}    "
    lines = [head, *textwrap.wrap(finding.evidence, width, initial_indent=inner, subsequent_indent=inner)]
    if not symptom:  # a symptom goes away with its cause
        cure = f"cure: {finding.advice}"
        lines += textwrap.wrap(cure, width, initial_indent=inner, subsequent_indent=f"{inner}      ")
    return lines


def _explained(findings: list[Finding]) -> dict[int, int]:
    try:
        from glasswork.doctor.causes import explained
    except ImportError:
        return {}
    return dict(explained(findings))
