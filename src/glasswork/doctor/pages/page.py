"""Page: a checkup as one file of HTML; no network and no script, in light and in dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from glasswork.doctor.changes import change_for
from glasswork.doctor.explain import numbers, parts, title
from glasswork.doctor.pages.curves import gradient_curve, loss_curve, rate_curve, ratio_curve, score_curve
from glasswork.doctor.pages.evidence import pictured
from glasswork.doctor.pages.facts import facts, table
from glasswork.doctor.pages.health import MEASURES, legend, maps
from glasswork.doctor.pages.shown import Shown
from glasswork.doctor.places import line_of
from glasswork.doctor.report import MARKS, course_of, families, plural, verdict
from glasswork.doctor.rules import codes
from glasswork.doctor.trials import outcome, spent, tried
from glasswork.doctor.vitals import Vitals
from glasswork.drawing import clean
from glasswork.records import Finding
from glasswork.version import __version__

if TYPE_CHECKING:
    from glasswork.doctor.checkup import Checkup

__all__ = ["as_page"]

MOST_FINDINGS = 60
PICTURED = 12  # findings with pictures; the others have words alone


def as_page(checkup: Checkup) -> str:
    """Return a checkup as a page of its own.

    >>> from glasswork.doctor import Checkup
    >>> page = as_page(Checkup(rules={}))
    >>> page[:15], "<script" in page
    ('<!doctype html>', False)
    """
    findings = list(checkup.findings)
    vitals, before = checkup.shown()
    sections = [
        ("findings", "What was found", _findings(vitals, findings)),
        ("course", "How it went", _course(vitals)),
        ("health", "Health through depth and time", _health(vitals, findings)),
        ("experiments", "Experiments on copies", _experiments(vitals)),
        ("blind", "What could not be seen", _blind(vitals)),
        ("facts", "What was trained", facts(vitals)),
    ]
    sections = [section for section in sections if section[2]]
    links = "".join(f'<li><a href="#{key}">{clean(name)}</a></li>' for key, name, _ in sections)
    listed = f'<nav aria-label="Contents"><ul>{links}</ul></nav>' if len(sections) > 2 else ""
    body = "".join(
        f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{clean(name)}</h2>{inner}</section>'
        for key, name, inner in sections
    )
    heading = _headline(vitals, findings)
    counted = verdict(findings) if findings else ""
    under = ". ".join(
        one[:1].upper() + one[1:] for one in (course_of(vitals, before=before).replace("->", "→"), counted) if one
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta name="generator" content="glasswork {clean(__version__)}">'
        f"<title>{clean(heading)} · glasswork doctor</title><style>{_style()}</style></head><body>"
        '<header><p class="eyebrow"><span class="mark" aria-hidden="true"></span>glasswork doctor</p>'
        f'<h1>{clean(heading)}</h1><p class="lead">{clean(under)}.</p>{listed}</header>'
        f"<main>{body}</main>"
        f"<footer><p>Written by glasswork {clean(__version__)}. This file needs no network and no script.</p></footer>"
        "</body></html>"
    )


def _headline(vitals: Vitals, findings: Sequence[Finding]) -> str:
    """Return the verdict in one sentence."""
    causes = [cause for cause, _ in families(list(findings)) if cause.severity != "note"]
    if causes:
        named = _title(causes[0].fault).rstrip(".")
        others = len(causes) - 1
        return f"{named}, and {others} other {plural('cause', others)}." if others else f"{named}."
    if vitals.error:
        return _ending(vitals.error)
    return "Nothing wrong was found." if vitals.steps else "No training was seen."


def _ending(error: str) -> str:
    return "The script was interrupted." if error == "KeyboardInterrupt" else "The script ended with an error."


def _findings(vitals: Vitals, findings: list[Finding]) -> str:
    if vitals.error:
        ended = (
            f'<div class="ended"><p><strong>{_ending(vitals.error)}</strong></p>'
            f'<pre tabindex="0">{clean(vitals.error)}</pre></div>'
        )
    else:
        ended = ""
    if not findings:
        return ended + ("<p>Every rule was asked, and none has anything to say.</p>" if vitals.steps else "")
    writer = _Findings(vitals)
    shown = families(findings)[:MOST_FINDINGS]
    inner = "".join(writer.cause(cause, symptoms) for cause, symptoms in shown)
    left = len(findings) - writer.written
    more = f"<p>And {left:,} more; the JSON file has them all.</p>" if left > 0 else ""
    return f"{ended}{inner}{more}"


class _Findings:
    """Writes findings; remembers how many pictures there are, and which pages of rules stand there already."""

    def __init__(self, vitals: Vitals) -> None:
        self.vitals = vitals
        self.written = 0
        self.explained: set[str] = set()

    def cause(self, finding: Finding, symptoms: Sequence[Finding]) -> str:
        """Return a cause with what it has brought about."""
        inner = self._one(finding, 3)
        if symptoms:
            kept = symptoms[: MOST_FINDINGS - self.written]
            listed = "".join(f"<li>{self._one(symptom, 4)}</li>" for symptom in kept)
            word = "This has brought about" if len(symptoms) > 1 else "It has brought about"
            inner += f'<p class="under">{word}:</p><ul class="symptoms">{listed}</ul>'
        return f'<article class="finding {finding.severity}">{inner}</article>'

    def _one(self, finding: Finding, level: int) -> str:
        self.written += 1
        vitals = self.vitals
        line = line_of(vitals, finding)
        about = [_place(vitals, finding.where)]
        about += [line] if line else []
        about += [f"from step {finding.step:,}"] if finding.step is not None else []
        if finding.severity != "note" and isfinite(finding.confidence):
            about.append(f"{finding.confidence:.0%} sure")
        sign = MARKS[finding.severity]
        head = (
            f'<h{level}><span class="badge {finding.severity}"><span aria-hidden="true">{sign}</span> '
            f"{finding.severity}</span> {clean(finding.fault)}</h{level}>"
            f'<p class="about">{clean(" · ".join(about))}</p><p>{clean(finding.evidence)}</p>'
        )
        pictures = (
            "".join(_figure(shown) for shown in pictured(vitals, finding, symptom=level > 3))
            if self.written <= PICTURED
            else ""
        )
        change = change_for(vitals, finding)
        cure = f'<p class="cure"><strong>What to do.</strong> {clean(finding.advice)}</p>'
        cure += (
            f'<pre class="change" tabindex="0" aria-label="The change to make">{clean(change)}</pre>' if change else ""
        )
        grid = f'<div class="grid">{pictures}</div>' if pictures else ""
        inner = f"{grid}{cure}{self._explained(finding.fault)}"
        if level == 3:
            return head + inner
        return f"{head}<details><summary>Evidence and cure of {clean(finding.fault)}</summary>{inner}</details>"

    def _explained(self, code: str) -> str:
        """Return the rule's page, once."""
        if code not in codes() or code in self.explained:
            return ""
        self.explained.add(code)
        listed = [*parts(code)]
        constants = numbers(code)
        if constants:
            listed.append(("Numbers", ", ".join(f"{name} {value}" for name, value in constants.items()) + "."))
        inner = "".join(f"<dt>{clean(name)}</dt><dd>{_code(text)}</dd>" for name, text in listed if name)
        return (
            f'<details class="rule"><summary>More on <code>{clean(code)}</code></summary>'
            f"<p><strong>{clean(title(code))}</strong> "
            f"In a terminal: <code>glasswork doctor --explain {clean(code)}</code></p><dl>{inner}</dl></details>"
        )


def _course(vitals: Vitals) -> str:
    shown = [loss_curve(vitals), score_curve(vitals), rate_curve(vitals), ratio_curve(vitals), gradient_curve(vitals)]
    figures = "".join(_figure(one) for one in shown if one is not None)
    return f'<div class="grid">{figures}</div>' if figures else ""


def _health(vitals: Vitals, findings: Sequence[Finding]) -> str:
    named = list(dict.fromkeys(finding.where for finding in findings))
    said = []
    for measure in MEASURES:
        shown = maps(vitals, measure, named)
        if shown:
            inner = "".join(_figure(one, wide=True) for one in shown)
            said.append(f"<h3>{clean(measure.name)}</h3>{legend(measure)}{inner}")
    if not said:
        return ""
    lead = (
        "Each row is a layer, the first on top; each column a step that was looked at closely. "
        "Cells with a sign lie outside of what is usual: ▲ too high, ▼ too low, × not a number."
    )
    return f"<p>{lead}</p>{''.join(said)}"


def _experiments(vitals: Vitals) -> str:
    if not vitals.probes:
        return ""
    rows = [
        [p.name, tried(p), outcome(p), f"{p.seconds:.2f} s",
         ", ".join(f"{name} {value:.3g}" for name, value in p.figures.items())]
        for p in vitals.probes.values()
    ]  # fmt: skip
    lead = f"Short trials on copies of the model, {spent(vitals):.1f} s in all; the training itself was not touched."
    headings = ("experiment", "what was tried", "what came of it", "time", "figures")
    return f"<p>{lead}</p>{table('Experiments on copies', headings, rows)}"


def _blind(vitals: Vitals) -> str:
    if not vitals.blind:
        return ""
    return f"<ul>{''.join(f'<li>{clean(sentence)}</li>' for sentence in vitals.blind[:40])}</ul>"


def _figure(shown: Shown, *, wide: bool = False) -> str:
    rows = table(f"{shown.title}, in numbers", shown.headings, shown.rows) if shown.rows else ""
    if not shown.svg:
        return f'<figure class="wide">{rows}<figcaption>{clean(shown.caption)}</figcaption></figure>'
    picture = shown.svg
    if wide:
        picture = f'<div class="scroll" tabindex="0" role="group" aria-label="{clean(shown.title)}">{picture}</div>'
    data = f'<details><summary>In numbers<span class="hidden">: {clean(shown.title)}</span></summary>{rows}</details>'
    kind = ' class="wide"' if wide else ""
    return f"<figure{kind}>{picture}<figcaption>{clean(shown.caption)}</figcaption>{data if rows else ''}</figure>"


def _place(vitals: Vitals, where: str) -> str:
    """Return where a finding is, in words: the loop, the data, or a layer with what it is."""
    if where in ("loop", "data", "optimizer", "loss", "model"):
        return f"in the {where}"
    layer = next((m.layers[where] for m in vitals.models.values() if where in m.layers), None)
    return f"in layer {where} ({layer.kind})" if layer is not None else f"in {where}"


def _title(code: str) -> str:
    return title(code) if code in codes() else code.replace("-", " ").capitalize()


def _code(text: str) -> str:
    """Return text in which double back ticks set code."""
    pieces = text.split("``")
    return "".join(f"<code>{clean(piece)}</code>" if i % 2 else clean(piece) for i, piece in enumerate(pieces))


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")
