"""Surfaces: minima where they are said to be, and the difficulty that each is there for."""

import math
import subprocess
import sys

import pytest
import torch

from glasswork.course.surfaces import surface, surfaces
from glasswork.errors import UnknownNameError


def _gradient(name, point):
    at = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(surface(name)(at[0], at[1]), at)
    return gradient


@pytest.mark.parametrize("name", surfaces())
def test_the_gradient_is_zero_at_minima_and_the_first_is_the_lowest(name):
    one = surface(name)
    for x, y in one.minima:
        assert _gradient(name, (x, y)).norm() < 1e-5
        assert one(*one.minima[0]) <= one(x, y)
        for angle in range(12):
            near = (x + 0.01 * math.cos(angle), y + 0.01 * math.sin(angle))
            assert one(*near) > one(x, y)
    left, right, bottom, top = one.window
    assert all(left <= x <= right and bottom <= y <= top for x, y in [one.start, *one.minima])
    assert one.formula
    assert one.about.endswith(".")


def test_the_difficulties():
    assert _gradient("ravine", (1.0, 1.0)).tolist() == [1, 50]
    assert _gradient("saddle", (0.0, 0.0)).tolist() == [0, 0]
    assert _gradient("plateau", surface("plateau").start).norm() < 0.01
    assert _gradient("cliff", surface("cliff").start).norm() > 500
    assert len(surface("double_well").minima) == 2


def test_tensors_of_any_shape_and_no_torch():
    x, y = torch.meshgrid(torch.linspace(-1, 1, 5), torch.linspace(-1, 1, 4), indexing="xy")
    for name in surfaces():
        heights = surface(name)(x, y)
        assert heights.shape == (4, 5)
        assert heights[1, 2].item() == pytest.approx(surface(name)(float(x[1, 2]), float(y[1, 2])), rel=1e-5)
    program = (
        "import sys; from glasswork.course.surfaces import surface as s; s('cliff')(1, 2); exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_unknown_one():
    with pytest.raises(UnknownNameError, match=r"no surface 'clif'; did you mean 'cliff'\?"):
        surface("clif")
