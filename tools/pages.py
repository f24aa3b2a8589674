"""Write the pages about the course: coverage.json, claims.md, errata.md in docs/, and the verdicts that `show` prints.

    .venv/bin/python tools/pages.py            # write them
    .venv/bin/python tools/pages.py --check    # only say whether they are up to date; 1 when they are not

Everything in them comes from the catalogue, the tests' markers and what tools/claims.py measured.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from claims import measured
from coverage_table import Mark, claims, coverage, marks

from glasswork import course

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "glasswork" / "course"


class _Collector:
    """Keeps the tests that pytest collects."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def collect() -> list[Mark]:
    """Collect the whole suite without running it and return its markers."""
    collector = _Collector()
    said = io.StringIO()  # a line for each file, of interest only where something went wrong
    with contextlib.redirect_stdout(said):
        status = pytest.main(["--collect-only", "-qq", "-p", "no:xdist", str(ROOT / "tests")], plugins=[collector])
    if status != pytest.ExitCode.OK:
        raise SystemExit(f"the tests could not be collected\n{said.getvalue()}")
    return marks(collector.items)


def pages(marked: list[Mark]) -> dict[Path, str]:
    """Return what each page should hold."""
    kept = measured()
    found = claims(marked, kept)
    return {
        DOCS / "coverage.json": _json(coverage(marked, kept)),
        SOURCE / "claims.json": _json(found),
        DOCS / "claims.md": _claims_page(found, kept),
        DOCS / "errata.md": _errata_page(),
    }


def _json(values: Any) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _claims_page(found: list[dict[str, Any]], kept: dict[str, dict[str, Any]]) -> str:
    counts = {verdict: sum(claim["verdict"] == verdict for claim in found) for verdict in course.VERDICTS}
    said = {claim["item"] for claim in found}
    lines = [
        "# What became of the course's claims",
        "",
        "Written by `make pages` from the tests and from what the experiments in `examples/claims` measured; do not",
        "edit. To do it again: `.venv/bin/python tools/claims.py NAME` for an experiment, and for a test",
        "`.venv/bin/python -m pytest TEST`.",
        "",
        f"{len(said)} items have a verdict, {len(found)} verdicts in all: "
        + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        + f". {len(kept)} experiments, each over several seeds; figures are mean ± standard deviation.",
    ]
    for group, title in course.groups().items():
        rows = [claim for claim in found if course.item(claim["item"]).group == group]
        if not rows:
            continue
        lines += [
            "",
            f"## {group}: {title}",
            "",
            "| item | the course says | verdict | what was seen | by |",
            "|---|---|---|---|---|",
        ]
        for claim in rows:
            entry = course.item(claim["item"])
            seeds = f", {claim['seeds']} seeds" if claim["seeds"] else ""
            address = claim["by"].partition("::")
            by = f"[{Path(address[0]).stem}](../{address[0]})" + (f" `{address[2]}`" if address[2] else "") + seeds
            cells = (f"{entry.id} {entry.name}", entry.claim, f"**{claim['verdict']}**", claim["seen"], by)
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _errata_page() -> str:
    lines = [
        "# Known mistakes in the course's notes",
        "",
        "Written by `make pages`; do not edit. The parts, the worked examples and the pages of this project use the",
        "right statements; where a worked example has a wrong number printed, its test asserts that ours is not that.",
        "",
        "## Numbers of worked examples",
        "",
        "| example | quantity | printed | right | why |",
        "|---|---|---|---|---|",
    ]
    for id in course.worked_examples():
        example = course.worked(id)
        for key, printed in example.get("note_value", {}).items():
            right = json.dumps(_rounded(example["expected"].get(key)), ensure_ascii=False)
            remark = example["note_remark"][key]
            lines.append("| " + " | ".join(map(_cell, (id, key, str(printed), right, remark))) + " |")
    lines += ["", "## Statements", "", "| id | kind | the notes say | right | source |", "|---|---|---|---|---|"]
    for mistake in course.mistakes().values():
        cells = (mistake.id, mistake.kind, mistake.notes, mistake.right, mistake.source)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _rounded(value: Any) -> Any:
    """Return numbers in at most six digits, in whatever they stand."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return {key: _rounded(one) for key, one in value.items()} if isinstance(value, dict) else value


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").split()) or "—"


def main() -> int:
    """Write the pages, or say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is out of date")
    given = parser.parse_args()
    stale = []
    for path, text in pages(collect()).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not given.check:
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(("out of date: " if given.check else "written: ") + path.relative_to(ROOT).as_posix())
    return 1 if stale and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
