"""Implicit feedback: a listened track against a sampled one, BPR. The dataset draws the negatives."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(27)
USERS, TRACKS, DIM = 120, 80, 8
world = np.random.default_rng(27)
taste, flavour = world.normal(size=(USERS, 4)), world.normal(size=(TRACKS, 4))
chance = 1 / (1 + np.exp(-(2.0 * taste @ flavour.T - 2.0)))
liked = world.random((USERS, TRACKS)) < chance
split = world.random((USERS, TRACKS)) < 0.8


class Listens(Dataset):
    def __init__(self, matrix, seed):
        self.pairs = np.argwhere(matrix)
        self.matrix, self.seed = matrix, seed
        self.rng = None

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        if self.rng is None:
            self.rng = np.random.default_rng(self.seed)
        user, track = self.pairs[i]
        other = self.rng.integers(TRACKS)
        while self.matrix[user, other]:
            other = self.rng.integers(TRACKS)
        return user, track, other


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(USERS, DIM)
        self.track = nn.Embedding(TRACKS, DIM)
        self.bias = nn.Embedding(TRACKS, 1)
        nn.init.normal_(self.user.weight, std=0.1)
        nn.init.normal_(self.track.weight, std=0.1)
        nn.init.zeros_(self.bias.weight)

    def forward(self, user, track):
        return (self.user(user) * self.track(track)).sum(1) + self.bias(track).squeeze(1)


def auc(model):
    with torch.no_grad():
        scores = (model.user.weight @ model.track.weight.T + model.bias.weight.T).numpy()
    wins = []
    for u in range(USERS):
        yes, no = scores[u][liked[u] & ~split[u]], scores[u][~liked[u] & ~split[u]]
        if len(yes) and len(no):
            wins.append((yes[:, None] > no).mean())
    return float(np.mean(wins))


def main():
    loader = DataLoader(
        Listens(liked & split, seed=5), batch_size=64, shuffle=True, num_workers=2, persistent_workers=True
    )
    model = Factors()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2, weight_decay=1e-4)
    for epoch in range(6):
        total, count = 0.0, 0
        for user, heard, other in loader:
            loss = -F.logsigmoid(model(user, heard) - model(user, other)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, count = total + loss.item(), count + 1
        print(f"epoch {epoch + 1}: loss {total / count:.4f} auc {auc(model):.4f}")
    print("metric:", auc(model))


if __name__ == "__main__":
    main()
