import pytest
import torch
from torch.nn import functional

from glasswork.errors import RangeError
from glasswork.models import LogisticRegression


def test_softmax_of_its_logits_is_the_sigmoid():
    model = LogisticRegression(inputs=3).double()
    torch.nn.init.normal_(model.linear.weight)
    x = torch.randn(5, 3, dtype=torch.float64)
    z = x @ model.linear.weight[0] + model.linear.bias
    torch.testing.assert_close(model(x).softmax(1)[:, 1], z.sigmoid(), rtol=0, atol=1e-12)


def test_cross_entropy_is_the_log_loss_of_two_classes():
    model = LogisticRegression(inputs=3).double()
    torch.nn.init.normal_(model.linear.weight)
    x, y = torch.randn(5, 3, dtype=torch.float64), torch.tensor([0, 1, 1, 0, 1])
    expected = functional.binary_cross_entropy_with_logits(model(x)[:, 1], y.double())
    torch.testing.assert_close(functional.cross_entropy(model(x), y), expected, rtol=0, atol=1e-12)


def test_more_classes_are_refused():
    with pytest.raises(RangeError, match=r"LogisticRegression: outputs must be 2, got outputs=3\. Use Linear"):
        LogisticRegression(inputs=4, outputs=3)
