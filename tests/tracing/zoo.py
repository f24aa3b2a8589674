"""Models of every kind, small, with the step to trace: ``CASES[name]()`` returns model, loss, x, y."""

import math

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from glasswork import losses, models

CASES = {}


def case(function):
    def make():
        torch.manual_seed(5)
        return function()

    CASES[function.__name__] = make
    return make


def regression(*shape, outputs=1):
    return torch.randn(*shape), torch.randn(shape[0], outputs)


def classes(batch, count):
    return torch.randint(0, count, (batch,))


@case
def mlp():
    net = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))
    return net, nn.CrossEntropyLoss(), torch.randn(7, 4), classes(7, 3)


@case
def xor():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid())
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, torch.tensor([[0.0], [1.0], [1.0], [0.0]])


class CellLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.read = nn.LSTMCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 4)
        c = torch.zeros(x.shape[0], 4)
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
        return self.read(h)


@case
def lstm_cell():
    return CellLoop(), nn.MSELoss(), *regression(2, 3, 3, outputs=2)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.read = nn.LSTM(3, 4, num_layers=2, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        return self.read(self.lstm(x)[0][:, -1])


@case
def lstm():
    return Lstm(), nn.MSELoss(), *regression(2, 4, 3)


class BiGru(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 3, padding_idx=0)
        self.gru = nn.GRU(3, 4, bidirectional=True, batch_first=True)
        self.read = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.read(self.gru(self.embed(tokens))[0].mean(1))


@case
def bidirectional_gru_with_embedding():
    return BiGru(), nn.CrossEntropyLoss(), torch.randint(0, 11, (3, 5)), classes(3, 2)


@case
def elman_rnn_packed():
    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.RNN(3, 4, batch_first=True)

        def forward(self, x, lengths):
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            out, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
            return out.sum(1)

    return Packed(), nn.MSELoss(), (torch.randn(3, 5, 3), torch.tensor([5, 2, 3])), torch.randn(3, 4)


@case
def convolution_with_in_place_relu_and_pool():
    net = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 4)
    )
    return net, nn.CrossEntropyLoss(), torch.randn(2, 2, 4, 4), classes(2, 4)


@case
def grouped_convolution_batch_norm_transposed():
    net = nn.Sequential(
        nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=2, bias=False),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.1),
        nn.ConvTranspose2d(4, 2, 2, stride=2),
        nn.AvgPool2d(2),
    )
    return net, lambda o, y: (o - y).abs().mean(), torch.randn(2, 4, 6, 6), torch.randn(2, 2, 3, 3)


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True, dropout=0.2)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
        return self.attention(x, x, x, attn_mask=mask, need_weights=False)[0].mean(1)


@case
def multi_head_attention():
    return SelfAttention(), nn.MSELoss(), *regression(2, 4, 6, outputs=6)


class Sdpa(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        return functional.scaled_dot_product_attention(self.q(x), self.k(x), self.v(x), is_causal=True).sum(1)


@case
def scaled_dot_product_attention():
    return Sdpa(), nn.MSELoss(), *regression(2, 3, 4, outputs=4)


@case
def encoder_layer():
    net = nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True), nn.Linear(8, 1))
    return net, nn.MSELoss(), torch.randn(2, 3, 8), torch.randn(2, 3, 1)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True, activation="gelu")

    def forward(self, source, target):
        mask = self.inner.generate_square_subsequent_mask(target.shape[1], dtype=source.dtype)
        return self.inner(source, target, tgt_mask=mask, tgt_is_causal=True)


@case
def transformer():
    return (
        Translator(),
        nn.MSELoss(),
        {"source": torch.randn(2, 4, 8), "target": torch.randn(2, 3, 8)},
        torch.randn(2, 3, 8),
    )


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        for _ in range(3):
            x = torch.tanh(self.up(x)) if x.sum() > 0 else torch.sigmoid(self.down(x))
        return x


@case
def branches_and_loops():
    return Branches(), nn.MSELoss(), *regression(2, 3, outputs=3)


class ViewWriter(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 6)

    def forward(self, x):
        z = self.linear(x)
        left, right = z[:, :3], z[:, 3:]
        left.mul_(2.0)
        flat = z.view(-1)
        flat[::2] += 1
        right.add_(0.3).mul_(1.5)
        out = torch.zeros(x.shape[0], 6)
        out[:, ::2] = left + right
        out[:, 1] = z[:, 0] + z[:, 5]
        z.add_(out)
        folded = flat.view_as(z)[:, 1:4] * 3
        return left.sin() + right + folded + out.T.reshape(-1, 3)[: x.shape[0]] * left


@case
def in_place_view_writes():
    return ViewWriter(), nn.MSELoss(), *regression(4, 3, outputs=3)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return factor * x * x

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return 2 * ctx.factor * x * upstream, None


square = Square.apply


class Custom(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        z = self.first(x)
        h = square(z, 0.5)  # made first, used last: its derivative is added last
        other = z.sin() + z * z.exp() + z.tanh()
        return self.second(h + square(h, 0.25) + other)


@case
def custom_function():
    return Custom(), nn.MSELoss(), *regression(5, 3)


@case
def dropout():
    net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.4), nn.ReLU(), nn.AlphaDropout(0.2), nn.Linear(8, 1))
    return net, nn.SmoothL1Loss(), *regression(5, 4)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.read = nn.Linear(4, 7, bias=False)
        self.read.weight = self.embed.weight

    def forward(self, tokens):
        return self.read(self.embed(tokens).cumsum(1)).flatten(0, 1)


@case
def weight_tying():
    return Tied(), nn.CrossEntropyLoss(), torch.randint(0, 7, (2, 3)), classes(6, 7)


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.reentrant = reentrant
        self.enter = nn.Linear(3, 4)
        self.block = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Dropout(0.3), nn.Linear(4, 4))

    def forward(self, x):
        return checkpoint(self.block, self.enter(x), use_reentrant=self.reentrant)


@case
def checkpointing():
    return Checkpointed(False), nn.MSELoss(), *regression(3, 3, outputs=4)


@case
def checkpointing_reentrant():
    return Checkpointed(True), nn.MSELoss(), *regression(3, 3, outputs=4)


class Binary(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.read = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = self.linear(x)
        return self.read(h + (h.sign() - h).detach())


@case
def straight_through_by_detach():
    return Binary(), nn.MSELoss(), *regression(3, 3)


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sign()

    @staticmethod
    def backward(ctx, upstream):
        return upstream.clamp(-1, 1)


class StraightThrough(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.read = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        return self.read(Sign.apply(self.linear(x)))


@case
def straight_through_function():
    return StraightThrough(), nn.MSELoss(), *regression(3, 3)


@case
def layer_norm_net():
    net = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 6), nn.RMSNorm(6), nn.Linear(6, 2))
    return net, nn.CrossEntropyLoss(label_smoothing=0.1), torch.randn(3, 4), classes(3, 2)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        x = x + self.b(functional.relu(self.a(x)))
        return x + self.b(functional.relu(self.a(x)))


@case
def residual_with_shared_weights():
    return Residual(), nn.MSELoss(), *regression(3, 4, outputs=4)


@case
def functional_style():
    w1 = torch.randn(3, 4, requires_grad=True)
    w2 = torch.randn(4, 1, requires_grad=True)
    table = {"bias": torch.zeros(4, requires_grad=True)}

    def model(x):
        return torch.relu(x @ w1 + table["bias"]) @ w2

    return model, lambda o, y: (o - y).pow(2).mean() + 1e-2 * w1.norm(), *regression(5, 3)


class TwoInTwoOut(nn.Module):
    def __init__(self):
        super().__init__()
        self.numbers, self.codes = nn.Linear(3, 4), nn.Embedding(5, 4)
        self.value, self.kind = nn.Linear(4, 1), nn.Linear(4, 3)

    def forward(self, numbers, codes, scale=1.0):
        h = torch.tanh(self.numbers(numbers) + self.codes(codes)) * scale
        return {"value": self.value(h), "kind": self.kind(h)}


@case
def several_inputs_and_outputs():
    def loss(out, y):
        return functional.mse_loss(out["value"], y["value"]) + functional.cross_entropy(out["kind"], y["kind"])

    x = {"numbers": torch.randn(4, 3), "codes": torch.randint(0, 5, (4,)), "scale": 0.5}
    return TwoInTwoOut(), loss, x, {"value": torch.randn(4, 1), "kind": classes(4, 3)}


@case
def user_written_loss():
    net = nn.Linear(3, 2)

    def loss(out, y):
        weights = torch.ones(2)
        weights[1] = 3.0
        error = (out - y) * weights
        huge = error.abs() > 1
        return torch.where(huge, error.abs(), error.square()).mean() + 0.01 * net.weight.abs().sum()

    return net, loss, *regression(4, 3, outputs=2)


@case
def random_numbers_in_the_forward():
    class Sampler(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean, self.spread = nn.Linear(3, 2), nn.Linear(3, 2)

        def forward(self, x):
            mean, spread = self.mean(x), self.spread(x)
            noise = torch.randn_like(mean) + 0.1 * torch.rand(mean.shape) + torch.empty_like(mean).normal_(0, 0.1)
            return mean + (0.5 * spread).exp() * noise

    return Sampler(), nn.L1Loss(), *regression(4, 3, outputs=2)


class Buffered(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = nn.Linear(3, 3), nn.BatchNorm1d(3, momentum=None)
        self.register_buffer("seen", torch.zeros(3))
        self.scale = torch.full((3,), 2.0)
        self.history = []

    def forward(self, x):
        h = self.norm(self.linear(x))
        with torch.no_grad():
            self.seen.mul_(0.5).add_(h.mean(0))
        self.history.append(float(h.sum()))
        self.last = h
        return h * self.seen * self.scale


@case
def buffers_and_state():
    return Buffered(), nn.MSELoss(), *regression(4, 3, outputs=3)


class WeightNormalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 4))
        self.spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 2))

    def forward(self, x):
        with torch.no_grad():
            self.layer.bias.clamp_(-0.1, 0.1)
        return self.spectral(self.layer(x).relu())


@case
def parametrised_weights():
    return WeightNormalised(), nn.MSELoss(), *regression(4, 3, outputs=2)


class Masked(nn.Module):
    """Attention masks built as Hugging Face's models build them."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(13, 8), nn.Embedding(6, 8)
        self.look, self.mix, self.norm = nn.Linear(8, 24), nn.Linear(8, 8), nn.LayerNorm(8)
        self.register_buffer("position_ids", torch.arange(6).expand((1, -1)), persistent=False)

    def forward(self, input_ids, attention_mask):
        x = self.words(input_ids) + self.places(self.position_ids[:, : input_ids.shape[1]])
        q, k, v = (t.view(2, -1, 2, 4).transpose(1, 2) for t in self.look(x).split(8, dim=2))
        low = torch.finfo(x.dtype).min
        causal = torch.full((6, 6), low, dtype=x.dtype).triu(1)[None, None, : x.shape[1], : x.shape[1]]
        padding = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * low
        mask = causal.expand(2, 1, -1, -1).clone()
        mask = mask.masked_fill((mask + padding) == float("-inf"), low) + 0 * padding
        pick = torch.vmap(lambda i: torch.vmap(lambda j: j <= i)(torch.arange(x.shape[1])))(torch.arange(x.shape[1]))
        weights = functional.softmax(q @ k.mT / math.sqrt(4) + mask, dim=-1, dtype=torch.float32).to(q.dtype)
        first = (weights * pick).matmul(v)
        second = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=0.1)
        x = x + self.mix((first + second).transpose(1, 2).reshape(2, -1, 8))
        return self.norm(x) @ self.words.weight.T


@case
def attention_masks_and_vmap():
    x = {"input_ids": torch.randint(0, 13, (2, 5)), "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])}

    def loss(logits, y):
        return functional.cross_entropy(logits[:, :-1].reshape(-1, 13), y[:, 1:].reshape(-1), ignore_index=-100)

    y = x["input_ids"].clone()
    y[1, 3:] = -100
    return Masked(), loss, x, y


@case
def convolution_one_and_three_dimensions():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.three = nn.Conv1d(2, 3, 3, dilation=2), nn.Conv3d(1, 2, 2)
            self.norm = nn.GroupNorm(1, 3)

        def forward(self, x):
            a = self.norm(self.one(x)).mean(2)
            b = self.three(x.view(2, 1, 2, 4, 2)).amax((2, 3, 4))
            return torch.cat([a, functional.interpolate(b[:, None], 4, mode="linear")[:, 0]], 1)

    return Both(), nn.MSELoss(), torch.randn(2, 2, 8), torch.randn(2, 7)


@case
def linear_algebra():
    class Algebra(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(3, 3))
            self.v = nn.ParameterList([torch.randn(3), torch.randn(3)])

        def forward(self, x):
            s = self.w @ self.w.T + 3 * torch.eye(3)
            y = torch.linalg.solve(s, x.T).T + torch.einsum("bi,ij->bj", x, torch.linalg.cholesky(s))
            for v in self.v:
                y = y * v + torch.logsumexp(y, 1, keepdim=True)
            top, place = y.topk(2, dim=1)
            return top.sum(1) + y.gather(1, place)[:, 0] + torch.stack(y.unbind(1)).prod(0)

    return Algebra(), lambda o, y: functional.huber_loss(o, y), torch.randn(4, 3), torch.randn(4)


@case
def writes_by_mask_and_index():
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x):
            x += 1
            h = self.linear(x)
            h[h < 0] = 0
            h[:, [0, 2]] *= 2
            h.index_add_(0, torch.tensor([0, 1]), self.linear(x)[:2])
            return h.masked_fill_(h > 3, 3.0) + x

    return Writer(), nn.MSELoss(), *regression(3, 3, outputs=3)


@case
def fourier_with_complex_weights():
    class Fourier(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.linear = nn.Parameter(torch.randn(5, dtype=torch.cfloat)), nn.Linear(8, 8)

        def forward(self, x):
            return torch.fft.irfft(torch.fft.rfft(self.linear(x)) * self.weight, n=8)

    return Fourier(), nn.MSELoss(), *regression(2, 8, outputs=8)


@case
def embedding_bags_and_sparse_gradients():
    class Bags(nn.Module):
        def __init__(self):
            super().__init__()
            self.bag, self.sparse = nn.EmbeddingBag(9, 4, mode="mean"), nn.Embedding(9, 4, sparse=True)
            self.short = nn.Embedding(9, 4, max_norm=0.5)

        def forward(self, tokens):
            return self.bag(tokens) + self.sparse(tokens).sum(1) + self.short(tokens).sum(1)

    return Bags(), nn.MSELoss(), torch.randint(0, 9, (2, 3)), torch.randn(2, 4)


@case
def mixture_of_experts():
    class Experts(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.experts = nn.Linear(4, 3), nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

        def forward(self, x):
            weights, chosen = self.gate(x).softmax(-1).topk(2)
            out = torch.zeros_like(x)
            for number, expert in enumerate(self.experts):
                rows, place = torch.where(chosen == number)
                if len(rows):
                    out.index_add_(0, rows, expert(x[rows]) * weights[rows, place, None])
            return out

    return Experts(), nn.MSELoss(), *regression(6, 4, outputs=4)


class Two(torch.autograd.Function):
    @staticmethod
    def forward(x, w, flag):
        return x @ w, x + 1, 3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx, first, second, _):
        x, w = ctx.saved_tensors
        return first @ w.T + second, x.T @ first, None


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx, upstream):
        return upstream * 2


@case
def custom_functions_with_two_outputs_and_in_place():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(3, 3))

        def forward(self, x):
            a, b, _ = Two.apply(x, self.w, True)
            z = Doubled.apply(a * 1)
            return Two.apply(z.tanh(), self.w, False)[0] + b + z

    return Both(), nn.MSELoss(), *regression(2, 3, outputs=3)


@case
def many_losses():
    def loss(o, y):
        p, t = o.sigmoid(), torch.randint(0, 2, o.shape)
        return (
            functional.binary_cross_entropy(p, t.float())
            + functional.binary_cross_entropy_with_logits(o, t.to(o.dtype), pos_weight=torch.full((4,), 2.0))
            + functional.kl_div(o.log_softmax(1), p.softmax(1).detach(), reduction="batchmean")
            + functional.triplet_margin_loss(o, p, o * 2)
            + functional.multi_margin_loss(o, y)
            + functional.nll_loss(o.log_softmax(1), y, weight=torch.rand(4))
            + functional.poisson_nll_loss(o, p.detach())
            + functional.gaussian_nll_loss(o, p, p.exp())
            + torch.cdist(o, p).mean()
        )

    return nn.Linear(3, 4), loss, torch.randn(5, 3), classes(5, 4)


@case
def gradient_inside_the_forward():
    class Force(nn.Module):
        def __init__(self):
            super().__init__()
            self.energy = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))

        def forward(self, x):
            x = x.requires_grad_() if x.is_leaf else x
            return torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)[0]

    return Force(), nn.MSELoss(), *regression(3, 2, outputs=2)


@case
def half_precision_weights():
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 1)).to(torch.bfloat16)
    return net, nn.MSELoss(), *(tensor.to(torch.bfloat16) for tensor in regression(2, 3))


@case
def gw_mlp():
    net = models.MLP(inputs=4, outputs=3, hidden=[6, 6], dropout=0.2, norm="batch", residual=True)
    return net, losses.cross_entropy, torch.randn(5, 4), classes(5, 3)


@case
def gw_resnet():
    net = models.ResNet(channels=1, height=8, width=8, outputs=3, stem=4, maps=(4, 8), depths=(1, 1))
    return net, losses.cross_entropy, torch.randn(2, 1, 8, 8), classes(2, 3)


@case
def gw_gpt():
    net = models.GPT(vocabulary=11, context=6, width=8, heads=2, layers=2, dropout=0.1)
    for p in net.parameters():
        nn.init.normal_(p, std=0.3)
    return (
        net,
        lambda o, y: losses.cross_entropy(o.flatten(0, 1), y.flatten()),
        torch.randint(0, 11, (2, 6)),
        torch.randint(0, 11, (2, 6)),
    )


@case
def gw_text_cnn():
    net = models.TextCNN(vocabulary=20, outputs=3, embedding=4, filters=3)
    return (
        net,
        losses.cross_entropy,
        {"tokens": torch.randint(1, 20, (3, 8)), "lengths": torch.tensor([8, 5, 3])},
        classes(3, 3),
    )


@case
def gw_lstm_text():
    net = models.LSTMText(vocabulary=20, outputs=3)
    return (
        net,
        losses.cross_entropy,
        {"tokens": torch.randint(1, 20, (2, 4)), "lengths": torch.tensor([4, 3])},
        classes(2, 3),
    )
