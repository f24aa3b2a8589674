"""Min-max scaling."""

import pytest
import torch

from glasswork import course
from glasswork.errors import RangeError, ShapeError
from glasswork.layers import min_max
from suite import check_behaves


@pytest.mark.course(
    "NORM-10",
    verdict="holds",
    seen="an edge map of -4 and 0 fills 0 to 255 exactly; its magnitudes put 255 on the edge, its signed values put "
    "255 beside it",
)
def test_an_edge_map_fills_the_grey_levels():
    example = course.worked("WE-17")
    edges = torch.tensor(example["expected"]["feature_map"], dtype=torch.float64)
    assert min_max(edges).tolist() == example["expected"]["minmax_0_255"]
    assert min_max(edges.abs()).tolist() == example["expected"]["abs_scaled_0_255"]


def test_other_ends_and_a_flat_map():
    torch.testing.assert_close(min_max(torch.tensor([1.0, 2.0, 5.0]), low=-1, high=1), torch.tensor([-1.0, -0.5, 1.0]))
    assert min_max(torch.full((3,), 7.0), low=2, high=3).tolist() == [2, 2, 2]


def test_behaves_and_refuses():
    check_behaves(min_max, torch.randn(5, 4), batch=False)
    with pytest.raises(ShapeError, match=r"min_max: x must hold at least one element, got shape \(0, 3\)\."):
        min_max(torch.zeros(0, 3))
    with pytest.raises(RangeError, match=r"min_max: high must be > 5, got high=5\."):
        min_max(torch.zeros(2), low=5, high=5)
