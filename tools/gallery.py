"""Write the gallery: a page for each script of examples/gallery, and an index.

    .venv/bin/python tools/gallery.py                 # all of them, into build/gallery
    .venv/bin/python tools/gallery.py adam_steps      # some of them

Each script is one screen: its docstring is the question, `run()` gives the page, the answer in words, and whether a
check of that answer holds.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from html import escape
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "examples" / "gallery"
PAGES = ROOT / "build" / "gallery"


def scripts() -> list[Path]:
    """Return the scripts, in alphabetical order."""
    return sorted(path for path in SCRIPTS.glob("*.py") if path.stem[0] != "_")


def load(path: Path) -> ModuleType:
    """Import one script from its file."""
    spec = importlib.util.spec_from_file_location(f"gallery_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(path: Path, folder: Path) -> tuple[Path, str, bool]:
    """Run one script and write its page; return where it is, its title, and whether its check holds."""
    from glasswork.tracing.writers.html import write_html

    module = load(path)
    page, answer, holds = module.run()
    question = (module.__doc__ or "").strip().splitlines()[0]
    page.lead = [question, answer, *page.lead]
    if not holds:
        page.checks.insert(0, "MISMATCH: the answer above does not hold.")
    return write_html(page, folder / f"{path.stem}.html")[0], page.title, holds


def main(names: list[str]) -> int:
    """Write the pages; return how many answers do not hold."""
    from glasswork.tracing.document import Document
    from glasswork.tracing.writers.html import html

    wrong = 0
    links: list[tuple[str, str]] = []
    for path in scripts():
        if names and path.stem not in names:
            continue
        page, title, holds = make(path, PAGES)
        wrong += not holds
        links.append((page.name, title))
        print(f"{page.relative_to(ROOT)}: {title}{'' if holds else ' DOES NOT HOLD'}")
    if not names:
        index = html(Document("Gallery of traced steps", ["Each page: a question, one step in numbers, the answer."]))
        items = "".join(f'<li><a href="{name}">{escape(title)}</a></li>' for name, title in links)
        (PAGES / "index.html").write_text(index.replace("<main>", f"<main><nav><ol>{items}</ol></nav>"), "utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
