from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    symbols: int = 7
    length: int = 24
    machines: int = 4
    train: int = 1600
    valid: int = 400
    embed: int = 12
    hidden: int = 32
    batch: int = 64
    epochs: int = 12
    lr: float = 5e-3
    seed: int = 31


cfg = Config()
torch.manual_seed(cfg.seed)
BOS, EOS = cfg.symbols, cfg.symbols + 1
# each machine type has its own habits: which state follows which
HABITS = torch.softmax(1.6 * torch.randn(cfg.machines, cfg.symbols, cfg.symbols), dim=-1)


class EventLogs(Dataset):
    """Logs of a machine's states, with begin and end marks."""

    def __init__(self, n):
        self.machine = torch.randint(0, cfg.machines, (n,))
        state = torch.randint(0, cfg.symbols, (n,))
        steps = [state]
        for _ in range(cfg.length - 1):
            state = torch.multinomial(HABITS[self.machine, state], 1).squeeze(1)
            steps.append(state)
        body = torch.stack(steps, dim=1)
        self.tokens = torch.cat([torch.full((n, 1), BOS), body, torch.full((n, 1), EOS)], dim=1)

    def __len__(self):
        return len(self.machine)

    def __getitem__(self, i):
        return {"tokens": self.tokens[i], "machine": self.machine[i]}


class LogClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(cfg.symbols + 2, cfg.embed)
        self.rnn = nn.GRU(cfg.embed, cfg.hidden, batch_first=True)
        self.classify = nn.Linear(cfg.hidden, cfg.machines)

    def forward(self, tokens):
        states, _ = self.rnn(self.embed(tokens))
        return self.classify(states[:, 0])


def accuracy(model, loader):
    model.eval()
    hits = total = 0
    with torch.no_grad():
        for batch in loader:
            hits += (model(batch["tokens"]).argmax(-1) == batch["machine"]).sum().item()
            total += len(batch["machine"])
    return hits / total


train_loader = DataLoader(EventLogs(cfg.train), batch_size=cfg.batch, shuffle=True)
valid_loader = DataLoader(EventLogs(cfg.valid), batch_size=200)
model = LogClassifier()
optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(cfg.epochs):
    model.train()
    seen = []
    for batch in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(batch["tokens"]), batch["machine"])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen.append(loss.item())
    print(f"epoch {epoch + 1}: loss {sum(seen) / len(seen):.3f}, valid {accuracy(model, valid_loader):.3f}")

print("metric:", accuracy(model, valid_loader))
