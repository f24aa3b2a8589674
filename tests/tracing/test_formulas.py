"""The formulas by hand: each against torch, value and derivative; and none of them imports it."""

import ast
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from glasswork.tracing import by_hand, formulas


def leaves(*shapes):
    torch.manual_seed(4)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def same(mine, theirs, tolerance=1e-12):
    torch.testing.assert_close(torch.tensor(mine, dtype=torch.float64), theirs.detach(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("module", [formulas])
def test_they_import_nothing_but_math(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)}
    assert imported == {"math"}
    assert {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)} == {"__future__"}


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_activations(name):
    (x,) = leaves(7)
    out = getattr(torch, name)(x)
    upstream = torch.linspace(-1, 2, 7, dtype=torch.float64)
    out.backward(upstream)
    same([getattr(formulas, name)(v) for v in x.tolist()], out)
    same([getattr(formulas, f"{name}_back")(v, d) for v, d in zip(x.tolist(), upstream.tolist(), strict=True)], x.grad)


def test_linear():
    x, w, b, d = leaves(3, (2, 3), 2, 2)
    out = functional.linear(x, w, b)
    out.backward(d)
    same(formulas.linear(x.tolist(), w.tolist(), b.tolist()), out)
    for mine, theirs in zip(formulas.linear_back(x.tolist(), w.tolist(), d.tolist()), (x, w, b), strict=True):
        same(mine, theirs.grad)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_convolution(stride, padding):
    x, w, b = leaves((2, 5, 5), (3, 2, 3, 3), 3)
    out = functional.conv2d(x[None], w, b, stride=stride, padding=padding)[0]
    d = torch.randn_like(out)
    out.backward(d)
    settings = {"stride": stride, "padding": padding}
    same(formulas.convolution(x.tolist(), w.tolist(), b.tolist(), **settings), out)
    backs = formulas.convolution_back(x.tolist(), w.tolist(), d.tolist(), **settings)
    for mine, theirs in zip(backs, (x, w, b), strict=True):
        same(mine, theirs.grad)


def test_max_pool():
    (x,) = leaves((4, 6))
    out = functional.max_pool2d(x[None], 2, 2)[0]
    d = torch.randn_like(out)
    out.backward(d)
    same(formulas.max_pool(x.tolist(), 2, 2), out)
    same(formulas.max_pool_back(x.tolist(), 2, 2, d.tolist()), x.grad)


def test_embedding():
    (table,) = leaves((5, 3))
    codes = [1, 4, 1]
    out = functional.embedding(torch.tensor(codes), table)
    d = torch.randn_like(out)
    out.backward(d)
    same(formulas.embedding(table.tolist(), codes), out)
    same(formulas.embedding_back(5, 3, codes, d.tolist()), table.grad)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name):
    x, d = leaves(5, 5)
    out = getattr(functional, name)(x, 0)
    out.backward(d)
    same(getattr(formulas, name)(x.tolist()), out)
    same(getattr(formulas, f"{name}_back")(x.tolist(), d.tolist()), x.grad)


def test_losses():
    x, y = leaves((3, 4), 12)
    out = functional.cross_entropy(x, torch.tensor([1, 3, 0]))
    out.backward()
    same(formulas.cross_entropy(x.tolist(), [1, 3, 0]), out)
    same(formulas.cross_entropy_back(x.tolist(), [1, 3, 0]), x.grad)
    x.grad = None
    out = functional.mse_loss(x.reshape(-1), y)
    out.backward()
    same(formulas.mean_squared_error(x.reshape(-1).tolist(), y.tolist()), out)
    same(formulas.mean_squared_error_back(x.reshape(-1).tolist(), y.tolist()), x.grad.reshape(-1))


def test_norms():
    x, scale, shift, d = leaves(6, 6, 6, 6)
    out = functional.layer_norm(x, (6,), scale, shift, 1e-5)
    out.backward(d)
    same(formulas.layer_norm(x.tolist(), scale.tolist(), shift.tolist(), 1e-5), out)
    backs = formulas.layer_norm_back(x.tolist(), scale.tolist(), 1e-5, d.tolist())
    for mine, theirs in zip(backs, (x, scale, shift), strict=True):
        same(mine, theirs.grad)
    x, scale, shift, d = leaves((5, 1), 1, 1, (5, 1))
    out = functional.batch_norm(x, None, None, scale, shift, training=True, eps=1e-3)
    out.backward(d)
    same(formulas.batch_norm(x[:, 0].tolist(), scale.item(), shift.item(), 1e-3), out[:, 0])
    backs = formulas.batch_norm_back(x[:, 0].tolist(), scale.item(), 1e-3, d[:, 0].tolist())
    for mine, theirs in zip(backs, (x.grad[:, 0], scale.grad[0], shift.grad[0]), strict=True):
        same(mine, theirs)


def test_lstm_cell():
    x, h, c, w_x, w_h, b, d_h, d_c = leaves(2, 3, 3, (12, 2), (12, 3), 12, 3, 3)
    new_h, new_c = torch.lstm_cell(x[None], (h[None], c[None]), w_x, w_h, b, torch.zeros_like(b))
    torch.autograd.backward([new_h[0], new_c[0]], [d_h.detach(), d_c.detach()])
    given = [t.tolist() for t in (x, h, c, w_x, w_h, b)]
    mine = formulas.lstm_cell(*given)
    same(mine[0], new_h[0])
    same(mine[1], new_c[0])
    for mine_, theirs in zip(
        formulas.lstm_cell_back(*given, d_h.tolist(), d_c.tolist()), (x, h, c, w_x, w_h, b), strict=True
    ):
        same(mine_, theirs.grad)


def test_gru_cell():
    x, h, w_x, w_h, b_x, b_h = leaves(2, 3, (9, 2), (9, 3), 9, 9)
    out = torch.gru_cell(x[None], h[None], w_x, w_h, b_x, b_h)[0]
    same(formulas.gru_cell(*[t.tolist() for t in (x, h, w_x, w_h, b_x, b_h)]), out)


def test_attention():
    q, k, v, d = leaves((3, 4), (5, 4), (5, 2), (3, 2))
    out = functional.scaled_dot_product_attention(q[None], k[None], v[None])[0]
    out.backward(d)
    given = [t.tolist() for t in (q, k, v)]
    same(formulas.attention(*given), out)
    for mine, theirs in zip(formulas.attention_back(*given, d.tolist()), (q, k, v), strict=True):
        same(mine, theirs.grad)


def test_a_dozen_operations_of_a_step_are_done_by_hand():
    assert len(by_hand.COVERED) >= 12
