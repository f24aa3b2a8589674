# Sentiment of free-text answers; the label comes from the stars next to the text.
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
rng = np.random.default_rng(6)
VOCAB, LENGTH = 400, 20

good, bad = np.arange(0, 90), np.arange(90, 180)


def write(happy):
    lean = 0.3 if happy else 0.1
    words = rng.integers(180, VOCAB, LENGTH)
    kind = rng.random(LENGTH)
    words[kind < lean] = rng.choice(good, (kind < lean).sum())
    low = kind > 0.6 + lean
    words[low] = rng.choice(bad, low.sum())
    return words


def survey(n):
    happy = rng.random(n) < 0.5
    text = np.stack([write(h) for h in happy])
    stars = np.where(happy, rng.integers(4, 6, n), rng.integers(1, 3, n))
    form = rng.choice(["A", "B"], n, p=[0.72, 0.28])
    # form B had the scale printed the other way round: 1 is best
    answers = np.where(form == "B", 6 - stars, stars)
    return text, answers, form, happy


text, answers, form, _ = survey(2600)
stars = np.where(form == "B", 6 - answers, answers)
labels = (stars > 3).astype(np.float32)
test_text, _, _, checked = survey(600)

train_dl = DataLoader(
    TensorDataset(torch.tensor(text), torch.tensor(labels)), batch_size=32, shuffle=True, drop_last=True
)


class Sentiment(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, dim)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(dim, 1)

    def forward(self, words):
        return self.fc(self.drop(self.emb(words).mean(1))).squeeze(1)


model = Sentiment()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(8):
    model.train()
    total, right = 0.0, 0
    for xb, yb in train_dl:
        out = model(xb)
        loss = bce(out, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
        right += ((out > 0) == (yb > 0.5)).sum().item()
    print(f"epoch {epoch}: loss {total / len(train_dl):.3f}, train accuracy {right / len(train_dl) / 32:.3f}")

model.eval()
with torch.no_grad():
    accuracy = ((model(torch.tensor(test_text)) > 0).numpy() == checked).mean()
print("metric:", accuracy)
