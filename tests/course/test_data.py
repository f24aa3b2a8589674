"""Data preparation: what the course says of scaling, encoding, batches, splits and what is rare."""

import numpy as np
import pytest
import torch
from torch import nn

from glasswork.augmentations import Flip, Noise
from glasswork.data import DataOptions, SplitOptions, prepare, split
from glasswork.layers import BagOfWords, CategoryInputs, ColumnScale, TransformerBlock, bag_of_words
from glasswork.losses import cross_entropy, squared_error
from glasswork.models import LSTMText
from glasswork.training import TensorSource, fit, shuffled


@pytest.mark.course(
    "DATA-01",
    verdict="holds",
    seen="gradient descent fits a line through columns of sizes 1 and 1,000 to one hundredth of their variance in "
    "under 20 steps when they are scaled, and not in 500 steps, each at its largest stable rate, when they are not",
    file="src/glasswork/layers/column_scale.py",
)
def test_scaled_columns_are_learned_in_fewer_steps():
    generator = torch.Generator().manual_seed(0)
    raw = torch.randn(200, 2, dtype=torch.float64, generator=generator) * torch.tensor([1.0, 1000.0])
    y = raw @ torch.tensor([[1.0], [0.001]], dtype=torch.float64)
    scale = ColumnScale(2).double().fit(raw)
    scaled = scale(raw)
    torch.testing.assert_close(scaled.mean(0), torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-6)
    torch.testing.assert_close(scaled.std(0, unbiased=False), torch.ones(2, dtype=torch.float64), rtol=0, atol=1e-6)

    def steps(x, most=500):
        rate = 1 / float(torch.linalg.eigvalsh(2 * x.T @ x / len(x)).max())
        w = torch.zeros(2, 1, dtype=torch.float64, requires_grad=True)
        for step in range(most):
            loss = squared_error(x @ w, y)
            if loss < 0.01 * y.var():
                return step
            (slope,) = torch.autograd.grad(loss, w)
            w = (w - rate * slope).detach().requires_grad_()
        return most

    assert steps(scaled) < 20
    assert steps(raw) == 500


@pytest.mark.course("DATA-02", file="src/glasswork/layers/category_inputs.py")
def test_one_hot_rows_are_unit_vectors():
    inputs = CategoryInputs([4], one_hot_limit=4)
    encoded = inputs(torch.tensor([[1], [2], [3], [4], [0]]))
    assert torch.equal(encoded[:4], torch.eye(4))
    assert torch.equal(encoded[4], torch.zeros(4))  # missing, or never seen
    distances = torch.cdist(encoded[:4], encoded[:4])[~torch.eye(4, dtype=torch.bool)]
    torch.testing.assert_close(distances, torch.full((12,), 2**0.5))  # no class is nearer to one than to another


@pytest.mark.course("DATA-03", file="src/glasswork/layers/bag_of_words.py")
def test_a_bag_of_words_counts_and_forgets_the_order():
    vocabulary, table = bag_of_words(["red red blue", "blue red red", "green"])
    assert vocabulary == {"blue": 0, "green": 1, "red": 2}
    assert table.tolist() == [[1, 0, 2], [1, 0, 2], [0, 1, 0]]
    assert BagOfWords(vocabulary=5)(torch.tensor([[4, 2, 4, 0]])).tolist() == [[0, 0, 1, 0, 2]]


@pytest.mark.course(
    "DATA-04",
    verdict="holds",
    seen="a looked-up vector is the same in every sentence; what a transformer block makes of it depends on the others",
    file="src/glasswork/models/lstm_text.py",
)
def test_vectors_looked_up_are_static_and_those_after_attention_contextual():
    torch.manual_seed(0)
    embedding = LSTMText(vocabulary=20, outputs=2, embedding=8, hidden=4).embedding
    tokens = torch.tensor([[5, 6, 7], [5, 8, 9]])  # the same word in two sentences
    static = embedding(tokens)
    assert static.shape == (2, 3, 8)
    assert torch.equal(static[0, 0], static[1, 0])
    assert torch.equal(static[0, 1], embedding.weight[6])
    contextual = TransformerBlock(width=8, heads=2)(static)
    assert contextual.shape == static.shape
    assert (contextual[0, 0] - contextual[1, 0]).abs().max() > 1e-3


@pytest.mark.course("DATA-05", file="src/glasswork/training/order.py")
def test_every_epoch_sees_each_example_once_in_an_order_of_its_own():
    index = np.arange(400)
    orders = [shuffled(index, seed=3, epoch=epoch) for epoch in (0, 1)]
    for order in orders:
        assert sorted(order.tolist()) == index.tolist()
    assert orders[0].tolist() != orders[1].tolist()
    assert orders[0].tolist() == shuffled(index, seed=3, epoch=0).tolist()

    class Watched(TensorSource):
        def batch(self, index, *, epoch=None):
            seen.append(np.asarray(index).tolist())
            return super().batch(index, epoch=epoch)

    seen = []
    model = nn.Linear(1, 1)
    source = Watched({"input": torch.randn(400, 1)}, torch.zeros(400, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, source, loss=squared_error, optimizer=optimizer, epochs=1, batch_size=150, progress=False)
    assert [len(batch) for batch in seen] == [150, 150, 100]
    assert sorted(number for batch in seen for number in batch) == index.tolist()


@pytest.mark.course(
    "DATA-06",
    verdict="holds under conditions",
    seen="a plain network takes one length only; with padding and a mask a text classifier's output does not depend on "
    "how far its batch is padded",
    file="src/glasswork/layers/padding.py",
)
def test_masked_output_does_not_depend_on_the_padding():
    torch.manual_seed(0)
    model = LSTMText(vocabulary=30, outputs=3, embedding=6, hidden=5).eval()
    tokens, lengths = torch.tensor([[4, 9, 2, 7], [5, 3, 0, 0]]), torch.tensor([4, 2])
    longer = torch.cat([tokens, torch.zeros(2, 6, dtype=torch.int64)], dim=1)
    torch.testing.assert_close(model(longer, lengths), model(tokens, lengths), rtol=0, atol=1e-6)
    torch.testing.assert_close(model(tokens[1:, :2], lengths[1:]), model(tokens, lengths)[1:], rtol=0, atol=1e-6)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        nn.Linear(4, 3)(longer.float())


@pytest.mark.course("DATA-07", file="src/glasswork/data/split.py")
@pytest.mark.parametrize("how", ["random", "stratified", "group", "time"])
def test_parts_are_disjoint_and_together_everything(how):
    rng = np.random.default_rng(0)
    targets, groups = rng.integers(0, 3, 300), rng.integers(0, 40, 300)
    parts = split(300, SplitOptions(how=how), seed=1, targets=targets, groups=groups)
    assert list(parts) == ["train", "valid", "test"]
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(300))
    assert all(len(part) >= 30 for part in parts.values())
    if how == "group":
        owners = [set(groups[part].tolist()) for part in parts.values()]
        assert sum(map(len, owners)) == len(set.union(*owners))


@pytest.mark.course("DATA-10", "AUG-01", file="src/glasswork/data/split.py")
def test_a_rare_class_is_in_every_part():
    targets = np.zeros(1000, dtype=np.int64)
    targets[np.random.default_rng(0).permutation(1000)[:30]] = 1
    parts = split(1000, SplitOptions(how="stratified"), seed=0, targets=targets)
    for part in parts.values():
        assert float(targets[part].mean()) == pytest.approx(0.03, abs=0.004)
    once = split(1000, SplitOptions(how="time"), seed=0, targets=np.sort(targets))
    assert np.sort(targets)[once["train"]].sum() == 0  # in a poor order none is left to learn from


@pytest.mark.course(
    "DATA-10",
    verdict="holds",
    seen="weights by the inverse of a class's size make 30 rare rows count as much as 970 common ones: the best "
    "constant answer moves from 3 % to 50 %",
    file="src/glasswork/losses/cross_entropy.py",
)
def test_balanced_weights_make_classes_count_alike():
    targets = torch.tensor([0] * 970 + [1] * 30)
    counts = torch.bincount(targets)
    balanced = len(targets) / (2 * counts)
    for weight, share in ((None, 0.03), (balanced, 0.5)):
        bias = torch.tensor([0.0, torch.logit(torch.tensor(share))], requires_grad=True)
        cross_entropy(bias.expand(1000, 2), targets, class_weight=weight).backward()
        assert bias.grad.abs().max() < 1e-6  # the loss is flat there, so this is the best constant answer
    torch.testing.assert_close((balanced[targets] * targets).sum(), (balanced[targets] * (1 - targets)).sum())


@pytest.mark.course("DATA-10", "AUG-01", file="src/glasswork/training/tensor_source.py")
def test_few_examples_become_as_many_as_there_are_epochs():
    x = torch.rand(10, 1, 8, 8)
    source = TensorSource({"x": x}, torch.arange(10), augment=_Varied())
    seen = {
        row.numpy().tobytes() for epoch in range(30) for row in source.batch(np.arange(10), epoch=epoch).inputs["x"]
    }
    assert len(seen) == 300


class _Varied(nn.Module):
    def __init__(self):
        super().__init__()
        self.flip, self.noise = Flip(), Noise(0.1)

    def forward(self, x, *, keys):
        return self.noise(self.flip(x, keys=keys), keys=keys)


@pytest.mark.course("DATA-08", file="src/glasswork/data/images.py")
def test_pictures_become_bytes(tmp_path):
    from PIL import Image

    for label, value in (("black", 0), ("white", 255)):
        (tmp_path / label).mkdir()
        for i in range(8):
            pixels = np.full((7, 6, 3), value, dtype=np.uint8)
            pixels[0, 0] = (i * 30, 0, 255)
            Image.fromarray(pixels).save(tmp_path / label / f"{i}.png")
    prepared = prepare(DataOptions(paths=(str(tmp_path),)))
    loaded, classes = prepared.examples.inputs["pixels"], prepared.contract.classes
    assert loaded.shape == (16, 7, 6, 3)
    assert loaded.dtype == np.uint8
    for row, code in zip(loaded, prepared.examples.targets, strict=True):
        assert (row[1:] == {"black": 0, "white": 255}[classes[code]]).all()
    assert sorted({int(row[0, 0, 0]) for row in loaded}) == [30 * i for i in range(8)]
