import copy

import pytest
import torch
from torch import nan

from glasswork.layers import TableInputs

SETTINGS = [
    {},
    {"scaling": "quantile", "indicators": False},
    {"number_embedding": "piecewise-linear", "number_width": 4, "one_hot_limit": 5},
    {"number_embedding": "periodic", "scaling": "robust", "category_width": 2},
]


def rows():
    numbers = torch.randn(50, 3)
    numbers[::5, 1] = nan
    return {"numbers": numbers, "codes": torch.randint(0, 5, (50, 2))}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_outputs_says_the_width(settings, dtype):
    inputs = TableInputs(numbers=3, categories=[4, 20], **settings).to(dtype).fit(**rows())
    out = inputs(**rows())
    assert out.shape == (50, inputs.outputs)
    assert out.dtype == dtype
    assert out.isfinite().all()


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_module_made_from_sizes_alone_loads_the_state(settings):
    fitted = TableInputs(numbers=3, categories=[4, 20], **settings).fit(**rows())
    other = TableInputs(numbers=3, categories=[4, 20], **settings)
    other.load_state_dict(copy.deepcopy(fitted.state_dict()))
    torch.manual_seed(5)
    new = rows()
    torch.testing.assert_close(other(**new), fitted(**new), rtol=0, atol=0)


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_row_does_not_depend_on_the_others(settings):
    inputs = TableInputs(numbers=3, categories=[4, 20], **settings).fit(**rows())
    new = rows()
    alone = inputs(**{key: value[7:8] for key, value in new.items()})
    torch.testing.assert_close(alone, inputs(**new)[7:8])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("settings", SETTINGS)
def test_compiles_to_the_same_values(settings):
    torch._dynamo.reset()
    inputs = TableInputs(numbers=3, categories=[4, 20], **settings).fit(**rows())
    new = rows()
    torch.testing.assert_close(torch.compile(inputs, backend="aot_eager")(**new), inputs(**new))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("settings", SETTINGS)
def test_fits_and_answers_alike_on_a_gpu(settings):
    inputs = TableInputs(numbers=3, categories=[4, 20], **settings).double()
    new = rows()
    expected = inputs.fit(**new)(**new)
    there = {key: value.cuda() for key, value in new.items()}
    torch.testing.assert_close(inputs.cuda().fit(**there)(**there).cpu(), expected, rtol=1e-9, atol=1e-9)


def test_tables_of_one_kind():
    only_numbers = TableInputs(numbers=2)
    assert only_numbers(numbers=torch.zeros(4, 2)).shape == (4, 4)
    assert only_numbers(numbers=torch.zeros(4, 2), codes=torch.zeros(4, 0, dtype=torch.int64)).shape == (4, 4)
    only_codes = TableInputs(numbers=0, categories=[3], one_hot_limit=3)
    assert only_codes(codes=torch.tensor([[1], [2]])).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert only_codes.fit(codes=torch.tensor([[1], [2]])).outputs == 3


def test_fitting_again_starts_afresh():
    inputs = TableInputs(numbers=1).fit(numbers=torch.tensor([[1.0], [3.0]]))
    inputs.fit(numbers=torch.tensor([[10.0], [30.0]]))
    assert inputs(numbers=torch.tensor([[30.0]]))[0, 0].item() == 1
