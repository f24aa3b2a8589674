"""Residual GRU tagger: mark every token of a sequence that lies between an opening and its closing marker."""

import torch
import torch.nn as nn

torch.manual_seed(77)
VOCAB, LENGTH = 20, 18
OPEN, CLOSE = 0, 1


def examples(n, g):
    x = torch.randint(2, VOCAB, (n, LENGTH), generator=g)
    start = torch.randint(0, LENGTH - 6, (n,), generator=g)
    width = torch.randint(3, 6, (n,), generator=g)
    rows = torch.arange(n)
    x[rows, start] = OPEN
    x[rows, start + width] = CLOSE
    place = torch.arange(LENGTH)
    inside = (place > start[:, None]) & (place < (start + width)[:, None])
    even = x % 2 == 0
    return x, (inside & even).long() + 2 * (inside & ~even).long()


def minibatches(x, y, size):
    order = torch.randperm(len(x))
    for i in range(0, len(x), size):
        rows = order[i : i + size]
        yield x[rows], y[rows]


class Tagger(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, 3)

    def forward(self, x):
        e = self.embed(x)
        h, _ = self.gru(e)
        return self.out(self.norm(e + h))


def f1(model, x, y):
    model.eval()
    with torch.no_grad():
        guess = model(x).argmax(-1)
    hit = ((guess == y) & (y > 0)).sum().item()
    return 2 * hit / max((guess > 0).sum().item() + (y > 0).sum().item(), 1)


g = torch.Generator().manual_seed(77)
x_train, y_train = examples(2048, g)
x_dev, y_dev = examples(400, g)
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
EPOCHS = 10
batches = minibatches(x_train, y_train, 64)

for epoch in range(EPOCHS):
    model.train()
    for tokens, tags in batches:
        optimizer.zero_grad()
        loss = criterion(model(tokens).flatten(0, 1), tags.flatten())
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1}: last loss {loss.item():.4f}, dev f1 {f1(model, x_dev, y_dev):.4f}")

print("metric:", f1(model, x_dev, y_dev))
