"""Transformer encoder that tells which of four grammars wrote a string of brackets and letters."""

import random

import torch
import torch.nn as nn

random.seed(8)
torch.manual_seed(8)

ALPHABET = "abcdef()"
RULES = {0: ["(ab)", "ca"], 1: ["(ba)", "dd"], 2: ["(cd)", "ef"], 3: ["(fe)", "bb"]}
LENGTH = 20


def sentence(kind):
    text = ""
    while len(text) < LENGTH:
        text += random.choice(RULES[kind]) if random.random() < 0.6 else random.choice("abcdef")
    return [ALPHABET.index(c) for c in text[:LENGTH]]


def corpus(n):
    y = [random.randrange(4) for _ in range(n)]
    return torch.tensor([sentence(k) for k in y]), torch.tensor(y)


class Encoder(nn.Module):
    def __init__(self, d_model=32, heads=4, layers=1):
        super().__init__()
        self.tok = nn.Embedding(len(ALPHABET), d_model)
        self.pos = nn.Parameter(torch.randn(LENGTH, d_model) * 0.1)
        layer = nn.TransformerEncoderLayer(d_model, heads, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, 4)

    def forward(self, x):
        return self.head(self.body(self.tok(x) + self.pos).mean(1))


class NoamSchedule(torch.optim.lr_scheduler.LambdaLR):
    """Attention Is All You Need, section 5.3: d^-0.5 * min(step^-0.5, step * warmup^-1.5)."""

    def __init__(self, optimizer, d_model, warmup):
        def rate(step):
            step = max(step, 1)
            return d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)

        super().__init__(optimizer, rate)


x_train, y_train = corpus(2400)
x_test, y_test = corpus(500)
model = Encoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
scheduler = NoamSchedule(optimizer, d_model=32, warmup=100)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(7):
    model.train()
    seen = 0.0
    for idx in torch.randperm(len(x_train)).split(48):
        loss = loss_fn(model(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        seen += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        acc = (model(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch + 1} | loss {seen / len(x_train):.4f} | acc {acc:.3f}")

print("metric:", acc)
