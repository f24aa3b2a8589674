"""Next symbol of a second-order Markov text, a small causal convolution; rate and optimiser come from a config dict."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(94)
SYMBOLS, CONTEXT = 8, 3
table = torch.distributions.Dirichlet(torch.full((SYMBOLS,), 0.15)).sample((SYMBOLS, SYMBOLS))
config = {"optimizer": "SGD", "lr": 0.1, "momentum": 0.9, "epochs": 10, "batch": 100}


def text(n):
    s = [torch.randint(SYMBOLS, (n,)), torch.randint(SYMBOLS, (n,))]
    for _ in range(CONTEXT + 12):
        s.append(torch.multinomial(table[s[-2], s[-1]], 1).squeeze(1))
    return torch.stack(s, 1)[:, 2:].unfold(1, CONTEXT + 1, 3).reshape(-1, CONTEXT + 1)


class NextSymbol(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, dim)
        self.hidden = nn.Linear(CONTEXT * dim, 64)
        self.out = nn.Linear(64, SYMBOLS)

    def forward(self, x):
        return self.out(F.relu(self.hidden(self.embed(x).flatten(1))))


def make_optimizer(model, cfg):
    if cfg["optimizer"] == "SGD":
        return torch.optim.SGD(model.parameters(), lr=cfg["lr"], momentum=cfg["momentum"])
    return torch.optim.Adam(model.parameters(), lr=cfg["lr"])


train, test = text(1500), text(400)
model = NextSymbol()
optimizer = make_optimizer(model, config)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"])
for epoch in range(config["epochs"]):
    total = 0.0
    for rows in torch.randperm(len(train)).split(config["batch"]):
        loss = F.cross_entropy(model(train[rows, :-1]), train[rows, -1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    scheduler.step()
    with torch.no_grad():
        held = F.cross_entropy(model(test[:, :-1]), test[:, -1]).item()
    print(f"epoch {epoch + 1}: {total / len(train):.3f} held-out {held:.3f}")

share = torch.bincount(train[:, -1], minlength=SYMBOLS) / len(train)
unigram = -share[test[:, -1]].log().mean().item()
print("metric:", 1 - held / unigram)
