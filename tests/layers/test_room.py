"""What every part of this room must do: one entry a file, and each entry goes through the same tests."""

import math
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from glasswork import catalog
from glasswork.errors import GlassworkError
from glasswork.layers import (
    GRU,
    LSTM,
    RNN,
    AdditiveAttention,
    Attention,
    AveragePool,
    BagOfWords,
    BatchNorm,
    Bidirectional,
    CategoryInputs,
    ClassicDropout,
    ColumnScale,
    Convolution,
    ConvolutionBlock,
    CrossAttention,
    DepthwiseSeparable,
    Dropout,
    EchoState,
    EdgeFilter,
    FeedForward,
    Flatten,
    GaussianNoise,
    GlobalPool,
    Graph,
    GroupNorm,
    GRUCell,
    ImageInputs,
    Input,
    L2Pool,
    LayerNorm,
    LearnedPositions,
    LSTMCell,
    MaxPool,
    MinPool,
    Network,
    NumberInputs,
    Periodic,
    PiecewiseLinear,
    ResetBeforeGRUCell,
    Residual,
    RNNCell,
    SeriesInputs,
    SinusoidPositions,
    TableInputs,
    TargetScale,
    TransformerBlock,
    attention_formula,
    batch_norm_formula,
    convolution_formula,
    ewma,
    feed_forward_formula,
    gru_formula,
    layer_norm_formula,
    max_pool_formula,
    min_max,
    node,
    unroll,
    windows,
)
from suite import check_behaves, check_twin


def drawn(*shape):
    """Numbers of which no two agree, the same in every run."""
    generator = torch.Generator().manual_seed(len(shape))
    return torch.randn(*shape, generator=generator)


def graph():
    x = Input("x")
    return Graph(inputs=[x], outputs=node(torch.add, node(nn.Linear(4, 3), x), 1.0))


class Named(nn.Module):
    """A body whose argument is named x."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 2)

    def forward(self, x):
        return self.inner(x)


class ByKeyword(nn.Module):
    """A network takes its inputs by keyword; here by place, as the suite calls."""

    def __init__(self, network, *names):
        super().__init__()
        self.network, self.names = network, names

    def forward(self, *inputs):
        return self.network(**dict(zip(self.names, inputs, strict=True)))


def fitted(part, *inputs):
    return part.fit(*inputs)


LENGTHS = torch.tensor([5, 2, 3])
CODES = torch.tensor([[1, 0], [3, 7], [2, 9]])

# How to make it, what it takes, what it must refuse (None: any shape will do), and what the suite is not to ask.
PARTS = {
    "additive_attention": (
        lambda: AdditiveAttention(state=3, memory=4, hidden=5),
        (drawn(2, 3), drawn(2, 6, 4)),
        (drawn(3, 3), drawn(2, 6, 4)),
        {},
    ),
    "attention": (lambda: Attention(width=4, heads=2), (drawn(2, 3, 4),), (drawn(2, 3, 5),), {}),
    "average_pool": (AveragePool, (drawn(2, 3, 4, 6),), (drawn(3, 4),), {}),
    "bag_of_words": (lambda: BagOfWords(vocabulary=10), (CODES,), (CODES[0],), {"half": False}),
    # In training a single empty batch has no mean: see test_refusals of the norm.
    "batch_norm": (lambda: BatchNorm(3).eval(), (drawn(2, 3, 4),), (drawn(2, 4),), {}),
    "bidirectional": (
        lambda: Bidirectional(nn.GRU, inputs=2, hidden=3),
        (drawn(3, 5, 2), LENGTHS),
        (drawn(3, 5, 4), LENGTHS),
        {},
    ),
    "category_inputs": (lambda: CategoryInputs([3, 9], one_hot_limit=4), (CODES,), (CODES[:, :1],), {"half": False}),
    "classic_dropout": (lambda: ClassicDropout(0.3), (drawn(5, 4),), None, {}),
    "column_scale": (lambda: fitted(ColumnScale(3), drawn(9, 3)), (drawn(4, 3),), (drawn(4, 2),), {}),
    "convolution": (lambda: Convolution(channels=3, maps=2), (drawn(2, 3, 5, 6),), (drawn(2, 2, 5, 6),), {}),
    "convolution_block": (
        lambda: ConvolutionBlock(channels=3, maps=2).eval(),
        (drawn(2, 3, 5, 6),),
        (drawn(2, 2, 5, 6),),
        {},
    ),
    "cross_attention": (
        lambda: CrossAttention(width=4, heads=2),
        (drawn(2, 3, 4), drawn(2, 5, 4)),
        (drawn(2, 3, 4), drawn(1, 5, 4)),
        {},
    ),
    "depthwise_separable": (
        lambda: DepthwiseSeparable(channels=3, maps=2),
        (drawn(2, 3, 5, 6),),
        (drawn(2, 2, 5, 6),),
        {},
    ),
    "dropout": (lambda: Dropout(0.3), (drawn(5, 4),), None, {}),
    "echo_state": (lambda: EchoState(inputs=2, hidden=5, outputs=1), (drawn(2, 4, 2),), (drawn(2, 4, 3),), {}),
    "edge_filter": (lambda: EdgeFilter("vertical", channels=3), (drawn(2, 3, 5, 6),), (drawn(2, 2, 5, 6),), {}),
    "ewma": (lambda: ewma, (drawn(3, 9),), (torch.tensor(1.0),), {}),
    "feed_forward": (lambda: FeedForward(width=4), (drawn(2, 3, 4),), (drawn(2, 3, 5),), {}),
    "flatten": (Flatten, (drawn(2, 3, 4),), (drawn(3),), {}),
    "gaussian_noise": (GaussianNoise, (drawn(5, 4),), None, {}),
    "global_pool": (GlobalPool, (drawn(2, 3, 4, 5),), (drawn(2, 3, 0),), {}),
    "graph": (graph, (drawn(2, 4),), (drawn(2, 4), drawn(2, 4)), {}),
    "group_norm": (lambda: GroupNorm(2, 4), (drawn(2, 4, 3),), (drawn(2, 6, 3),), {}),
    "gru": (lambda: GRU(inputs=2, hidden=3), (drawn(2, 4, 2),), (drawn(2, 4, 3),), {}),
    "gru_cell": (lambda: GRUCell(inputs=2, hidden=3), (drawn(4, 2), drawn(4, 3)), (drawn(4, 2), drawn(5, 3)), {}),
    "image_inputs": (
        lambda: fitted(ImageInputs(3), drawn(9, 3, 4, 4)),
        (drawn(2, 3, 4, 4),),
        (drawn(2, 4, 4, 3),),
        {},
    ),
    "l2_pool": (L2Pool, (drawn(2, 3, 4, 6),), (drawn(3, 4),), {}),
    "layer_norm": (lambda: LayerNorm(4), (drawn(2, 3, 4),), (drawn(2, 3, 5),), {}),
    "learned_positions": (lambda: LearnedPositions(places=5, width=4), (drawn(2, 3, 4),), (drawn(2, 6, 4),), {}),
    "lstm": (lambda: LSTM(inputs=2, hidden=3), (drawn(2, 4, 2),), (drawn(2, 4, 3),), {}),
    "lstm_cell": (lambda: LSTMCell(inputs=2, hidden=3), (drawn(4, 2),), (drawn(4, 3),), {}),
    "max_pool": (MaxPool, (drawn(2, 3, 4, 6),), (drawn(3, 4),), {}),
    "min_max": (lambda: min_max, (drawn(2, 3),), (drawn(0, 3),), {"batch": False}),
    "min_pool": (MinPool, (drawn(2, 3, 4, 6),), (drawn(3, 4),), {}),
    "network": (
        lambda: ByKeyword(
            Network(
                inputs=TableInputs(numbers=4, indicators=False),
                body=Named(),
                target=fitted(TargetScale(2), drawn(9, 2)),
            ),
            "numbers",
        ),
        (drawn(3, 4),),
        (drawn(3, 5),),
        {},
    ),
    "number_inputs": (lambda: fitted(NumberInputs(3), drawn(9, 3)), (drawn(4, 3),), (drawn(4, 2),), {}),
    "periodic": (lambda: Periodic(3, frequencies=4, width=2), (drawn(4, 3),), (drawn(4, 2),), {}),
    "piecewise_linear": (
        lambda: fitted(PiecewiseLinear(3, width=2, bins=4, pieces=8), drawn(9, 3)),
        (drawn(4, 3),),
        (drawn(4, 2),),
        {},
    ),
    "reset_before_gru_cell": (
        lambda: ResetBeforeGRUCell(inputs=2, hidden=3),
        (drawn(4, 2), drawn(4, 3)),
        (drawn(4, 2), drawn(5, 3)),
        {},
    ),
    "residual": (lambda: Residual(nn.Linear(4, 4)), (drawn(3, 4),), None, {}),
    "rnn": (lambda: RNN(inputs=2, hidden=3), (drawn(2, 4, 2),), (drawn(2, 4, 3),), {}),
    "rnn_cell": (lambda: RNNCell(inputs=2, hidden=3), (drawn(4, 2),), (drawn(4, 3),), {}),
    "series_inputs": (
        lambda: fitted(SeriesInputs(2), drawn(9, 2)),
        (drawn(3, 6, 2),),
        (drawn(3, 6, 3),),
        {},
    ),
    "sinusoid_positions": (SinusoidPositions, (drawn(2, 3, 4),), (drawn(3, 4),), {}),
    "table_inputs": (
        lambda: ByKeyword(TableInputs(numbers=2, categories=[3, 9]), "numbers", "codes"),
        (drawn(3, 2), CODES),
        (drawn(3, 3), CODES),
        {},
    ),
    "target_scale": (lambda: fitted(TargetScale(2), drawn(9, 2)), (drawn(3, 2),), (drawn(3, 1),), {}),
    "transformer_block": (
        lambda: TransformerBlock(width=4, heads=2),
        (drawn(2, 3, 4), torch.ones(2, 3, dtype=torch.bool)),
        (drawn(2, 3, 5), torch.ones(2, 3, dtype=torch.bool)),
        {},
    ),
    "unroll": (
        lambda: partial(unroll, lambda x, h: x if h is None else x + 0.5 * h),
        (drawn(2, 4, 3),),
        (drawn(2, 3),),
        {},
    ),
    "windows": (lambda: partial(windows, sizes=[3]), (drawn(2, 3, 7),), (drawn(2, 3, 2),), {}),
}
# Arithmetic on sizes, and tables made of two sizes: no tensor goes in.
WITHOUT_TENSORS = {
    "convolution_size",
    "parameter_count",
    "pooling_size",
    "product_shape",
    "receptive_field",
    "sinusoid",
    "worked_number",
}
# Where their kernel, or the shorter way that they go, is compared with the formula, value and gradient. Others are
# composed of these and written out below (TestComposed), or are plain operations as they stand.
TWINS_ELSEWHERE = {
    "attention": "test_attention_parts.py",
    "cross_attention": "test_attention_parts.py",
    "feed_forward": "test_attention_parts.py",
    "batch_norm": "test_batch_norm.py",
    "group_norm": "test_layer_norm.py",
    "layer_norm": "test_layer_norm.py",
    "dropout": "test_dropout.py",
    "classic_dropout": "test_dropout.py",
    "gaussian_noise": "test_gaussian_noise.py",
    "convolution": "test_convolution.py",
    "ewma": "test_ewma.py",
    "average_pool": "test_pooling.py",
    "global_pool": "test_pooling.py",
    "l2_pool": "test_pooling.py",
    "max_pool": "test_pooling.py",
    "min_pool": "test_pooling.py",
    "gru": "test_recurrent.py",
    "gru_cell": "test_recurrent.py",
    "lstm": "test_recurrent.py",
    "lstm_cell": "test_recurrent.py",
    "reset_before_gru_cell": "test_recurrent.py",
    "rnn": "test_recurrent.py",
    "rnn_cell": "test_recurrent.py",
}
PLAIN = {
    "bag_of_words",
    "category_inputs",
    "column_scale",
    "flatten",
    "graph",
    "image_inputs",
    "learned_positions",
    "network",
    "number_inputs",
    "residual",
    "series_inputs",
    "table_inputs",
    "target_scale",
    "unroll",
    "windows",
}


def build(name):
    torch.manual_seed(1)
    return PARTS[name][0]()


def test_every_part_is_here():
    known = sorted({*PARTS, *WITHOUT_TENSORS})
    assert known == catalog.names("layers"), "give the new part an entry in PARTS"


def test_every_part_is_compared_with_a_formula():
    composed = {name.removeprefix("test_") for name in vars(TestComposed) if name.startswith("test_")}
    assert composed | set(TWINS_ELSEWHERE) | PLAIN == set(PARTS)
    assert not PLAIN & {*composed, *TWINS_ELSEWHERE}
    for name, file in TWINS_ELSEWHERE.items():
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert "check_twin(" in text, (name, file)
        assert name in text or catalog.describe("layers", name).star in text, (name, file)


# torch's own compiler warns when a recurrent layer of torch's reads what is not a leaf.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("name", PARTS)
def test_behaves(name):
    _, inputs, _, without = PARTS[name]
    check_behaves(build(name), *inputs, **without)


@pytest.mark.parametrize("name", [name for name, entry in PARTS.items() if entry[2] is not None])
def test_refuses_a_wrong_shape(name):
    with pytest.raises(GlassworkError):
        build(name)(*PARTS[name][2])


@pytest.mark.parametrize("name", PARTS)
def test_input_stays_as_it_was(name):
    inputs = PARTS[name][1]
    before = [one.clone() for one in inputs]
    build(name)(*inputs)
    assert all(torch.equal(one, old) for one, old in zip(inputs, before, strict=True))


class TestComposed:
    """Parts that are made of others, written out in plain operations."""

    def test_additive_attention(self):
        part = build("additive_attention").double()

        def formula(s, h):
            scores = ((s @ part.from_state.weight.T)[:, None] + h @ part.from_memory.weight.T).tanh()
            powers = (scores @ part.score.weight[0]).exp()
            weights = powers / powers.sum(1, keepdim=True)
            return (weights[:, :, None] * h).sum(1), weights

        check_twin(part, formula, *PARTS["additive_attention"][1])

    def test_bidirectional(self):
        part = build("bidirectional").double()

        def formula(x, lengths):
            rows = []
            for row, length in zip(x, lengths.tolist(), strict=True):
                own = row[None, :length]
                ahead, _ = gru_formula(own, part.forward_readers[0].all_weights)
                back, _ = gru_formula(own.flip(1), part.backward_readers[0].all_weights)
                rows.append(torch.cat([ahead, back.flip(1)], dim=2)[0])
            return torch.cat(rows)

        def inside(x, lengths):
            return part(x, lengths)[torch.arange(x.shape[1]) < lengths[:, None]]

        check_twin(inside, formula, *PARTS["bidirectional"][1])

    @pytest.mark.parametrize("norm", ["before", "after", "none"])
    def test_convolution_block(self, norm):
        torch.manual_seed(1)
        part = ConvolutionBlock(channels=3, maps=2, norm=norm).double()

        def formula(x):
            kernel, bias = part.convolution.weight, part.convolution.bias
            y = convolution_formula(x, kernel, bias, padding="same")
            if norm == "before":
                y = batch_norm_formula(y, part.norm.weight, part.norm.bias)
            y = y.clamp(min=0)
            if norm == "after":
                y = batch_norm_formula(y, part.norm.weight, part.norm.bias)
            return max_pool_formula(y)

        check_twin(part, formula, *PARTS["convolution_block"][1])

    def test_depthwise_separable(self):
        part = build("depthwise_separable").double()

        def formula(x):
            alone = [
                convolution_formula(x[:, [c]], part.depthwise.weight[[c]]) for c in range(x.shape[1])
            ]  # each channel by itself
            z = torch.cat(alone, dim=1)
            mixed = (part.pointwise.weight[:, :, 0, 0] @ z.flatten(2)).unflatten(2, z.shape[2:])
            return mixed + part.pointwise.bias[:, None, None]

        check_twin(part, formula, *PARTS["depthwise_separable"][1])

    def test_echo_state(self):
        part = build("echo_state").double()

        def formula(x):
            h, seen = torch.zeros(len(x), 5, dtype=torch.float64), []
            for x_t in x.unbind(1):
                h = (x_t @ part.weight_ih.T + h @ part.weight_hh.T).tanh()
                seen.append(h)
            return torch.stack(seen, 1) @ part.readout.weight.T + part.readout.bias

        check_twin(part, formula, *PARTS["echo_state"][1])

    def test_edge_filter(self):
        def formula(x):
            columns = x[..., :-2] - x[..., 2:]
            return columns[:, :, :-2] + columns[:, :, 1:-1] + columns[:, :, 2:]

        check_twin(build("edge_filter").double(), formula, *PARTS["edge_filter"][1])

    def test_min_max(self):
        def formula(x):
            ordered = x.flatten().sort().values
            return 255 * (x - ordered[0]) / (ordered[-1] - ordered[0])

        check_twin(min_max, formula, drawn(2, 3))

    def test_periodic(self):
        part = build("periodic").double()

        def formula(x):
            rows = []
            for row in x:
                for number, frequencies in zip(row, part.frequency, strict=True):
                    angles = 2 * math.pi * frequencies * number
                    waves = torch.cat([angles.cos(), angles.sin()])
                    rows.append((part.shared.weight @ waves + part.shared.bias).clamp(min=0))
            return torch.stack(rows).reshape(len(x), -1)

        check_twin(part, formula, *PARTS["periodic"][1])

    def test_piecewise_linear(self):
        part = build("piecewise_linear").double()

        def formula(x):
            columns = []
            for f, column in enumerate(x.unbind(1)):
                used = part.slope[f] > 0
                shares = ((column[:, None] - part.start[f]) * part.slope[f])[:, used]
                shares = torch.minimum(torch.maximum(shares, part.low[f, used]), part.high[f, used])
                columns.append(shares @ part.weight[f, used] + column[:, None] * part.linear[f] + part.bias[f])
            return torch.cat(columns, dim=1)

        check_twin(part, formula, *PARTS["piecewise_linear"][1])

    def test_sinusoid_positions(self):
        def formula(x):
            angles = [[t * 10000 ** (-2 * (w // 2) / 4) for w in range(4)] for t in range(3)]
            waves = [[math.cos(a) if w % 2 else math.sin(a) for w, a in enumerate(row)] for row in angles]
            return x + torch.tensor(waves, dtype=torch.float64)

        check_twin(SinusoidPositions(), formula, *PARTS["sinusoid_positions"][1])

    @pytest.mark.parametrize("causal", [False, True])
    def test_transformer_block(self, causal):
        torch.manual_seed(1)
        part = TransformerBlock(width=4, heads=2, causal=causal, activation=nn.ReLU).double()
        first, second, look = part.norm_before_attention, part.norm_before_mlp, part.attention.look

        def formula(x, mask):
            views = layer_norm_formula(x, first.weight, first.bias) @ look.weight.T + look.bias
            query, key, value = (view.unflatten(2, (2, 2)).transpose(1, 2) for view in views.split(4, dim=2))
            found = attention_formula(query, key, value, mask=mask[:, None, None], causal=causal)
            mix = part.attention.mix
            x = x + found.transpose(1, 2).flatten(2) @ mix.weight.T + mix.bias
            thought = layer_norm_formula(x, second.weight, second.bias)
            widen, narrow = part.widen, part.narrow
            return x + feed_forward_formula(thought, widen.weight.T, widen.bias, narrow.weight.T, narrow.bias)

        x, mask = drawn(2, 3, 4), torch.tensor([[True, True, True], [True, True, False]])
        check_twin(part, formula, x, mask)
