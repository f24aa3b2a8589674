"""What the course says about recurrent networks, where mathematics settles it."""

import pytest
import torch
from torch import nn

from glasswork.layers import (
    GRU,
    LSTM,
    RNN,
    BagOfWords,
    Bidirectional,
    EchoState,
    GRUCell,
    LSTMCell,
    ResetBeforeGRUCell,
    RNNCell,
    unroll,
)
from glasswork.models import MLP, GRUText, LSTMForecaster, LSTMText

F64 = torch.float64
KINDS = [RNN, LSTM, GRU]


def bias_of(cell, gate, value):
    """Set one gate's bias, far enough to close or open it whatever comes in."""
    with torch.no_grad():
        cell.bias_ih.unflatten(0, (-1, cell.hidden_size))[gate] = value
        cell.bias_hh.unflatten(0, (-1, cell.hidden_size))[gate] = 0
    return cell


def lstm_with(**gates):
    torch.manual_seed(3)
    cell = LSTMCell(inputs=2, hidden=4).double()
    for name, value in gates.items():
        bias_of(cell, "ifgo".index(name), value)
    return cell


def gru_with(make=GRUCell, **gates):
    torch.manual_seed(3)
    cell = make(inputs=2, hidden=4).double()
    for name, value in gates.items():
        bias_of(cell, "rzn".index(name), value)
    return cell


_seeded = torch.Generator().manual_seed(0)
X, H, C = (torch.randn(5, size, generator=_seeded, dtype=F64) for size in (2, 4, 4))


@pytest.mark.course("RNN-01", verdict="holds", seen="the same steps in another order end in another state")
@pytest.mark.parametrize("kind", KINDS)
def test_a_recurrent_network_is_sensitive_to_order(kind):
    layer = kind(inputs=2, hidden=4).double()
    x = torch.randn(1, 6, 2, dtype=F64)
    assert not torch.allclose(layer(x)[0][:, -1], layer(x.flip(1))[0][:, -1], atol=1e-3)
    assert torch.equal(layer(x)[0][:, :3], layer(torch.cat([x[:, :3], x[:, 3:].flip(1)], 1))[0][:, :3])  # no foresight


@pytest.mark.course("RNN-03", verdict="holds", seen="texts of different lengths each get one answer")
@pytest.mark.parametrize("kind", [LSTMText, GRUText])
def test_many_to_one(kind):
    model = kind(vocabulary=20, outputs=3, embedding=4, hidden=5)
    assert model(torch.randint(1, 20, (6, 9)), torch.tensor([9, 1, 4, 2, 7, 3])).shape == (6, 3)


@pytest.mark.course(
    "RNN-04", verdict="holds", seen="one vector, as the first input or as the first state, unrolls to T"
)
@pytest.mark.parametrize("steps", [1, 7])
def test_one_to_many(steps):
    picture = torch.randn(6, 8)
    cell, head = GRUCell(inputs=8, hidden=5), nn.Linear(5, 3)
    first_only = torch.cat([picture[:, None], picture.new_zeros(6, steps - 1, 8)], dim=1)
    assert head(unroll(cell, first_only)[0]).shape == (6, steps, 3)
    forecaster = LSTMForecaster(past=1, horizon=steps, channels=8, targets=1, hidden=5)
    assert forecaster(picture[:, None]).shape == (6, steps, 1)
    writer = GRUCell(inputs=1, hidden=8)
    states, _ = unroll(writer, torch.zeros(6, steps, 1), picture)
    assert states.shape == (6, steps, 8)
    other, _ = unroll(writer, torch.zeros(6, steps, 1), picture + 1)
    assert not torch.allclose(states[:, -1], other[:, -1], atol=1e-3)  # the picture is felt at the last step


@pytest.mark.course("RNN-05", verdict="holds", seen="one answer for each step, whatever the length")
@pytest.mark.parametrize("steps", [1, 9])
@pytest.mark.parametrize("kind", KINDS)
def test_many_to_many_of_one_length(kind, steps):
    layer, head = kind(inputs=3, hidden=4, bidirectional=True), nn.Linear(8, 5)
    assert head(layer(torch.randn(2, steps, 3))[0]).shape == (2, steps, 5)


@pytest.mark.course(
    "RNN-06", verdict="holds", seen="an encoder's last state starts a decoder that writes another length"
)
@pytest.mark.parametrize("kind", KINDS)
def test_many_to_many_of_another_length(kind):
    encoder, decoder = kind(inputs=3, hidden=4), kind(inputs=2, hidden=4)
    source, written = torch.randn(6, 9, 3), torch.randn(6, 5, 2)
    _, state = encoder(source)
    outputs, _ = decoder(written, state)
    assert outputs.shape == (6, 5, 4)
    _, other = encoder(source + 1)
    assert not torch.allclose(outputs, decoder(written, other)[0])


@pytest.mark.course(
    "RNN-07", verdict="holds", seen="a sequence of one step without a state before is one layer of an MLP"
)
def test_one_to_one_is_a_plain_network():
    cell = RNNCell(inputs=3, hidden=4).double()
    mlp = MLP(inputs=3, hidden=[4], outputs=2, activation=nn.Tanh).double().eval()
    first = next(module for module in mlp.modules() if isinstance(module, nn.Linear))
    last = [module for module in mlp.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        first.weight.copy_(cell.weight_ih)
        first.bias.copy_(cell.bias_ih + cell.bias_hh)
    x = torch.randn(5, 3, dtype=F64)
    outputs, _ = unroll(cell, x[:, None])
    torch.testing.assert_close(last(outputs[:, 0]), mlp(x), rtol=0, atol=1e-12)


@pytest.mark.course(
    "RNN-08",
    verdict="holds",
    seen="the sum over k = 1..t of products of Jacobians dh(t)/dh(k), as corrected in E-77, is autograd's gradient",
)
def test_back_propagation_through_time_is_a_sum_of_products():
    torch.manual_seed(0)
    cell = RNNCell(inputs=2, hidden=3).double()
    x, steps = torch.randn(1, 5, 2, dtype=F64), 5
    y = torch.randn(5, 3, dtype=F64)
    states = [torch.zeros(1, 3, dtype=F64)]
    for t in range(steps):
        states.append(cell(x[:, t], states[-1]).detach())
    total = torch.zeros(3, 3, dtype=F64)
    for t in range(1, steps + 1):
        d_loss = 2 * (states[t][0] - y[t - 1])  # dL(t)/dh(t) of a squared error
        for k in range(1, t + 1):
            product = torch.eye(3, dtype=F64)
            for i in range(k + 1, t + 1):  # dh(i)/dh(i-1) = diag(1 - h^2) W_hh, later factors to the left
                product = (1 - states[i][0] ** 2)[:, None] * cell.weight_hh.detach() @ product
            through = (d_loss @ product) * (1 - states[k][0] ** 2)
            total += torch.outer(through, states[k - 1][0])  # dh(k)/dW_hh with the state before held fixed
    outputs, _ = unroll(cell, x)
    ((outputs[0] - y) ** 2).sum().backward()
    torch.testing.assert_close(total, cell.weight_hh.grad, rtol=0, atol=1e-12)


@pytest.mark.course(
    "RNN-12", verdict="holds", seen="forget 1 and input 0 keep the cell for 1000 steps; forget 0 erases it"
)
def test_the_cell_is_a_memory():
    keep = lstm_with(f=1e3, i=-1e3)
    h, c = H, C
    for _ in range(1000):
        h, c = keep(X, (h, c))
    assert torch.equal(c, C)
    erase = lstm_with(f=-1e3)
    gates = erase.gates(X, H)
    assert torch.equal(erase(X, (H, C))[1], gates.i * gates.g)


@pytest.mark.course(
    "RNN-13", verdict="holds", seen="x, h and c of a step go in, h and c come out, and all three matter"
)
def test_inputs_and_outputs_of_an_lstm():
    cell = lstm_with()
    h, c = cell(X, (H, C))
    assert h.shape == c.shape == (5, 4)
    for changed in ((X + 1, (H, C)), (X, (H + 1, C)), (X, (H, C + 1))):
        new_h, new_c = cell(*changed)
        assert not torch.allclose(new_h, h)
        assert not torch.allclose(new_c, c)


@pytest.mark.course("RNN-15", verdict="holds", seen="a bias of -1000 empties the cell, one of +1000 keeps all of it")
def test_forget_gate():
    for value, share in ((-1e3, 0.0), (1e3, 1.0)):
        cell = lstm_with(f=value)
        gates = cell.gates(X, H)
        assert (gates.f == share).all()
        torch.testing.assert_close(cell(X, (H, C))[1] - gates.i * gates.g, share * C, rtol=0, atol=1e-12)


@pytest.mark.course(
    "RNN-16", verdict="holds", seen="a closed input gate admits nothing; open, the cell takes the candidate (E-145)"
)
def test_input_gate():
    closed = lstm_with(i=-1e3)
    torch.testing.assert_close(closed(X, (H, C))[1], closed.gates(X, H).f * C, rtol=0, atol=0)
    open_ = lstm_with(i=1e3)
    gates = open_.gates(X, H)
    torch.testing.assert_close(open_(X, (H, C))[1], gates.f * C + gates.g, rtol=0, atol=1e-12)


@pytest.mark.course(
    "RNN-17", verdict="holds", seen="h = o tanh(c) stays below 1 however large the cell; o = 0 hides it"
)
def test_output_gate():
    cell = lstm_with()
    h, c = cell(X, (H, 50 * C))
    torch.testing.assert_close(h, cell.gates(X, H).o * c.tanh(), rtol=0, atol=1e-14)
    assert c.abs().max() > 10
    assert h.abs().max() < 1
    assert (lstm_with(o=-1e3)(X, (H, C))[0] == 0).all()


@pytest.mark.course(
    "RNN-18",
    verdict="holds under conditions",
    seen="along the cell the gradient is scaled by the forget gate at every step: unchanged only where that gate is 1",
)
def test_gradient_along_the_cell():
    cell, before = lstm_with(), C.clone().requires_grad_()
    _, after = cell(X, (H, before))
    (slope,) = torch.autograd.grad(after.sum(), before)
    torch.testing.assert_close(slope, cell.gates(X, H).f, rtol=0, atol=1e-14)
    assert slope.max() < 1
    start = C.clone().requires_grad_()
    wide_open, state = lstm_with(f=1e3), (H, start)
    for _ in range(100):  # the direct path alone: outputs are held fixed
        state = wide_open(X, (H, state[1]))
    assert (torch.autograd.grad(state[1].sum(), start)[0] == 1).all()


@pytest.mark.course(
    "RNN-14", "RNN-20", verdict="holds", seen="z = 1 copies the state, z = 0 replaces it by the candidate"
)
@pytest.mark.parametrize("make", [GRUCell, ResetBeforeGRUCell])
def test_update_gate(make):
    torch.testing.assert_close(gru_with(make, z=1e3)(X, H), H, rtol=0, atol=1e-15)
    replaced = gru_with(GRUCell, z=-1e3)
    torch.testing.assert_close(replaced(X, H), replaced.gates(X, H).n, rtol=0, atol=0)
    half = gru_with(z=0.0)
    gates = half.gates(X, H)
    torch.testing.assert_close(half(X, H), gates.n + gates.z * (H - gates.n), rtol=0, atol=1e-14)


@pytest.mark.course("RNN-19", verdict="holds", seen="at r = 0 the candidate is the same whatever the past")
def test_reset_gate():
    closed = gru_with(r=-1e3)
    candidate = closed.gates(X, H).n
    assert torch.equal(candidate, closed.gates(X, 100 * H).n)
    after, before = (gru_with(make, r=-1e3, z=-1e3)(X, H) for make in (GRUCell, ResetBeforeGRUCell))
    assert torch.equal(before, gru_with(ResetBeforeGRUCell, r=-1e3, z=-1e3)(X, -H))
    assert torch.equal(after, gru_with(r=-1e3, z=-1e3)(X, -H))
    opened = gru_with(r=1e3)
    assert not torch.allclose(opened.gates(X, H).n, opened.gates(X, -H).n)


@pytest.mark.course(
    "RNN-22", verdict="holds", seen="the answer at a step changes with a later input, and the parameters double"
)
@pytest.mark.parametrize("kind", KINDS)
def test_both_directions(kind):
    one, two = kind(inputs=3, hidden=4), kind(inputs=3, hidden=4, bidirectional=True)
    assert _count(two) == 2 * _count(one)
    x = torch.randn(1, 6, 3)
    later = x.clone()
    later[:, 4] += 1
    assert torch.equal(one(x)[0][:, :4], one(later)[0][:, :4])
    assert not torch.allclose(two(x)[0][:, 0], two(later)[0][:, 0])
    torch.testing.assert_close(two(x)[0][:, :4, :4], two(later)[0][:, :4, :4], rtol=0, atol=0)  # its forward half


def _count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.course(
    "RNN-23", verdict="holds", seen="only the readout has gradients; two starts end alike, and at radius 3 they do not"
)
class TestEchoState:
    def test_only_the_readout_is_trained(self):
        net = EchoState(inputs=1, hidden=30, outputs=1)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        assert [name for name, _ in net.named_parameters()] == ["readout.weight", "readout.bias"]
        x = torch.randn(2, 50, 1)
        net.fit(x, x.roll(1, dims=1), skip=5)
        moved = [name for name, value in net.state_dict().items() if not torch.equal(value, before[name])]
        assert moved == ["readout.weight", "readout.bias"]
        wrong = (net(x) - x.roll(1, dims=1))[:, 5:]
        assert wrong.var() < 0.02 * x.var()  # it remembers the step before

    def test_the_spectral_radius_is_what_was_asked(self):
        for radius in (0.5, 1.2):
            net = EchoState(inputs=1, hidden=40, outputs=1, spectral_radius=radius)
            assert torch.linalg.eigvals(net.weight_hh.double()).abs().max().item() == pytest.approx(radius, rel=1e-5)

    @pytest.mark.parametrize(("radius", "fades"), [(0.5, True), (0.9, True), (3.0, False)])
    def test_two_starts_converge(self, radius, fades):
        torch.manual_seed(0)
        net = EchoState(inputs=1, hidden=50, outputs=1, spectral_radius=radius).double()
        x = 0.1 * torch.randn(1, 400, 1, dtype=F64)
        starts = torch.randn(2, 50, dtype=F64)
        first, second = (net.states(x, start[None]) for start in starts)
        apart = (first - second).norm(dim=2)[0]
        assert (apart[-1] < 1e-6 * apart[0]).item() is fades

    def test_the_kernel_is_the_formula(self):
        net = EchoState(inputs=2, hidden=5, outputs=1).double()
        x = torch.randn(3, 7, 2, dtype=F64)
        states, _ = unroll(
            lambda x, h: torch.tanh(x @ net.weight_ih.T + h @ net.weight_hh.T), x, torch.zeros(3, 5, dtype=F64)
        )
        torch.testing.assert_close(net.states(x), states, rtol=0, atol=1e-13)

    def test_fit_is_ridge_regression(self):
        from sklearn.linear_model import Ridge

        net = EchoState(inputs=2, hidden=6, outputs=2).double()
        x, y = torch.randn(3, 20, 2, dtype=F64), torch.randn(3, 20, 2, dtype=F64)
        net.fit(x, y, ridge=0.3, skip=4)
        reference = Ridge(alpha=0.3).fit(net.states(x)[:, 4:].flatten(0, 1), y[:, 4:].flatten(0, 1))
        torch.testing.assert_close(net.readout.weight.detach(), torch.from_numpy(reference.coef_), rtol=0, atol=1e-10)
        torch.testing.assert_close(
            net.readout.bias.detach(), torch.from_numpy(reference.intercept_), rtol=0, atol=1e-10
        )


@pytest.mark.course("RNN-24", verdict="holds", seen="L layers keep L states, and the second reads the first")
@pytest.mark.parametrize("kind", KINDS)
def test_stacked_layers(kind):
    stacked = kind(inputs=3, hidden=4, layers=3)
    below = kind(inputs=3, hidden=4)
    above = kind(inputs=4, hidden=4, layers=2)
    weights = stacked.state_dict()
    below.load_state_dict({name: value for name, value in weights.items() if name.endswith("_l0")})
    moved = {name[:-1] + str(int(name[-1]) - 1): value for name, value in weights.items() if not name.endswith("_l0")}
    above.load_state_dict(moved)
    x = torch.randn(2, 6, 3)
    outputs, state = stacked(x)
    torch.testing.assert_close(outputs, above(below(x)[0])[0])
    assert (state[0] if kind is LSTM else state).shape == (3, 2, 4)
    per_upper_layer = _count(kind(inputs=4, hidden=4))
    assert _count(stacked) == _count(below) + 2 * per_upper_layer


@pytest.mark.course("RNN-26", verdict="holds", seen="'dog bites man' and 'man bites dog' are one bag, but two states")
def test_a_bag_has_no_order():
    bites, bitten = torch.tensor([[2, 3, 4]]), torch.tensor([[4, 3, 2]])
    bag, vectors, reader = BagOfWords(vocabulary=5), nn.Embedding(5, 6), GRU(inputs=6, hidden=7)
    assert torch.equal(bag(bites), bag(bitten))
    assert not torch.allclose(reader(vectors(bites))[1], reader(vectors(bitten))[1], atol=1e-3)
    # Another length is no hindrance to either; a plain network refuses it.
    longer = torch.tensor([[2, 3, 4, 2]])
    assert reader(vectors(longer))[1].shape == (1, 1, 7)
    plain = MLP(inputs=18, hidden=[4], outputs=2)
    assert plain(vectors(bites).flatten(1)).shape == (1, 2)
    with pytest.raises(ValueError, match="size 18"):
        plain(vectors(longer).flatten(1))


@pytest.mark.course(
    "RNN-27",
    verdict="holds",
    seen="a plain network answers the same whatever came before; a recurrent one does not unless its state is reset",
)
def test_a_state_is_what_a_plain_network_lacks():
    x, before = torch.randn(1, 1, 3), torch.randn(1, 4, 3)
    reader, plain = RNN(inputs=3, hidden=4), MLP(inputs=3, hidden=[4], outputs=2).eval()
    first = plain(x[:, 0])
    plain(before[:, 0])
    assert torch.equal(plain(x[:, 0]), first)
    _, state = reader(before)
    assert not torch.allclose(reader(x, state)[0], reader(x)[0], atol=1e-3)
    assert torch.equal(reader(x)[0], reader(x, torch.zeros_like(state))[0])  # reset
    # Step by step with the state handed on is the whole sequence at once.
    whole, _ = reader(torch.cat([before, x], dim=1))
    torch.testing.assert_close(reader(x, state)[0][:, 0], whole[:, -1])


@pytest.mark.course(
    "RNN-29",
    verdict="holds under conditions",
    seen="only a backward reading lets 'slow' feel 'phenomenal'; a forward one sees that word last, in its last state",
)
def test_slow_but_acting_phenomenal():
    words = ["slow", "but", "acting", "phenomenal", "terrible"]
    torch.manual_seed(0)
    vectors = nn.Embedding(len(words), 6)
    praise, blame = (vectors(torch.tensor([[0, 1, 2, last]])) for last in (3, 4))
    forward, both = LSTM(inputs=6, hidden=4), Bidirectional(nn.LSTM, inputs=6, hidden=4)
    length = torch.tensor([4])
    assert torch.equal(forward(praise)[0][:, 0], forward(blame)[0][:, 0])
    assert not torch.allclose(both(praise, length)[:, 0], both(blame, length)[:, 0], atol=1e-3)
    assert not torch.allclose(forward(praise)[0][:, -1], forward(blame)[0][:, -1], atol=1e-3)
