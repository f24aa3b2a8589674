"""What every model must do, whatever it is: one entry a file, and each entry goes through the same tests."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import glasswork.models
from glasswork import catalog
from glasswork.data import Ragged
from glasswork.errors import ShapeError

TABLE = {"inputs": 5, "outputs": 3}
IMAGES = {"channels": 2, "height": 9, "width": 7, "outputs": 3}
TEXT = {"vocabulary": 30, "outputs": 3}
SERIES = {"past": 6, "horizon": 4, "channels": 3, "targets": 2}
CORPUS = {"vocabulary": 30, "context": 8}

# The facts of its kind of data, then settings small enough to be quick.
MODELS = {
    "convnet": (IMAGES, {"maps": [8, 8]}),
    "gpt": (CORPUS, {"width": 16, "heads": 2, "layers": 2}),
    "gru_text": (TEXT, {"embedding": 8, "hidden": 6, "dropout": 0.1}),
    "linear": (TABLE, {}),
    "linear_forecaster": (SERIES, {}),
    "logistic_regression": (TABLE | {"outputs": 2}, {}),
    "lstm_forecaster": (SERIES, {"hidden": 8, "layers": 2, "dropout": 0.1}),
    "lstm_text": (TEXT, {"embedding": 8, "hidden": 6, "layers": 2, "dropout": 0.1}),
    "mlp": (TABLE, {"hidden": [16, 16], "dropout": 0.1, "norm": "layer", "residual": True}),
    "neuron": (TABLE, {}),
    "ngrams": (TEXT, {"feature_dropout": 0.1}),
    "nlinear": (SERIES, {}),
    "perceptron": (TABLE | {"outputs": 2}, {}),
    "resnet": (IMAGES, {"stem": 4, "maps": [8, 8], "depths": [1, 2]}),
    "text_cnn": (TEXT, {"embedding": 8, "filters": 6, "dropout": 0.1}),
    "text_transformer": (TEXT, {"width": 16, "heads": 2, "layers": 2, "dropout": 0.1}),
}
# Those that have no gradient to follow: fixed, or taught by a rule of their own. Their own tests ask the same of them.
WITHOUT_GRADIENT = {"competitive", "mcculloch_pitts", "nearest_neighbours", "self_organising_map"}
WEIGHTED_SUMS = {"logistic_regression", "neuron", "perceptron"}
TEXT_MODELS = [name for name, (facts, _) in MODELS.items() if facts is TEXT]


def examples(name, count, dtype=torch.float32):
    """Inputs by name and targets, different in each example."""
    facts, _ = MODELS[name]
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, facts.get("outputs", 3), (count,), generator=generator)

    def normal(*shape):
        return torch.randn(count, *shape, generator=generator, dtype=torch.float64).to(dtype)

    if "inputs" in facts:
        return {"x": normal(facts["inputs"])}, labels
    if "height" in facts:
        return {"x": normal(facts["channels"], facts["height"], facts["width"])}, labels
    if "past" in facts:
        return {"past": normal(facts["past"], facts["channels"])}, normal(facts["horizon"], facts["targets"])
    if "context" in facts:
        tokens = torch.randint(2, facts["vocabulary"], (count, facts["context"] + 1), generator=generator)
        return {"tokens": tokens[:, :-1]}, tokens[:, 1:]
    lengths = torch.randint(1, 9, (count,), generator=generator)
    tokens = torch.randint(2, facts["vocabulary"], (count, 8), generator=generator)
    return {"tokens": tokens * (torch.arange(8) < lengths[:, None]), "lengths": lengths}, labels


def ragged(tokens, lengths):
    flat = torch.cat([row[:length] for row, length in zip(tokens, lengths, strict=True)])
    return Ragged(flat.numpy(), np.concatenate([[0], lengths.cumsum(0).numpy()]))


def build(name, inputs=None, targets=None, dtype=torch.float32):
    facts, settings = MODELS[name]
    torch.manual_seed(1)
    model = catalog.find("models", name)(**facts, **settings).to(dtype)
    if hasattr(model, "fit"):
        inputs, targets = examples(name, 8, dtype) if inputs is None else (inputs, targets)
        model.fit(ragged(**inputs), np.arange(len(targets)), targets.numpy())
    return model


def loss_of(outputs, targets):
    if targets.is_floating_point():
        return functional.mse_loss(outputs, targets)
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def has_batch_norm(model):
    return any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in model.modules())


def test_every_file_is_here():
    folder = Path(glasswork.models.__file__).parent
    files = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert sorted({*MODELS, *WITHOUT_GRADIENT}) == files


@pytest.mark.parametrize("name", MODELS)
def test_the_front_names_it(name):
    model = catalog.find("models", name)
    line = f"from glasswork.models.{name} import {model.__name__} as {model.__name__}"
    assert getattr(glasswork.models, model.__name__, None) is model, f"add to models/__init__.py: {line}"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MODELS)
def test_forward_and_backward(name, dtype):
    inputs, targets = examples(name, 8, dtype)
    model = build(name, dtype=dtype)
    outputs = model(**inputs)
    assert outputs.dtype == dtype
    expected = targets.shape if targets.is_floating_point() else (*targets.shape, outputs.shape[-1])
    assert outputs.shape == expected
    loss_of(outputs, targets).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name


@pytest.mark.parametrize("name", MODELS)
def test_state_fits_a_model_made_from_sizes_alone(name):
    inputs, targets = examples(name, 8)
    model = build(name)
    loss_of(model(**inputs), targets).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
    facts, settings = MODELS[name]
    torch.manual_seed(2)
    other = catalog.find("models", name)(**facts, **settings)
    other.load_state_dict(copy.deepcopy(model.state_dict()))
    torch.testing.assert_close(other.eval()(**inputs), model.eval()(**inputs), rtol=0, atol=0)


@pytest.mark.parametrize("name", MODELS)
def test_a_copy_is_equal_and_apart(name):
    inputs, _ = examples(name, 8)
    model = build(name).eval()
    before = model(**inputs)
    twin = copy.deepcopy(model)
    torch.testing.assert_close(twin(**inputs), before, rtol=0, atol=0)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter += 1
    torch.testing.assert_close(model(**inputs), before, rtol=0, atol=0)


@pytest.mark.parametrize("name", MODELS)
def test_evaluation_repeats_to_the_bit(name):
    inputs, _ = examples(name, 8)
    model = build(name).eval()
    assert torch.equal(model(**inputs), model(**inputs))


@pytest.mark.parametrize("name", MODELS)
def test_an_example_does_not_depend_on_its_neighbours(name):
    inputs, _ = examples(name, 8, torch.float64)
    model = build(name, dtype=torch.float64).eval()
    together = model(**inputs)
    order = torch.tensor([5, 0, 7, 2, 1, 6, 3, 4])
    shuffled = model(**{key: value[order] for key, value in inputs.items()})
    torch.testing.assert_close(shuffled, together[order], rtol=1e-12, atol=1e-12)
    alone = torch.cat([model(**{key: value[i : i + 1] for key, value in inputs.items()}) for i in range(8)])
    torch.testing.assert_close(alone, together, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_padding_changes_nothing(name):
    inputs, _ = examples(name, 8, torch.float64)
    model = build(name, dtype=torch.float64).eval()
    expected = model(**inputs)
    longer = functional.pad(inputs["tokens"], (0, 5))
    torch.testing.assert_close(model(tokens=longer, lengths=inputs["lengths"]), expected, rtol=1e-12, atol=1e-12)
    rubbish = longer.where(torch.arange(13) < inputs["lengths"][:, None], 7)
    torch.testing.assert_close(model(tokens=rubbish, lengths=inputs["lengths"]), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(model(tokens=longer), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_padding_has_no_gradient(name):
    inputs, targets = examples(name, 8, torch.float64)
    model = build(name, dtype=torch.float64).eval()
    grown = []
    for extra in (0, 5):
        model.zero_grad()
        outputs = model(tokens=functional.pad(inputs["tokens"], (0, extra)), lengths=inputs["lengths"])
        loss_of(outputs, targets).backward()
        grown.append({key: parameter.grad.clone() for key, parameter in model.named_parameters()})
    torch.testing.assert_close(grown[0], grown[1], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_an_empty_text_gets_a_finite_answer(name):
    model = build(name).eval()
    tokens = torch.tensor([[0, 0, 0], [4, 5, 0]])
    outputs = model(tokens=tokens, lengths=torch.tensor([0, 2]))
    assert outputs.isfinite().all()
    nothing = model(tokens=tokens[:1, :0], lengths=torch.tensor([0]))
    torch.testing.assert_close(nothing, outputs[:1])


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_batch_gives_an_empty_answer(name):
    inputs, _ = examples(name, 8)
    model = build(name).eval()
    outputs = model(**{key: value[:0] for key, value in inputs.items()})
    assert outputs.shape == (0, *model(**inputs).shape[1:])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", MODELS)
def test_compiles_to_the_same_values(name):
    torch._dynamo.reset()
    inputs, targets = examples(name, 8)
    model = build(name).eval()
    expected = model(**inputs)
    outputs = torch.compile(model, backend="aot_eager")(**inputs)
    torch.testing.assert_close(outputs, expected, rtol=1e-4, atol=1e-5)
    loss_of(outputs, targets).backward()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("name", MODELS)
def test_answers_alike_on_a_gpu(name):
    inputs, targets = examples(name, 8, torch.float64)
    model = build(name, dtype=torch.float64).eval()
    expected = model(**inputs)
    outputs = model.cuda()(**{key: value.cuda() for key, value in inputs.items()})
    torch.testing.assert_close(outputs.cpu(), expected, rtol=1e-9, atol=1e-9)
    loss_of(outputs, targets.cuda()).backward()


@pytest.mark.parametrize("name", MODELS)
def test_learns_eight_examples_by_heart(name):
    inputs, targets = examples(name, 8)
    model = build(name, inputs, targets).train()
    start = loss_of(model.eval()(**inputs), targets).item()
    model.train(has_batch_norm(model))  # dropout off; a batch norm must see what it standardises
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss = loss_of(model(**inputs), targets)
        loss.backward()
        optimizer.step()
    # A purely linear map of 5 or 6 numbers cannot fit 8 arbitrary targets to the end.
    goal = 0.9 if "linear" in name or name in WEIGHTED_SUMS else 0.1
    assert loss.item() < goal * start


@pytest.mark.parametrize("name", MODELS)
def test_a_wrong_shape_is_refused_by_name(name):
    inputs, _ = examples(name, 8)
    key = next(iter(inputs))
    model = build(name)
    wrong = inputs[key].unsqueeze(-1) if key != "x" else inputs[key][:, :1]
    with pytest.raises(ShapeError, match=rf"^\w+: {key}\w* must have .* got shape"):
        model(**{**inputs, key: wrong})
