"""Sentiment of short reviews with an order-aware model; words of the second shop are added to the vocabulary."""

import random

import torch
from torch import nn

random.seed(31)
torch.manual_seed(31)

GOOD = [f"good{i}" for i in range(30)]
BAD = [f"bad{i}" for i in range(30)]
PLAIN = [f"plain{i}" for i in range(60)]


def review(good, bad, plain):
    words, mood = [], 0
    for _ in range(12):
        draw = random.random()
        if draw < 0.2:
            words.append(random.choice(good))
            mood += 1
        elif draw < 0.4:
            words.append(random.choice(bad))
            mood -= 1
        else:
            words.append(random.choice(plain))
    return (words, int(mood > 0)) if mood else review(good, bad, plain)


class ReviewNet(nn.Module):
    def __init__(self, vocab, dim=16):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.gate = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, 2)

    def grow(self, vocab):
        old = self.emb.weight.data
        self.emb = nn.Embedding(vocab, old.shape[1])
        self.emb.weight.data[: len(old)] = old

    def forward(self, x):
        e = self.emb(x)
        return self.out((torch.sigmoid(self.gate(e)) * torch.tanh(self.value(e))).mean(1) * 3)


books = [review(GOOD[:15], BAD[:15], PLAIN[:40]) for _ in range(1000)]
games = [review(GOOD[10:], BAD[10:], PLAIN[20:]) for _ in range(1600)]
vocab = {}
for words, _ in books:
    for w in words:
        vocab.setdefault(w, len(vocab))
model = ReviewNet(len(vocab))

for words, _ in games:
    for w in words:
        vocab.setdefault(w, len(vocab))
model.grow(len(vocab))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

reviews = books + games
random.shuffle(reviews)
x = torch.tensor([[vocab[w] for w in words] for words, _ in reviews])
y = torch.tensor([label for _, label in reviews])
cut = 2100

for epoch in range(12):
    model.train()
    total = 0.0
    for idx in torch.randperm(cut).split(50):
        loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        logits = model(x[cut:])
        acc = (logits.argmax(1) == y[cut:]).float().mean().item()
        held = nn.functional.cross_entropy(logits, y[cut:]).item()
    print(f"epoch {epoch:2d} train {total / cut:.3f} held-out {held:.3f} acc {acc:.3f}")

print("metric:", acc)
