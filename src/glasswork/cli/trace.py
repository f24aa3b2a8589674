"""The arguments of ``glasswork trace``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glasswork.cli.output import say
from glasswork.errors import TrainingError, UsageError

if TYPE_CHECKING:
    from glasswork.tracing import Check, Document, Trace

__all__ = ["trace"]


def trace(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[RUN|MODEL]", help="A run folder, a model's name, or a lesson: xor, chain, shared."),
    ] = None,
    sample: Annotated[int, typer.Option(help="Which training example, from 0.")] = 0,
    parameter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A parameter, one number of it, a module or a unit: body.0.weight[0,1]."),
    ] = None,
    depth: Annotated[
        str | None,
        typer.Option(help="sentence, modules, operations or element.", show_default="what is asked for decides"),
    ] = None,
    max_lines: Annotated[int, typer.Option(help="Equations at most.", min=4)] = 80,
    notation: Annotated[str | None, typer.Option(help="course, to_from or names.", show_default="course")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page; no script in it.")] = None,
    latex: Annotated[Path | None, typer.Option("--latex", metavar="FILE", help="Write a LaTeX document.")] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the document as JSON.")] = None,
    exercise: Annotated[
        str | None,
        typer.Option(metavar="BLANKS", help="The step with blanks: deltas, weights, activations or all; and answers."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the choice of blanks.")] = 0,
    worked: Annotated[str | None, typer.Option(metavar="WE-10", help="A worked example of the course instead.")] = None,
) -> None:
    r"""Write out one training step, forward, backward and update, as arithmetic; checked before it is shown.

    \b
    glasswork trace xor                                      every number of a 2-2-1 net
    glasswork trace xor --parameter 0.weight[0,1]            all that one weight needs
    glasswork trace runs/penguins --sample 3                 the next step of a run
    glasswork trace runs/penguins --parameter body.head.bias --html step.html
    glasswork trace models.lstm_text --depth operations      any registered model, made small
    glasswork trace xor --exercise deltas --seed 3 --html sheet.html
    glasswork trace --worked WE-10                           an example of the course, worked in full
    """
    width = min(100, shutil.get_terminal_size((80, 24)).columns)
    if (what is None) == (worked is None):
        raise UsageError("trace needs a run folder, a model's name, a lesson (xor) or --worked WE-10, and one of them.")
    if worked is not None:
        _worked(worked, width, html, latex, json)
        return
    from glasswork.verbs.trace import trace as traced_step

    traced = traced_step(str(what), sample=sample)
    step = traced.trace
    selection: dict[str, Any] = {"depth": depth, "max_lines": max_lines, "notation": notation}
    if depth is None and parameter is None and (traced.small or exercise is not None):
        selection["depth"] = "element"
    _refuse_failure(step)
    if exercise is not None:
        _exercise(step, traced.subject, exercise, seed, parameter, selection, html, latex or json, width)
        return
    document = step.illustrated(parameter, **selection) if html or latex or json else None
    said = step.document(parameter, **selection) if document is None else document
    shown = selection["depth"] or ("modules" if parameter is None else "element")
    say(_announced(traced.subject, said, shown, max_lines))
    if document is None:
        say()
        from glasswork.tracing.writers.text import text

        say(text(said, width=width))
    checked = step.check()
    if document is not None:
        document.checks = _checks(checked)
        if traced.plane is not None and parameter is None:
            from glasswork.tracing import Section

            document.sections.insert(0, Section("In the plane", 1, [traced.plane]))
        _write(document, html, latex, json)
    say()
    say(_verdict(checked))
    if not checked.ok:
        raise TrainingError("the trace does not agree with what it was checked against; see the lines above.")


def _announced(subject: str, document: Document, depth: str, max_lines: int) -> str:
    left = [note for note in document.notes if "eft out" in note]
    said = " ".join(left) if left else "Nothing is left out of what was asked for."
    return f"Tracing {subject}. Depth: {depth}; budget: {max_lines} equations. {said}"


def _checks(checked: Check) -> list[str]:
    rows = str(checked).splitlines()
    return sorted(rows, key=lambda row: not row.startswith("MISMATCH"))


def _verdict(checked: Check) -> str:
    largest = "; ".join(f"{name} {value:.2g}" for name, value in checked.largest.items())
    if checked.ok:
        return f"Checked: everything agrees. Largest differences: {largest}."
    return "\n".join([*(f"MISMATCH: {problem}" for problem in checked.problems), f"Largest differences: {largest}."])


def _refuse_failure(step: Trace) -> None:
    if step.failure is not None:
        where = f" in {step.failure.where}" if step.failure.where else ""
        raise UsageError(f"the step failed{where}: {step.failure.error}")


def _write(document: Document, html: Path | None, latex: Path | None, json: Path | None) -> None:
    from glasswork.tracing.writers.html import write_html
    from glasswork.tracing.writers.json import json as as_json
    from glasswork.tracing.writers.latex import latex as as_latex

    try:
        if html is not None:
            written = write_html(document, html)
            more = f" and {len(written) - 1} pages in {written[1].parent}" if len(written) > 1 else ""
            say(f"{written[0]}{more}")
        for path, text in ((latex, as_latex), (json, as_json)):
            if path is not None:
                path.write_text(text(document), encoding="utf-8")
                say(str(path))
    except OSError as error:
        raise UsageError(f"{error.filename} could not be written: {error.strerror}.") from None


def _exercise(
    step: Trace,
    subject: str,
    blanks: str,
    seed: int,
    parameter: str | None,
    selection: dict[str, Any],
    html: Path | None,
    other: Path | None,
    width: int,
) -> None:
    if other is not None:
        raise UsageError("an exercise is printed, or written with --html; not as LaTeX or JSON.")
    from glasswork.tracing.exercise import exercise
    from glasswork.tracing.writers.text import text

    found = exercise(step.document(parameter, **selection), blanks, seed)  # type: ignore[arg-type]
    say(f"An exercise on {subject}; blanks: {blanks}, seed {seed}.")
    checked = step.check()
    if html is not None:
        for path in found.html(html):
            say(str(path))
    else:
        for page in (found.sheet, found.solution):
            say()
            say(text(page, width=width))
    say()
    say(_verdict(checked))


def _worked(id: str, width: int, html: Path | None, latex: Path | None, json: Path | None) -> None:
    from glasswork.course import worked_examples
    from glasswork.tracing.worked import worked_document
    from glasswork.tracing.writers.text import text

    id = next((known for known in worked_examples() if known.lower() == id.lower()), id)
    document = worked_document(id)
    if html is None and latex is None and json is None:
        say(text(document, width=width))
        return
    say(f"Tracing worked example {id}.")
    _write(document, html, latex, json)
