import numpy as np
import polars as pl

from glasswork.evaluation import worst_rows


def test_highest_loss_first_with_its_place_and_its_text():
    rows = pl.DataFrame({"file": ["a", "b", "c"], "row": [7, 8, 9]})
    losses = np.array([0.5, 3.0, 1.0])
    found = worst_rows(losses, lambda i: {"target": i}, rows=rows, texts=["x", "y" * 900, "z"], most=2)
    assert [(row["file"], row["row"], row["target"], row["loss"]) for row in found] == [
        ("b", 8, 1, 3.0),
        ("c", 9, 2, 1.0),
    ]
    assert found[0]["text"].endswith("y …")
    assert len(found[0]["text"]) < 500


def test_rows_count_from_one_where_no_place_is_known():
    assert worst_rows(np.array([1.0, 2.0]), lambda i: {}, most=1) == [{"row": 2, "loss": 2.0}]
