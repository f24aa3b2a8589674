import numpy as np
import pytest
import torch

from glasswork.errors import ShapeError, UnknownNameError, UsageError
from glasswork.metrics.scores import ClassificationScores
from glasswork.tasks import Classification

LOGITS = torch.tensor([[2.0, 1.0], [1.0, 4.0], [1.0, 1.5], [3.0, 2.0]]).log()


def test_decode_by_hand():
    decoded = Classification(["no", "yes"]).decode(LOGITS)
    np.testing.assert_allclose(decoded["probabilities"][:, 1], [1 / 3, 0.8, 0.6, 0.4], rtol=1e-6)
    assert decoded["labels"].tolist() == [0, 1, 1, 0]


def test_threshold_is_of_the_positive_class():
    assert Classification(["no", "yes"]).decode(LOGITS, threshold=0.35)["labels"].tolist() == [0, 1, 1, 1]
    # The positive class is the first: shares 2/3, 1/5, 2/5, 3/5.
    other = Classification(["no", "yes"], positive="no")
    assert other.decode(LOGITS, threshold=0.35)["labels"].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("positive", [0, 1])
def test_meter_in_batches_like_the_scores_of_the_evaluation(classes, positive):
    names = [str(i) for i in range(classes)]
    task = Classification(names, positive=names[positive] if classes == 2 else None)
    logits, targets = torch.randn(50, classes), torch.randint(classes, (50,))
    meter = task.meter()
    for rows in torch.arange(50).split(7):
        meter.update(logits[rows], targets[rows])
    expected = ClassificationScores(task.decode(logits)["probabilities"], targets.numpy(), positive=positive)()
    found = meter.compute()
    assert {"accuracy", "balanced_accuracy", "f1", "log_loss"} <= set(found)
    assert ("roc_auc" in found) == (classes == 2)
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=1e-6), name
    assert task.metrics(logits, targets) == pytest.approx(found)


def test_sure_answers_keep_their_order():
    # Probabilities round to 1 in float32; the logits still say which is surer.
    logits = torch.tensor([[0.0, 200.0], [0.0, 300.0], [0.0, 250.0]])
    assert Classification(["a", "b"]).metrics(logits, torch.tensor([0, 1, 1]))["roc_auc"] == 1.0


def test_a_meter_that_saw_nothing_says_nothing():
    meter = Classification(["a", "b"]).meter()
    assert meter.compute() == {}
    meter.update(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
    assert meter.compute() == {}


def test_one_class_only_leaves_out_what_is_not_defined():
    found = Classification(["a", "b"]).metrics(LOGITS, torch.zeros(4, dtype=torch.int64))
    assert "roc_auc" not in found
    assert found["accuracy"] == 0.5


def test_a_rare_positive_class_changes_the_primary_metric():
    assert Classification(["a", "b"], positive_share=0.02).primary == "average_precision"
    assert Classification(["a", "b"], positive_share=0.3).primary == "accuracy"
    assert Classification(["a", "b", "c"], positive_share=0.02).primary == "accuracy"


def test_loss_is_cross_entropy():
    loss = Classification(["a", "b"]).loss(LOGITS, torch.tensor([0, 1, 1, 0]))
    assert loss.item() == pytest.approx(-np.mean(np.log([2 / 3, 0.8, 0.6, 0.6])))


def test_refusals():
    with pytest.raises(UsageError, match=r"two classes or more are needed, got \['a'\]"):
        Classification(["a"])
    with pytest.raises(UnknownNameError, match="did you mean 'yes'"):
        Classification(["no", "yes"], positive="yess")
    with pytest.raises(UsageError, match="a threshold is for two classes, there are 3"):
        Classification(["a", "b", "c"]).decode(torch.zeros(1, 3), threshold=0.5)
    with pytest.raises(ShapeError):
        Classification(["a", "b", "c"]).decode(torch.zeros(1, 2))
