import numpy as np
from sklearn.metrics import confusion_matrix as reference
from sklearn.metrics import precision_recall_fscore_support

from glasswork.evaluation import class_table, confusion_matrix, most_confused


def test_as_scikit_learn():
    rng = np.random.default_rng(0)
    targets, labels = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    ours = confusion_matrix(targets, labels, 4)
    assert (ours == reference(targets, labels)).all()
    table = class_table(ours, list("abcd"))
    precision, recall, f1, count = precision_recall_fscore_support(targets, labels)
    np.testing.assert_allclose([row["precision"] for row in table], precision)
    np.testing.assert_allclose([row["recall"] for row in table], recall)
    np.testing.assert_allclose([row["f1"] for row in table], f1)
    assert [row["count"] for row in table] == count.tolist()


def test_a_class_that_never_occurs_has_no_recall():
    (_, absent) = class_table(np.array([[3, 0], [0, 0]]), ["a", "b"])
    assert absent == {"class": "b", "precision": None, "recall": None, "f1": None, "count": 0}


def test_worst_pair_first_and_no_diagonal():
    pairs = most_confused(np.array([[50, 1, 3], [0, 9, 0], [2, 0, 1]]), ["a", "b", "c"], most=2)
    assert [(pair["target"], pair["prediction"], pair["count"]) for pair in pairs] == [("a", "c", 3), ("c", "a", 2)]
