"""Meaning: names, letters and lines of readable steps; refusals; the course's worked examples out of the trace."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from zoo import CASES, CellLoop

import glasswork as gw
from glasswork import course, layers
from glasswork.tracing.algebra import Apply, Frac, Num, Prod, Sum, evaluate, symbols
from glasswork.tracing.meaning import Decline, expand, expandable, expansions, lstm
from glasswork.tracing.meaning.expand import known
from glasswork.tracing.tape import element_at
from suite import close


def call_of(step, name):
    return next(call for call in step.tape.calls if call.name == name)


def opened(step, name, **options):
    return expand(call_of(step, name), step.tape, step.sweep, **options)


def square(out):
    return (out if isinstance(out, torch.Tensor) else out[0]).square().sum()


@pytest.mark.course("WE-50")
def test_the_scalar_lstm_and_gru_steps_of_the_course():
    example = course.worked("WE-50")
    x, h, c = (torch.tensor([[example["inputs"][name]]], dtype=torch.float64) for name in "xhc")
    for kind, cell, given in (
        ("lstm", nn.LSTMCell(1, 1, bias=False), (x, (h, c))),
        ("gru", nn.GRUCell(1, 1, bias=False), (x, h)),
    ):
        for weight in cell.parameters():
            nn.init.constant_(weight, example["inputs"]["w"])
        found = opened(gw.trace(cell, square, given), f"{kind}_cell")
        assert found.ok
        for symbol in ("f", "i", "g", "o", "c", "h") if kind == "lstm" else ("r", "z", "n", "h"):
            ours = next(q for q in found.computed if q.symbol == symbol)
            expected = example["expected"][kind][symbol]
            assert ours.value.item() == pytest.approx(expected, abs=example["tolerance"]["abs"])
            assert evaluate(ours.equation((0, 0)).steps[0]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.course("WE-42")
def test_the_attention_of_the_course():
    example = course.worked("WE-42")
    q, k, v = (torch.tensor(example["inputs"][name], dtype=torch.float64) for name in "QKV")
    step = gw.trace(functional.scaled_dot_product_attention, square, (q, k, v))
    found = opened(step, "scaled_dot_product_attention")
    for key, symbol in (("scores", "s"), ("weights", "a"), ("output", "o")):
        close(example, key, found.find(symbol).value)
    line = found.find("s").equation((2, 0))
    assert [part.name for part in symbols(line.steps[0])] == ["q_31", "k_11", "q_32", "k_12"]
    assert isinstance(line.steps[0], Frac)
    assert line.steps[0].bottom == Apply("sqrt", (Num(2),))


@pytest.mark.course("WE-36")
def test_the_norms_of_the_course():
    example = course.worked("WE-36")
    z = torch.tensor(example["inputs"]["Z"], dtype=torch.float64)
    for short, kind, layer in (("bn", "batch_norm", nn.BatchNorm1d(3)), ("ln", "layer_norm", nn.LayerNorm(3))):
        found = opened(gw.trace(layer, square, z), kind)
        close(example, short, found.find("y").value)
        close(example, f"{short}_mean", found.find("mu").value)
        close(example, f"{short}_var", found.find("var").value)


def test_the_gates_are_those_of_the_twins():
    cell = nn.LSTMCell(2, 3).double()
    x = torch.randn(4, 2, dtype=torch.float64)
    found = opened(gw.trace(cell, square, x), "lstm_cell")
    gates = layers.lstm_gates(x, torch.zeros(4, 3).double(), *cell.parameters())
    for name, twin in zip("ifgo", gates, strict=True):
        torch.testing.assert_close(found.find(name).value, twin.detach(), rtol=0, atol=1e-15)
    cell = nn.GRUCell(2, 3).double()
    found = opened(gw.trace(cell, square, x), "gru_cell")
    gates = layers.gru_gates(x, torch.zeros(4, 3).double(), *cell.parameters())
    for name, title, twin in zip("rzn", ("reset gate", "update gate", "candidate"), gates, strict=True):
        torch.testing.assert_close(found.find(name).value, twin.detach(), rtol=0, atol=1e-15)
        assert found.find(name).title == title


def test_a_line_of_an_lstm_in_letters_and_numbers():
    torch.manual_seed(0)
    found = opened(gw.trace(nn.LSTM(2, 3), square, torch.randn(3, 1, 2)), "lstm")
    memory = found.find("c", time=2).equation((0, 1))
    assert memory.left.name == "c_2(t=2)"
    assert [part.name for part in symbols(memory.steps[0])] == ["f_2(t=2)", "c_2(t=1)", "i_2(t=2)", "g_2(t=2)"]
    assert evaluate(memory.steps[0]) == pytest.approx(memory.steps[1].value, abs=1e-15)
    gate = found.find("f", time=2).equation((0, 1)).steps[0]
    assert isinstance(gate, Apply)
    assert (gate.function, gate.arguments[0].name) == ("sigmoid", "a^f_2(t=2)")
    net = found.find("a", time=2, upper="f").equation((0, 1)).steps[0]
    assert [part.name for part in symbols(net)] == [
        "w^f_12", "x_1(t=2)", "w^f_22", "x_2(t=2)",
        "u^f_12", "h_1(t=1)", "u^f_22", "h_2(t=1)", "u^f_32", "h_3(t=1)",
        "b^f_2", "b'^f_2",
    ]  # fmt: skip


def test_a_symbol_knows_its_number_of_the_tape():
    net = nn.LSTM(2, 3)
    step = gw.trace(net, square, torch.randn(3, 1, 2))
    found = opened(step, "lstm")
    forget = next(q for q in found.given if q.symbol == "w" and q.upper == "f")
    assert forget[1, 0].at.variable == step.tape.parameters["weight_ih_l0"]
    assert forget[1, 0].at.element == (4, 0)  # the second gate's rows begin at 3
    assert forget[1, 0].value == pytest.approx(net.weight_ih_l0[4, 0].item())
    h = found.results[call_of(step, "lstm").result[0].index]
    assert h[0, 0, 2].at.variable == call_of(step, "lstm").result[0].index


def test_back_propagation_through_time_as_a_sum_over_steps():
    torch.manual_seed(0)
    step = gw.trace(nn.LSTM(1, 1), lambda out: out[0][-1].square().sum(), torch.randn(3, 1, 1))
    found = opened(step, "lstm")
    weight = next(q for q in found.given if q.symbol == "u" and q.upper == "f")
    line = found.backward(weight, (0, 0))
    assert [tuple(factor.name for factor in term.factors) for term in line.steps[0].terms] == [
        ("∂L/∂a^f_1(t=1)", "h_1(t=0)"), ("∂L/∂a^f_1(t=2)", "h_1(t=1)"), ("∂L/∂a^f_1(t=3)", "h_1(t=2)"),
    ]  # fmt: skip
    assert evaluate(line.steps[0]) == pytest.approx(float(step.gradient("weight_hh_l0")[1, 0]), abs=1e-15)
    memory = found.backward(found.find("c", time=2), (0, 0))
    assert [part.name for part in symbols(memory.steps[0])] == [
        "∂L/∂h_1(t=2)", "o_1(t=2)", "c_1(t=2)", "∂L/∂c_1(t=3)", "f_1(t=3)",
    ]  # fmt: skip
    gate = found.backward(found.find("a", time=3, upper="f"), (0, 0)).steps[0]
    assert gate == Prod((
        found.find("f", time=3).slope((0, 0)), found.find("f", time=3)[0, 0], 1 - found.find("f", time=3)[0, 0],
    ))  # fmt: skip


def test_a_cell_in_a_loop_knows_its_time_step():
    step = gw.trace(CellLoop(), nn.MSELoss(), torch.randn(2, 3, 3), torch.randn(2, 2))
    cells = [e for e in expansions(step.tape, step.sweep).values() if e.title.startswith("LSTM")]
    assert [e.title for e in cells] == ["LSTM step 1", "LSTM step 2", "LSTM step 3"]
    second = cells[1].find("c", time=2)
    assert second[1, 0].name == "c_1(t=2, n=2)"
    assert cells[1].find("c", time=1)[1, 0].value == cells[0].find("c", time=1)[1, 0].value
    # what the first step's memory gets from outside is what the second step hands back
    torch.testing.assert_close(cells[0].find("c", time=1).outside, cells[1].find("c", time=1).gradient)


def test_weights_used_three_times_get_a_share_from_each_use():
    step = gw.trace(CellLoop(), nn.MSELoss(), torch.randn(2, 3, 3), torch.randn(2, 2))
    weight = step.tape.parameters["cell.weight_hh"]
    cells = [e for e in expansions(step.tape, step.sweep).values() if e.title.startswith("LSTM")]
    shares = sum(e.gradients[weight] for e in cells)
    torch.testing.assert_close(shares, step.gradient("cell.weight_hh"), rtol=1e-12, atol=1e-15)


def test_cross_entropy_in_full_and_in_short():
    net = nn.Linear(2, 3)
    step = gw.trace(net, functional.cross_entropy, torch.randn(2, 2), torch.tensor([2, 0]))
    found = opened(step, "cross_entropy")
    assert [q.symbol for q in found.computed] == ["p", "l", "E", "L"]
    x, p = found.find("x"), found.find("p")
    right = found.short(x, (0, 2)).steps[0]
    assert right == Frac(Sum((p[0, 2], Num(-1.0))), Num(2.0))
    assert found.short(x, (0, 1)).steps[0] == Frac(p[0, 1], Num(2.0))
    gradient = step.sweep.cotangents[call_of(step, "cross_entropy").arguments[0].index]
    for at in ((0, 2), (0, 1), (1, 0)):
        assert evaluate(found.short(x, at).steps[0]) == pytest.approx(float(gradient[at]), abs=1e-15)
    assert found.find("E").equation((1,)).steps[0] == Prod((Num(-1.0), found.find("l")[1, 0]))


def test_a_ready_line_for_a_probability_of_a_softmax():
    step = gw.trace(nn.Softmax(1), square, torch.tensor([[1.0, 2.0]]))
    found = opened(step, "softmax")
    p = found.find("p")
    line = found.backward(found.find("x"), (0, 0)).steps[0]
    assert line.terms[0] == Prod((p.slope((0, 0)), p[0, 0], 1 - p[0, 0]))
    assert line.terms[1] == Prod((Num(-1), p.slope((0, 1)), p[0, 1], p[0, 0]))


def test_max_pooling_hands_the_gradient_to_the_winner_alone():
    x = torch.tensor([[[[1.0, 5.0], [5.0, 2.0]]]])
    found = opened(gw.trace(nn.MaxPool2d(2), square, x), "max_pool2d")
    given = found.find("x")
    assert evaluate(found.backward(given, (0, 0, 0, 1)).steps[0]) == 10.0  # the first of two equals
    assert found.backward(given, (0, 0, 1, 0)).steps == (Num(0.0),)
    assert "won" in found.remarks[0]


def test_batch_norm_says_what_becomes_of_the_running_statistics():
    norm = nn.BatchNorm1d(1)
    found = opened(gw.trace(norm, square, torch.tensor([[1.0], [3.0]])), "batch_norm")
    after = [q for q in found.computed if q.accent == "new"]
    assert [float(q.value) for q in after] == pytest.approx([0.2, 1.1])  # 0.1 * 2; 0.9 + 0.1 * 2/1 * 1
    assert norm.running_mean.item() == 0.0
    inference = opened(gw.trace(norm.eval(), square, torch.tensor([[1.0], [3.0]])), "batch_norm")
    assert inference.title == "batch norm, inference"
    assert [q.symbol for q in inference.computed] == ["z", "y"]


def test_sweeping_twice_leaves_the_running_statistics_alone():
    step = gw.trace(nn.BatchNorm1d(2), square, torch.randn(3, 2))
    before = step.tape.value(step.tape.buffers["running_mean"]).clone()
    assert step.sweep.identical
    opened(step, "batch_norm")
    torch.testing.assert_close(step.tape.value(step.tape.buffers["running_mean"]), before, rtol=0, atol=0)
    assert float(before.abs().max()) == 0.0


def test_dropout_shows_the_mask_that_was_drawn():
    torch.manual_seed(1)
    step = gw.trace(nn.Dropout(0.5), square, torch.ones(1, 8))
    found = opened(step, "dropout")
    assert set(found.find("m").value.flatten().tolist()) == {0.0, 2.0}
    silenced = int((found.find("m").value == 0).sum())
    assert found.remarks == [f"Of 8 numbers {silenced} were silenced; through them nothing flows back."]


# Refusals.


def swapped(steps, *arguments):
    """An LSTM step whose forget and output gates are exchanged."""
    kept, lstm.GATES = lstm.GATES, ("i", "o", "g", "f")
    try:
        return lstm.lstm_cell(steps, *arguments)
    finally:
        lstm.GATES = kept


def lying(steps, *arguments):
    """An LSTM step with a right result and a wrong formula."""
    result = lstm.lstm_cell(steps, *arguments)
    memory = next(q for q in steps.quantities if q.symbol == "c" and q.formula)
    honest = memory.formula
    memory.formula = lambda n, j: honest(n, j).terms[1]
    return result


def cut(steps, x, states, *weights):
    """An LSTM step with a right result that hands no gradient on to the state before."""
    return lstm.lstm_cell(steps, x, tuple(state.detach() for state in states), *weights)


def silent(steps, *arguments):
    """One that returns nothing."""


@pytest.mark.parametrize(
    ("corrupted", "reason"),
    [
        (swapped, "gives another result"),
        (lying, "the formula of c_1"),
        (cut, "gives other gradients"),
        (silent, "its result has another structure|nothing to compare"),
        (lambda steps, x: x, "called in another form"),
    ],
)
def test_a_corrupted_expansion_is_refused(corrupted, reason):
    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.enter, self.cell = nn.Linear(2, 3), nn.LSTMCell(2, 3)

        def forward(self, x):
            h = self.enter(x)
            return self.cell(x, (h, h))

    torch.manual_seed(3)
    step = gw.trace(Step(), lambda out: (out[0] + out[1]).square().sum(), torch.randn(2, 2))
    assert opened(step, "lstm_cell").ok
    found = opened(step, "lstm_cell", also={"lstm_cell": corrupted})
    assert not found.ok
    assert found.steps == []
    assert found.reason.startswith("lstm_cell is shown as its plain operations: ")
    assert any(part in found.reason for part in reason.split("|")), found.reason


@pytest.mark.parametrize(
    ("module", "x", "name", "reason"),
    [
        (nn.LSTM(2, 3, proj_size=2), torch.randn(3, 1, 2), "lstm", "projections"),
        (nn.MultiheadAttention(4, 2, add_zero_attn=True), (torch.randn(2, 1, 4),) * 3,
         "multi_head_attention_forward", "further keys"),
        (nn.Embedding(4, 2, scale_grad_by_freq=True), torch.tensor([1, 1]), "embedding", "rescales"),
        (nn.AdaptiveAvgPool2d(2), torch.randn(1, 1, 5, 5), "adaptive_avg_pool2d", "different sizes"),
    ],
)  # fmt: skip
def test_what_is_not_covered_falls_back_and_says_why(module, x, name, reason):
    found = opened(gw.trace(module, square, x), name)
    assert not found.ok
    assert reason in found.reason


def test_a_packed_sequence_falls_back():
    model, loss, x, y = CASES["elman_rnn_packed"]()
    step = gw.trace(model, loss, x, y)
    assert opened(step, "rnn_tanh").reason == (
        "rnn_tanh is shown as its plain operations: packed sequences are not covered."
    )


def test_where_the_whole_is_refused_its_parts_are_explained():
    step = gw.trace(nn.MultiheadAttention(4, 2, add_zero_attn=True), square, (torch.randn(2, 1, 4),) * 3)
    found = {step.tape.calls[index].name: e.ok for index, e in expansions(step.tape, step.sweep).items()}
    assert found["multi_head_attention_forward"] is False
    assert found["linear"] is True


# An expansion of one's own.


def test_an_expansion_of_ones_own_is_one_function():
    def cosine_similarity(steps, x1, x2, dim=1, eps=1e-8):
        if dim not in (1, -1) or x1.dim() != 2:
            raise Decline("only rows are covered")
        a, b = steps.given("a", x1, ("n", "unit")), steps.given("b", x2, ("n", "unit"))
        width = x1.shape[1]
        top = steps.name("s", (x1 * x2).sum(1), ("n",),
                         lambda n: Sum(tuple(a[n, j] * b[n, j] for j in range(width))), "dot product")  # fmt: skip
        sizes = []
        for quantity, letter in ((a, "u"), (b, "v")):
            sizes.append(steps.name(
                letter, quantity.tensor.square().sum(1).sqrt(), ("n",),
                lambda n, q=quantity: Apply("sqrt", (Sum(tuple(q[n, j] ** 2 for j in range(width))),)), "length",
            ))  # fmt: skip
        u, v = sizes
        return steps.name("c", top.tensor / (u.tensor * v.tensor), ("n",), lambda n: top[n] / (u[n] * v[n])).tensor

    step = gw.trace(functional.cosine_similarity, square, (torch.randn(3, 4), torch.randn(3, 4)))
    call = call_of(step, "cosine_similarity")
    assert expand(call, step.tape, step.sweep) is None
    assert not expandable(call)
    found = expand(call, step.tape, step.sweep, also={"cosine_similarity": cosine_similarity})
    assert found.ok, found.reason
    a = found.find("a")
    for place in range(12):
        at = element_at(place, (3, 4))
        assert evaluate(found.backward(a, at).steps[0]) == pytest.approx(float(step.gradient("x[0]")[at]), abs=1e-12)


def test_the_folder_is_the_registry():
    assert {"lstm", "gru_cell", "scaled_dot_product_attention", "cross_entropy", "conv2d", "relu_"} <= set(known())


def test_without_a_sweep_there_are_values_alone():
    step = gw.trace(nn.GRUCell(2, 3), square, torch.randn(2, 2))
    found = expand(call_of(step, "gru_cell"), step.tape)
    assert found.ok
    assert all(q.gradient is None for q in found.steps)
    assert found.backward(found.find("h"), (0, 0)) is None


def test_a_quantity_that_is_not_there():
    step = gw.trace(nn.GRUCell(2, 3), square, torch.randn(2, 2))
    with pytest.raises(KeyError, match=r"no 'c' in GRU step; it has w, u, b, x, h, a, r, z, s, n"):
        opened(step, "gru_cell").find("c")


@pytest.mark.parametrize("name", CASES)
def test_every_model_of_the_zoo_opens_or_says_why(name):
    model, loss, x, y = CASES[name]()
    step = gw.trace(model, loss, x, y)
    known_refusals = {
        "elman_rnn_packed": {"rnn_tanh"},
        "embedding_bags_and_sparse_gradients": {"embedding"},
        "gradient_inside_the_forward": {"linear"},
    }
    refused = {
        step.tape.calls[index].name for index, e in expansions(step.tape, step.sweep).items() if not e.ok
    }  # fmt: skip
    assert refused == known_refusals.get(name, set())
