"""Small data of every kind, prepared."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glasswork.data import DataOptions, Prepared, prepare

KINDS = ("table", "numbers", "images", "text", "series", "corpus")


def make_data(kind: str, place: Path) -> dict[str, object]:
    """Write a small data set and return the recipe's ``data`` section for it."""
    rng = np.random.default_rng(0)
    if kind in ("table", "numbers"):
        x = rng.normal(size=(120, 2))
        colours = rng.choice(["red", "blue"], 120)
        last = np.where(x[:, 0] > 0, "yes", "no") if kind == "table" else np.round(5 + 3 * x[:, 0], 4)
        rows = [f"{a:.4f},{b:.4f},{c},{y}" for (a, b), c, y in zip(x, colours, last, strict=True)]
        (place / "t.csv").write_text("\n".join(["a,b,colour,y", *rows]) + "\n")
        return {"paths": [str(place / "t.csv")], "target": "y"}
    if kind == "images":
        for name, low in (("dark", 0), ("light", 120)):
            (place / "photos" / name).mkdir(parents=True)
            for i in range(20):
                pixels = rng.integers(low, low + 120, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / "photos" / name / f"{i}.png")
        return {"paths": [str(place / "photos")]}
    if kind == "text":
        rows = [f"{'yes' if i % 2 else 'no'}\tword{i % 2} and {i}" for i in range(80)]
        (place / "t.txt").write_text("\n".join(rows) + "\n")
        return {"paths": [str(place / "t.txt")], "kind": "text"}
    if kind == "series":
        rows = [f"2024-01-{1 + i // 24:02d} {i % 24:02d}:00,{np.sin(i / 4):.5f}" for i in range(400)]
        (place / "s.csv").write_text("\n".join(["time,load", *rows]) + "\n")
        return {"paths": [str(place / "s.csv")], "horizon": 4, "past": 12}
    (place / "song.txt").write_text("la la li lo. " * 300)
    return {"paths": [str(place / "song.txt")], "context": 16}


@pytest.fixture(scope="session")
def data_of(tmp_path_factory):
    """Return the ``data`` section of a kind; each is written once."""
    known: dict[str, dict[str, object]] = {}

    def of(kind: str) -> dict[str, object]:
        if kind not in known:
            known[kind] = make_data(kind, tmp_path_factory.mktemp(kind))
        return known[kind]

    return of


@pytest.fixture(scope="session")
def prepared_of(data_of):
    """Return a kind's prepared data."""
    known: dict[str, Prepared] = {}

    def of(kind: str) -> Prepared:
        if kind not in known:
            known[kind] = prepare(DataOptions.model_validate(data_of(kind)))
        return known[kind]

    return of
