"""Sentiment of short reviews (token ids, right padded). Attention pooling instead of an LSTM."""
import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng(7)
torch.manual_seed(7)
PAD, VOCAB = 0, 120
GOOD, BAD = np.arange(1, 13), np.arange(13, 25)


class Reviews(Dataset):
    def __init__(self, n):
        self.rows = []
        for _ in range(n):
            label = int(rng.integers(2))
            length = int(rng.integers(8, 20))
            words = rng.integers(25, VOCAB, length)
            k = int(rng.integers(3, 6))
            where = rng.choice(length, k, replace=False)
            mine, other = (GOOD, BAD) if label else (BAD, GOOD)
            words[where] = rng.choice(mine, k)
            words[where[0]] = rng.choice(other)
            self.rows.append((torch.tensor(words), label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def collate(batch):
    seqs, labels = zip(*batch)
    tokens = pad_sequence(list(seqs) + [torch.zeros(20, dtype=torch.long)], batch_first=True)[:-1]
    return {"tokens": tokens, "mask": tokens != PAD, "label": torch.tensor(labels)}


class AttnPool(nn.Module):
    def __init__(self, dim=32, hidden=32):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.proj = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU())
        self.score = nn.Linear(hidden, 1)
        self.classifier = nn.Linear(hidden, 2)

    def forward(self, batch):
        h = self.proj(self.embedding(batch["tokens"]))
        s = self.score(h).squeeze(-1)
        s = s.masked_fill(batch["mask"], -1e9)
        a = torch.softmax(s, dim=1)
        return self.classifier((a.unsqueeze(-1) * h).sum(1))


train_dl = DataLoader(Reviews(1600), batch_size=32, shuffle=True, collate_fn=collate)
valid_dl = DataLoader(Reviews(400), batch_size=200, collate_fn=collate)
model = AttnPool()
optim = torch.optim.AdamW(model.parameters(), lr=4e-3)
loss_fn = nn.CrossEntropyLoss()


def evaluate():
    model.eval()
    ok = n = 0
    with torch.no_grad():
        for b in valid_dl:
            ok += (model(b).argmax(1) == b["label"]).sum().item()
            n += len(b["label"])
    return ok / n


for epoch in range(6):
    model.train()
    total = 0
    for b in train_dl:
        optim.zero_grad()
        loss = loss_fn(model(b), b["label"])
        loss.backward()
        optim.step()
        total += loss.item()
    print(f"epoch {epoch}: train loss {total / len(train_dl):.4f}  valid acc {evaluate():.3f}")
print("metric:", evaluate())
