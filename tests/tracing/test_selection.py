"""What stands on the page for one number, and that all of it is true."""

import math

import pytest
import torch
from torch import nn
from zoo import CASES

import glasswork as gw
from glasswork.errors import UnknownNameError, UsageError
from glasswork.tracing.algebra import Num, Rest, Sum, Sym, evaluate, symbols
from glasswork.tracing.budget import Budget, abridged
from glasswork.tracing.document import Heat, Line, Table
from glasswork.tracing.elements import Elements
from glasswork.tracing.notation import Names, Notation
from glasswork.tracing.overview import _located, loss_after
from glasswork.tracing.pages import page
from glasswork.tracing.plain import line_text
from glasswork.tracing.replay import replaying
from glasswork.tracing.reread import reread_line
from glasswork.tracing.settling import magnitude
from glasswork.tracing.sweep import sweep


class Small(nn.Module):
    """The 2-2-1 net of many textbooks."""

    def __init__(self):
        super().__init__()
        self.h, self.o = nn.Linear(2, 2), nn.Linear(2, 1)
        with torch.no_grad():
            self.h.weight.copy_(torch.tensor([[0.15, 0.20], [0.25, 0.30]]))
            self.h.bias.fill_(0.35)
            self.o.weight.copy_(torch.tensor([[0.40, 0.45]]))
            self.o.bias.fill_(0.60)

    def forward(self, x):
        return torch.sigmoid(self.o(torch.sigmoid(self.h(x))))


def half_squared(o, y):
    return 0.5 * ((o - y) ** 2).sum()


@pytest.fixture(scope="module")
def small():
    net = Small()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    return gw.trace(net, half_squared, torch.tensor([[0.05, 0.10]]), torch.tensor([[0.01]]), optimizer=optimizer)


def texts(document):
    return [line_text(line) for line in document.lines()]


def test_the_textbook_example_forward(small):
    lines = texts(small.document("h.weight[0,0]"))
    assert "z^1_1 = w^1_11·x_1 + w^1_21·x_2 + b_11 = (0.15)(0.05) + (0.2)(0.1) + 0.35 = 0.3775" in lines
    assert "O_11 = 1/(1 + e^(−z^1_1)) = 1/(1 + e^−0.3775) = 0.5933" in lines
    assert "z^2_1 = w^2_11·O_11 + w^2_21·O_12 + b_21 = (0.4)(0.5933) + (0.45)(0.5969) + 0.6 = 1.106" in lines
    assert "O_21 = 1/(1 + e^(−z^2_1)) = 1/(1 + e^−1.106) = 0.7514" in lines
    assert "L = loss.pow·0.5 = (0.5496)(0.5) = 0.2748" in lines


def test_the_textbook_example_backward(small):
    lines = texts(small.document("h.weight[0,0]"))
    assert "δ^2_1 = ∂L/∂O_21·O_21·(1 − O_21) = (0.7414)(0.7514)(1 − 0.7514) = 0.1385" in lines
    assert "∂L/∂O_11 = δ^2_1·w^2_11 = (0.1385)(0.4) = 0.05540" in lines
    assert "δ^1_1 = ∂L/∂O_11·O_11·(1 − O_11) = (0.05540)(0.5933)(1 − 0.5933) = 0.01337" in lines
    assert "∂L/∂w^1_11 = δ^1_1·x_1 = (0.013368)(0.05) = 6.684·10⁻⁴" in lines


def test_the_textbook_example_update_and_input(small):
    assert texts(small.document("o.weight[0,0]"))[-1] == (
        "new w^2_11 = w^2_11 − η·∂L/∂w^2_11 = 0.4 − (0.5)(0.08217) = 0.3589"
    )
    assert "∂L/∂w^2_11 = δ^2_1·O_11 = (0.1385)(0.5933) = 0.08217" in texts(small.document("o.weight[0,0]"))
    assert "∂L/∂x_1 = δ^1_1·w^1_11 + δ^1_2·w^1_12 = (0.013368)(0.15) + (0.014996)(0.25) = 0.005754" in texts(
        small.document("x[0,0]")
    )


def test_other_conventions(small):
    assert any("w^1_12·x_2" in line for line in texts(small.document("h.weight[0,0]", notation="to_from")))
    lines = texts(small.document("h.weight[0,0]", notation="names"))
    assert lines[0].startswith("h.out[0,0] = h.weight[0,0]·x[0,0] + h.weight[0,1]·x[0,1] + h.bias[0] = ")


def test_paths_are_counted_and_summed(small):
    lines = texts(small.document("x[0,0]"))  # through both hidden units
    assert sum(line.startswith("path_") for line in lines) == 2
    assert "∂L/∂x_1 = path_1 + path_2 = 0.003749 + 0.002005 = 0.005754" in lines


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_line_of_every_model_is_true(name):
    model, loss, x, y = CASES[name]()
    step = gw.trace(model, loss, x, y)
    tiny = 256 * torch.finfo(step.tape.dtype).eps
    lines = approximate = 0
    for parameter in list(step.tape.parameters)[:6]:
        for line in step.document(parameter, max_lines=40, max_elements=200).lines():
            lines += 1
            approximate += not line.exact
            check_line(line, tiny)
            assert "changed this derivative" not in line.note or step.tape.hooked or step.sweep.declared, line
    assert approximate <= 0.1 * max(lines, 1)


def check_line(line, tiny):
    said = line_text(line)
    truth = line.symbol.value
    if not abs(truth) < 1e300:  # a mask
        return
    reading = reread_line(said)
    assert reading.agrees or not line.exact, said
    printed = line.result.value
    unit = 10.0 ** (math.floor(math.log10(abs(printed))) - 2) if printed else 1e-9  # three digits at least
    assert abs(printed - truth) <= 0.5 * unit * (1 + 1e-6), said
    if line.formula is not None:  # in symbols, with all digits
        scale = magnitude(line.formula) + abs(truth)
        assert abs(evaluate(line.formula) - truth) <= tiny * scale, said


@pytest.mark.parametrize("name", ["mlp", "lstm_cell", "encoder_layer", "residual_with_shared_weights", "weight_tying"])
def test_sums_of_links_are_the_swept_gradient(name):
    """One column at a time: the terms of the chain rule, at every number on the way, give what was swept."""
    model, loss, x, y = CASES[name]()
    step = gw.trace(model, loss, x, y, dtype=torch.float64)
    names = Names(step.tape, Notation())
    checked = 0
    with replaying(step.tape) as precision:
        elements = Elements(step.tape, step.sweep, names, precision)
        for variable, cotangent in step.sweep.cotangents.items():
            if variable == step.tape.loss or step.tape.variables[variable].value is None:
                continue
            place = int(cotangent.to_dense().abs().argmax())
            element = tuple(int(n) for n in torch.unravel_index(torch.tensor(place), cotangent.shape))
            node = elements.origin(variable, element)
            flow = elements.terms(node)
            total = math.fsum(part.total for part in flow.parts)
            assert abs(total - elements.upstream(node)) <= 1e-12 * max(1.0, sum(p.absolute for p in flow.parts))
            checked += 1
    assert checked > 5


def test_a_long_sum_keeps_its_strongest_terms_and_one_exact_rest():
    net = nn.Sequential(nn.Linear(50, 1))
    torch.manual_seed(0)
    step = gw.trace(net, half_squared, torch.randn(1, 50), torch.randn(1, 1))
    line = next(line for line in step.document("0.weight[0,7]").lines() if line.symbol.name == "z^1_1")
    assert isinstance(line.formula, Sum)
    assert isinstance(line.numbers, Sum)
    (rest,) = [term for term in line.numbers.terms if isinstance(term, Rest)]
    assert rest.count + len(line.numbers.terms) - 1 == 51  # 50 products and the bias
    z = float(step.tape.value(next(r for r in step.tape.records if r.name == "addmm").outputs[0]))
    shown = math.fsum(evaluate(term) for term in line.formula.terms[:-1])
    assert math.isclose(line.formula.terms[-1].value, z - shown, rel_tol=1e-9)
    assert "of 51 terms cover" in line.note
    assert any(symbol.name == "w^1_81" for symbol in symbols(line.formula))  # the one that was asked for


def test_zero_terms_are_folded_and_counted():
    terms = [Sym(f"x{n}", value) for n, value in enumerate([0.0, 2.0, 0.0, 1.0, 0.0, 4.0])]
    short, note = abridged(Sum(tuple(terms)), Budget())
    assert (evaluate(short), len(short.terms), note) == (7.0, 3, "3 terms are 0")
    nothing, note = abridged(Sum(tuple(Sym(f"x{n}", 0.0) for n in range(6))), Budget())
    assert (nothing, note) == (Num(0.0), "6 terms are 0")


def test_blocked_paths_are_counted_with_their_reason():
    net = nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Linear(5, 1))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [-1.0], [-2.0], [3.0], [-0.5]]))
        net[0].bias.zero_()
    step = gw.trace(net, half_squared, torch.ones(1, 1), torch.ones(1, 1))
    line = next(line for line in step.document("x[0,0]").lines() if line.symbol.name == "∂L/∂x_1")
    assert line.note == "3 paths blocked: ReLU off"
    dead = list(step.document("0.weight[1,0]").lines())
    assert dead[-1].result.text == "0"
    assert any("1 path blocked: ReLU off" in line.note for line in dead)


def test_a_number_that_is_used_twice_by_one_operation():
    step = gw.trace(lambda x: x * x, lambda o: o.sum(), torch.tensor([3.0]))
    assert texts(step.document("x[0]", notation="names"))[-1] == "∂L/∂x[0] = path_1 + path_2 = 3 + 3 = 6"
    assert "∂L/∂x[0] = ∂L/∂mul·2·x[0] = (1)(2)(3) = 6" in texts(step.document("x[0]", notation="names"))


def test_cancellation_is_said():
    net = nn.Linear(2, 1, bias=False)
    step = gw.trace(net, lambda o: o[0, 0] - 0.999 * o[1, 0], torch.tensor([[1.0, 2.0], [1.0, 3.0]]))
    line = next(line for line in step.document("weight[0,0]").lines() if line.symbol.name == "∂L/∂w^1_11")
    assert line.note == "the terms nearly cancel: 0.1 % of their absolute sum is left"


def test_a_shared_weight_is_a_sum_over_its_uses():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 2)

        def forward(self, x):
            for _ in range(3):
                x = torch.tanh(self.inner(x))
            return x

    torch.manual_seed(1)
    step = gw.trace(Shared(), half_squared, torch.randn(9, 2), torch.randn(9, 2))
    lines = {line.symbol.name: line for line in step.document("inner.weight[0,1]").lines()}
    uses = [f"∂L/∂inner.weight[0,1](use {n})" for n in (1, 2, 3)]
    assert set(uses) <= set(lines)
    total = lines["∂L/∂inner.weight[0,1]"]
    gradient = float(step.gradient("inner.weight")[0, 1])
    assert math.isclose(math.fsum(lines[use].symbol.value for use in uses), gradient, rel_tol=1e-12)
    assert total.symbol.value == gradient


def test_composite_operations_stand_in_the_lectures_symbols():
    model, loss, x, y = CASES["lstm_cell"]()
    step = gw.trace(model, loss, x, y)
    document = step.document("cell.weight_hh[2,1]", sample=1)
    (section,) = [section for section in document.sections if section.title == "In the lecture's symbols"]
    said = {line_text(line).partition("(")[0] for line in section.lines()}
    assert {"i_2", "f_2", "g_2", "o_2", "c_2", "h_2", "∂L/∂c_2", "∂L/∂o_2"} <= said


def test_cross_entropy_has_its_closed_form():
    model, loss, x, y = CASES["mlp"]()
    step = gw.trace(model, loss, x, y)
    (section,) = [s for s in step.document("4.bias").sections if s.title == "In the lecture's symbols"]
    short = [line for line in section.lines() if line.note == "in short"]
    assert len(short) == 3  # a class each: (p - y)/7
    assert sum(" − 1)/7 = " in line_text(line) for line in short) == 1
    assert abs(sum(line.symbol.value for line in short)) < 1e-15


def test_one_sample_is_derived_and_the_mean_is_explained():
    net = nn.Sequential(nn.Linear(2, 1))
    step = gw.trace(net, nn.functional.mse_loss, torch.randn(6, 2), torch.randn(6, 1))
    document = step.document("0.weight[0,0]", sample=4)
    assert "Derived in full is sample 5 of 6; the other samples stand in the sums as numbers." in document.notes
    assert "The loss is a mean of 6 terms over 6 samples: hence the factor 1/6." in document.notes
    made = [line.symbol.name for line in document.lines() if line.kind == "forward"]
    assert made == ["z^1_1(5)", "L"]
    with pytest.raises(UsageError, match="sample must be from 0 to 5, got 6"):
        step.document("0.weight", sample=6)


def test_the_budget_is_kept_and_announced():
    model, loss, x, y = CASES["encoder_layer"]()
    step = gw.trace(model, loss, x, y)
    document = step.document("0.linear1.weight[0,0]", max_lines=20)
    sections = {section.title: list(section.lines()) for section in document.sections}
    ways = [line for line in sections["Backward"] if line.symbol.name.startswith("path")]
    assert len(sections["Forward"]) + len(sections["Backward"]) - len(ways) <= 21  # and the sum over paths
    assert len(sections.get("In the lecture's symbols", [])) <= 10
    assert any(sentence.startswith("Budget: 20 of at most 20 lines;") for sentence in document.lead)
    assert any("numbers without a line of their own" in note for note in document.notes)


def test_a_small_matrix_is_a_table_and_a_large_one_a_picture(small):
    tables = [b for s in small.document("h.weight").sections for b in s.blocks if isinstance(b, Table)]
    assert [table.title for table in tables] == ["value", "gradient ∂L/∂value", "after the step"]
    assert tables[0].values[1][0].text == "0.25"
    net = nn.Sequential(nn.Linear(100, 50))
    step = gw.trace(net, nn.functional.mse_loss, torch.randn(2, 100), torch.randn(2, 50))
    heats = [b for s in step.document("0.weight").sections for b in s.blocks if isinstance(b, Heat)]
    assert len(heats) == 2
    gradient = step.gradient("0.weight")
    row, column = divmod(int(gradient.abs().argmax()), 100)
    assert heats[1].marked == (row // 3, column // 2)
    assert heats[1].values[row // 3][column // 2] == float(gradient[row, column])


def test_names_of_all_kinds(small):
    assert small.document("h[1]").title == "h[1] = z^1_2"
    assert small.document("h.weight[0,1]").title == "h.weight[0,1] = w^1_21"
    assert small.document("o.bias").lead[0].startswith("o.bias holds 1 number; its gradient has norm 0.1385.")
    with pytest.raises(UnknownNameError, match=r"no parameter or module 'h.wieght'; did you mean 'h.weight'\?"):
        small.text("h.wieght[0,1]")
    with pytest.raises(
        UsageError, match=r"h.weight\[5,1\]: no such element, the shape is \(2, 2\); indices count from 0"
    ):
        small.text("h.weight[5,1]")


def test_a_slice_is_derived_number_by_number_if_it_is_small(small):
    document = small.document("h.weight[:,1]")
    assert document.lead[0] == "h.weight[:,1] holds 2 numbers; its gradient has norm 0.002009. Loss 0.2748."
    assert {"∂L/∂w^1_21", "∂L/∂w^1_22"} <= {line.symbol.name for line in document.lines()}
    assert "∂L/∂w^1_11" not in {line.symbol.name for line in document.lines()}


def test_of_a_long_slice_the_strongest_number_is_derived():
    torch.manual_seed(0)
    step = gw.trace(nn.Linear(30, 3), nn.functional.mse_loss, torch.randn(2, 30), torch.randn(2, 3))
    document = step.document("weight[1,:]")
    place = int(step.gradient("weight")[1].abs().argmax())
    assert any(
        f"w^1_{{{place + 1},2}} = " in sentence or f"w^1_{place + 1}2 = " in sentence for sentence in document.lead
    )


def test_a_layer_shows_its_strongest_unit_and_the_strongest_of_each_parameter(small):
    document = small.document("h")
    names = {line.symbol.name for line in document.lines()}
    assert {"δ^1_2", "∂L/∂w^1_22", "∂L/∂b_12", "new w^1_22", "new b_12"} <= names
    assert document.lead[0] == "h gives out 2 numbers; their gradient has norm 0.02009. Loss 0.2748."


def titles(document):
    return [section.title for section in document.sections if section.title != "Shapes and counts"]


def test_depths(small):
    assert small.document(depth="sentence").lead == [
        "Loss 0.2748 → 0.2580; 99 % of the squared gradient norm sits in the last of 2 parts."
    ]
    assert titles(small.document()) == ["Modules"]
    assert titles(small.document(depth="operations")) == ["Modules", "Operations"]
    whole = small.document(depth=4)
    assert titles(whole) == ["Modules", "Operations", "Forward", "Backward", "Update"]
    assert sum(line.kind == "update" for line in whole.lines()) == 9
    assert small.document("h.weight[0,1]", depth="sentence").lead == [
        "h.weight[0,1] is 0.2, its gradient 0.001337, after the step 0.1993. Loss 0.2748."
    ]
    with pytest.raises(
        UsageError, match="depth must be one of sentence, modules, operations, element, or 1 to 4, got 9"
    ):
        small.document(depth=9)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([2, 3], "the last 2 of 3 blocks"),
        ([1], "the first of 3 blocks"),
        ([4], "the last of 5 parts"),
        ([1, 2, 3], "blocks.0, blocks.1, blocks.2 (3 of 5 parts)"),
        ([0, 2], "embed, blocks.1 (2 of 5 parts)"),
        ([0, 1, 2, 3, 4], "all 5 parts"),
    ],
)
def test_where_the_gradient_sits_in_words(chosen, said):
    assert _located(["embed", "blocks.0", "blocks.1", "blocks.2", "head"], chosen) == said


def test_the_loss_after_the_step_is_the_real_one(small):
    net = Small().double()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(small.update(name).after)
        x, y = torch.tensor([[0.05, 0.10]]).double(), torch.tensor([[0.01]]).double()
        after = float(half_squared(net(x), y))
    assert math.isclose(loss_after(small.tape), after, rel_tol=1e-12)


def test_identical_blocks_are_folded_and_the_outlier_stands_out():
    torch.manual_seed(0)
    net = nn.Sequential(*(nn.Linear(4, 4) for _ in range(8)))
    with torch.no_grad():
        net[5].weight.mul_(0.01)
    step = gw.trace(net, nn.functional.mse_loss, torch.randn(3, 4), torch.randn(3, 4))
    (table,) = [b for b in step.document().sections[0].blocks if isinstance(b, Table)]
    assert len(table.rows) < 8
    folded = [row for row in table.rows if "×" in row]
    odd = [row for row in table.rows if "stands out" in row]
    assert len(folded) == 1
    assert int(folded[0].rpartition("×")[2]) + len(odd) == 8
    assert "5 (stands out)" in odd


def test_complex_numbers_are_refused_in_words():
    model, loss, x, y = CASES["fourier_with_complex_weights"]()
    step = gw.trace(model, loss, x, y)
    notes = step.document("linear.weight").notes
    assert any(note.startswith("Not derived number by number: ") for note in notes)
    assert "Linear" in step.text()


@pytest.mark.parametrize("name", ["h.weight[0,1]", "h.weight", "h", "o", "x[0,0]", "h[1]"])
def test_a_sweep_that_freed_its_derivatives_gives_the_same_page(small, name):
    whole, freed = (page(small.tape, sweep(small.tape, keep=keep), name) for keep in (True, False))
    assert texts(freed) == texts(whole)
    assert freed.lead == whole.lead


def test_lines_know_where_they_come_from(small):
    line = next(line for line in small.document("h.weight[0,0]").lines() if line.symbol.name == "z^1_1")
    assert isinstance(line, Line)
    assert line.where.startswith("h, line ")
