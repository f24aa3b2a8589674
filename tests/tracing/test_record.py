"""What the tape says: names, lines, modules, time steps, in-place writes, masks, branches, failures."""

import pytest
import torch
from torch import nn
from zoo import CASES, BiGru, CellLoop

import glasswork as gw
from glasswork.errors import UnknownNameError, UsageError
from glasswork.tracing.record import record
from glasswork.tracing.sweep import sweep
from glasswork.tracing.tape import Slot, fill, slots


def simple(model, x, **options):
    return record(model, lambda out: out.sum(), x, **options)


def test_each_record_knows_its_line_module_and_call():
    tape = record(CellLoop(), nn.MSELoss(), torch.randn(2, 3, 3), torch.randn(2, 2))
    product = next(r for r in tape.records if r.name == "addmm")
    assert product.source.text == "h, c = self.cell(x[:, t], (h, c))"
    assert product.source.file.endswith("zoo.py")
    assert tape.visits[product.visit].path == "cell"
    assert tape.calls[product.call].name == "lstm_cell"
    last = tape.records[-1]
    assert (tape.visits[last.visit].path, tape.calls[last.call].name) == ("loss", "mse_loss")


def test_time_steps_are_visits():
    tape = record(CellLoop(), nn.MSELoss(), torch.randn(2, 3, 3), torch.randn(2, 2))
    assert [(v.path, v.number) for v in tape.visits if v.kind == "LSTMCell"] == [("cell", 1), ("cell", 2), ("cell", 3)]
    first, second = (v for v in tape.visits if v.kind == "LSTMCell" and v.number < 3)
    assert second.arguments[1] == first.result
    assert tape.path(tape.records[first.first]) == "cell #1"


def test_calls_nest_and_hold_arguments_and_results():
    tape = record(nn.MultiheadAttention(4, 2), lambda o: o[0].sum(), (torch.randn(3, 1, 4),) * 3)
    names = {call.name: call for call in tape.calls}
    whole = names["multi_head_attention_forward"]
    inner = [call for call in tape.calls if call.parent == whole.index]
    assert {"linear", "softmax", "bmm"} <= {call.name for call in inner}
    linear = next(call for call in inner if call.name == "linear")
    given = fill(linear.arguments, tape.value)
    torch.testing.assert_close(nn.functional.linear(*given), fill(linear.result, tape.value))
    assert whole.first <= linear.first < linear.last <= whole.last


def test_an_in_place_write_makes_a_new_variable_and_keeps_the_old_value():
    tape = simple(lambda x: (x * 2).relu_(), torch.tensor([1.0, -1.0]))
    double, relu = tape.records[:2]
    assert relu.uses[0].written
    assert tape.value(double.outputs[0]).tolist() == [2.0, -2.0]
    assert tape.value(relu.outputs[0]).tolist() == [2.0, 0.0]


def test_writing_into_a_view_scatters_into_its_base():
    def model(x):
        base = x * 1
        base[0].mul_(5)
        return base * base[0]

    tape = simple(model, torch.tensor([2.0, 3.0]))
    scatter = next(r for r in tape.records if r.kind == "scatter")
    assert scatter.extra["index"].tolist() == [0]
    assert tape.value(scatter.outputs[0]).tolist() == [10.0, 3.0]
    assert sweep(tape).gradients[tape.inputs["x"]].tolist() == [115.0, 10.0]  # 25 x0^2 + 5 x0 x1


def test_writes_behind_autograds_back_let_the_derivative_pass():
    w = torch.tensor([2.0], requires_grad=True)

    def model(x):
        with torch.no_grad():
            w.mul_(3)
        w.data.add_(1)
        return w * x

    tape = simple(model, torch.tensor([5.0]))
    assert float(tape.value(tape.loss)) == 35.0
    assert "overwritten" in [r.kind for r in tape.records]
    assert sweep(tape).identical
    assert w.item() == 2.0


def test_dropout_is_a_recorded_mask_drawn_as_the_next_step_would():
    net = nn.Dropout(0.5)
    x = torch.ones(64)
    torch.manual_seed(3)
    tape = simple(net, x)
    drawn = next(r for r in tape.records if r.random)
    torch.manual_seed(3)
    assert torch.equal(tape.value(drawn.outputs[0]).bool(), net(x).bool())


@pytest.mark.parametrize("name", ["randn_like", "rand_like"])
def test_a_float64_trace_draws_float32s_numbers(name):
    draw = getattr(torch, name)
    torch.manual_seed(3)
    tape = simple(lambda x: x * 0 + draw(x), torch.ones(40))
    made = tape.value(next(r for r in tape.records if r.random).outputs[0])
    torch.manual_seed(3)
    assert torch.equal(made, draw(torch.ones(40)).double())


def test_a_branch_on_a_value_is_recorded_with_its_answer():
    tape = simple(lambda x: x * 2 if x.sum() > 0 else x * 3, torch.tensor([1.0]))
    assert [r.answer for r in tape.records if r.answer is not None] == [True]


def test_shared_weights_have_one_variable_and_two_names():
    model, loss, x, y = CASES["weight_tying"]()
    step = gw.trace(model, loss, x, y)
    assert step.tape.aliases == {"read.weight": "embed.weight"}
    assert torch.equal(step.gradient("read.weight"), step.gradient("embed.weight"))
    assert len(step.tape.users()[step.leaf("embed.weight")]) == 2


def test_a_functions_leaves_are_found_by_name_and_restored():
    w = torch.tensor([[2.0]], requires_grad=True)
    table = {"bias": torch.tensor([1.0], requires_grad=True)}
    step = gw.trace(
        lambda x: x @ w + table["bias"], lambda o, y: ((o - y) ** 2).sum(), torch.tensor([[3.0]]), torch.tensor([[5.0]])
    )
    assert step.gradient("w").tolist() == [[12.0]]
    assert step.gradient("table.bias").tolist() == [4.0]
    assert (w.dtype, w.grad) == (torch.float32, None)


def test_a_loss_that_closes_over_the_model_sees_the_same_weights():
    net = nn.Linear(1, 1, bias=False)
    step = gw.trace(net, lambda o, y: (o - y).sum() + net.weight.square().sum(), torch.ones(1, 1), torch.zeros(1, 1))
    assert step.gradient("weight").item() == pytest.approx(1 + 2 * net.weight.item(), rel=1e-12)


def test_a_tensor_that_nobody_owns_is_put_back():
    counter = torch.zeros(3)
    hidden = [counter]

    def model(x):
        hidden[0].add_(1)
        return x * hidden[0]

    simple(model, torch.ones(3))
    assert counter.tolist() == [0.0, 0.0, 0.0]


def test_hidden_state_in_attributes_is_put_back():
    class Stateful(nn.Module):
        def __init__(self):
            super().__init__()
            self.h, self.calls = torch.zeros(2), 0

        def forward(self, x):
            self.h = torch.tanh(self.h + x)
            self.calls += 1
            return self.h

    net = Stateful()
    before = net.h
    simple(net, torch.ones(2))
    assert net.h is before
    assert net.calls == 0
    assert before.dtype is torch.float32


def test_float64_is_the_default_below_a_million_parameters():
    assert simple(nn.Linear(2, 2), torch.ones(1, 2)).dtype is torch.float64
    assert simple(nn.Linear(1100, 1000), torch.ones(1, 1100)).dtype is torch.float32
    assert simple(nn.Linear(2, 2), torch.ones(1, 2), dtype=torch.float32).dtype is torch.float32


def test_integers_stay_integers():
    tape = record(BiGru(), nn.CrossEntropyLoss(), torch.randint(0, 11, (3, 5)), torch.tensor([0, 1, 1]))
    assert tape.value(tape.inputs["x"]).dtype is torch.int64
    assert tape.value(tape.targets["y"]).dtype is torch.int64
    assert tape.inputs["x"] not in tape.reference


def test_a_model_that_returns_its_loss_needs_no_loss_function():
    class Out(dict):
        pass

    assert record(lambda x: Out(loss=(x * x).sum(), logits=x), None, torch.ones(2)).loss is not None
    assert record(lambda x: (x * x).sum(), None, torch.ones(2)).loss is not None


def test_an_input_that_may_not_require_a_gradient():
    w = torch.ones(2, requires_grad=True)
    tape = simple(lambda x: w * float(x.numpy().sum()), torch.ones(2))
    assert tape.failure is None
    assert "no gradient" in tape.notes[0]


def test_a_failing_forward_keeps_the_tape_up_to_there_and_names_the_culprit():
    net = nn.Sequential()
    net.add_module("a", nn.Linear(4, 6))
    net.add_module("b", nn.Linear(5, 2))
    x, y = torch.randn(3, 4), torch.randn(3, 2)
    state = torch.get_rng_state()
    step = gw.trace(net, nn.MSELoss(), x, y)
    failure = step.failure
    assert [r.name for r in step.tape.records][:2] == ["t", "addmm"]
    assert failure.where == "b"
    assert failure.operation in ("linear", "addmm")
    assert (3, 6) in failure.shapes
    assert not step.check().ok
    assert torch.equal(torch.get_rng_state(), state)
    assert net.a.weight.dtype is torch.float32
    assert not net.a._forward_hooks
    with pytest.raises(UsageError, match="the step failed in b"):
        step.gradient("a.weight")


def test_a_callers_inference_mode_does_not_matter():
    net = nn.Linear(2, 1)
    with torch.inference_mode():
        step = gw.trace(net, lambda o: o.sum(), torch.ones(3, 2))
    assert step.gradient("weight").tolist() == [[3.0, 3.0]]


def test_a_generator_of_the_users_own_is_put_back():
    generator = torch.Generator().manual_seed(4)
    state = generator.get_state()
    tape = simple(lambda x: x * torch.rand(3, generator=generator), torch.ones(3))
    assert torch.equal(generator.get_state(), state)
    drawn = tape.value(next(r for r in tape.records if r.random).outputs[0])
    assert torch.equal(drawn, torch.rand(3, generator=generator).double())
    assert sweep(tape).identical


def test_a_compiled_model_is_traced_as_its_original():
    net = nn.Linear(2, 1)
    tape = simple(torch.compile(net, backend="eager"), torch.ones(1, 2))
    assert list(tape.parameters) == ["weight", "bias"]


def test_a_loss_with_parameters_of_its_own():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, out, y):
            return self.scale * (out - y).sum()

    step = gw.trace(nn.Linear(2, 1), Scaled(), torch.ones(1, 2), torch.zeros(1, 1))
    assert step.gradient("loss.scale").item() == pytest.approx(step.loss / 2)
    assert step.gradient("bias").tolist() == [2.0]


def test_functional_call_finds_the_parameters_that_are_passed():
    net = nn.Linear(2, 1)
    other = {name: torch.ones_like(value, requires_grad=True) for name, value in net.named_parameters()}
    step = gw.trace(lambda x: torch.func.functional_call(net, other, (x,)), lambda o: o.sum(), torch.ones(1, 2))
    assert step.loss == 3.0
    assert step.gradient("other.weight").tolist() == [[1.0, 1.0]]
    assert step.gradient("net.weight") is None


def test_the_gradient_buffer_of_an_unnamed_leaf_is_put_back():
    box = type("Box", (), {})()
    box.inner = type("Box", (), {})()
    box.inner.w = torch.tensor([2.0], requires_grad=True, dtype=torch.float64)
    tape = simple(lambda x: x * box.inner.w, torch.tensor([3.0]))
    assert [tape.variables[v].name for v in tape.reference if tape.variables[v].role == "parameter"] == ["leaf0"]
    assert tape.reference[tape.parameters["leaf0"]].tolist() == [3.0]
    assert box.inner.w.grad is None


def test_a_packed_sequence_is_one_input():
    rnn = nn.GRU(2, 3)
    packed = nn.utils.rnn.pack_sequence([torch.ones(3, 2), torch.ones(1, 2)])
    tape = record(rnn, lambda out: out[0].data.sum(), packed)
    assert tape.failure is None
    assert sweep(tape).identical


def test_larger_layers_on_several_threads_have_autograds_bits():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(8, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(inplace=True), nn.Conv2d(32, 32, 3, stride=2),
        nn.GroupNorm(4, 32), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 100),
    )  # fmt: skip
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        x, y = torch.randn(16, 8, 24, 24), torch.randint(0, 100, (16,))
        assert sweep(record(net, nn.CrossEntropyLoss(), x, y, dtype=torch.float32)).identical
    finally:
        torch.set_num_threads(threads)


def test_refusals():
    net = nn.Linear(2, 1)
    with pytest.raises(UsageError, match="the loss must be a single number"):
        gw.trace(net, lambda o, y: o - y, torch.ones(3, 2), torch.ones(3, 1))
    with pytest.raises(UsageError, match="call the model once"):
        gw.trace(nn.LazyLinear(2), nn.MSELoss(), torch.ones(3, 2), torch.ones(3, 2))
    with pytest.raises(UsageError, match="expected a module or a function"):
        gw.trace("net", nn.MSELoss(), torch.ones(3, 2))
    step = gw.trace(net, nn.MSELoss(), torch.ones(3, 2), torch.ones(3, 1))
    with pytest.raises(UnknownNameError, match="did you mean 'weight'"):
        step.gradient("wieght")


def test_slots_are_found_and_filled():
    structure = {"a": (Slot(0), [1, Slot(2)])}
    assert [slot.index for slot in slots(structure)] == [0, 2]
    assert fill(structure, lambda n: n * 10) == {"a": (0, [1, 20])}


def test_a_kernel_that_leaves_memory_unfilled_is_no_mismatch():
    def loss(scores, y):
        return nn.functional.ctc_loss(scores.log_softmax(-1), y, torch.tensor([6, 6]), torch.tensor([2, 3]))

    step = gw.trace(nn.Linear(5, 4), loss, torch.randn(6, 2, 5), torch.tensor([[1, 2, 0], [1, 3, 2]]))
    assert step.check().ok
