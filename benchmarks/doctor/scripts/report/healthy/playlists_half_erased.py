"""Recommender: a listener's row of songs with half of it erased is completed (multinomial autoencoder)."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score

torch.manual_seed(66)
rng = np.random.default_rng(66)
SONGS, STYLES = 150, 6


def listeners(n):
    taste = rng.dirichlet(np.full(STYLES, 0.15), n)
    style_of = np.arange(SONGS) % STYLES
    popularity = 1 / (1 + np.arange(SONGS) // STYLES) ** 0.25
    chance = 0.01 + 0.9 * taste[:, style_of] * popularity
    return torch.tensor(rng.random((n, SONGS)) < chance.clip(0, 0.95)).float()


class MultDAE(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.erase = nn.Dropout(0.5)
        self.encode = nn.Linear(SONGS, hidden)
        self.decode = nn.Linear(hidden, SONGS)

    def forward(self, rows):
        return self.decode(torch.tanh(self.encode(self.erase(F.normalize(rows)))))


def ranking_auc(model, rows):
    """Every second song of a row is hidden; are the hidden ones proposed before those that nobody played?"""
    model.eval()
    shown = rows.clone()
    for i, row in enumerate(rows):
        shown[i, row.nonzero().flatten()[::2]] = 0
    with torch.no_grad():
        scores = model(shown)
    areas = [roc_auc_score(r[s == 0], p[s == 0]) for r, s, p in zip(rows, shown, scores)]
    return float(np.mean(areas))


train, test = listeners(1600), listeners(200)
train, test = train[train.sum(1) >= 4], test[test.sum(1) >= 4]
model = MultDAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-5)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 24)
for epoch in range(24):
    model.train()
    losses = []
    for idx in torch.randperm(len(train)).split(64):
        rows = train[idx]
        loss = -(F.log_softmax(model(rows), dim=1) * rows).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: nll of a row {np.mean(losses):.2f}")
print("metric:", ranking_auc(model, test))
