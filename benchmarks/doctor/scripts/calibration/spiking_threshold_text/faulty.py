import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SEED = 5
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

VOCAB, TOPICS, LENGTH = 240, 6, 30
topic_words = rng.dirichlet(np.full(VOCAB, 0.08), size=TOPICS)
common = rng.dirichlet(np.full(VOCAB, 1.0))


class Notes(Dataset):
    """Short notes: half of the words come from the topic, half from a common pool."""

    def __init__(self, n):
        self.y = rng.integers(TOPICS, size=n)
        self.x = np.stack([rng.choice(VOCAB, LENGTH, p=0.4 * topic_words[t] + 0.6 * common) for t in self.y])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"tokens": torch.as_tensor(self.x[i]), "topic": int(self.y[i])}


class SparseUnit(nn.Module):
    """A rectifier that fires only above a threshold, as spiking neurons do."""

    def __init__(self, theta):
        super().__init__()
        self.theta = theta

    def forward(self, x):
        return F.relu(x - self.theta)


class NoteClassifier(nn.Module):
    def __init__(self, theta=0.02, dim=32, hidden=64):
        super().__init__()
        self.words = nn.EmbeddingBag(VOCAB, dim, mode="mean")
        self.fc1 = nn.Linear(dim, hidden)
        self.act1 = SparseUnit(theta)
        self.fc2 = nn.Linear(hidden, hidden)
        self.act2 = SparseUnit(theta)
        self.out = nn.Linear(hidden, TOPICS)

    def forward(self, tokens):
        h = self.act1(self.fc1(self.words(tokens)))
        return self.out(self.act2(self.fc2(h)))


def accuracy(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for batch in loader:
            hits += (model(batch["tokens"]).argmax(1) == batch["topic"]).sum().item()
    return hits / len(loader.dataset)


train_loader = DataLoader(Notes(3200), batch_size=50, shuffle=True)
test_loader = DataLoader(Notes(600), batch_size=200)

model = NoteClassifier(theta=1.0)
optimizer = torch.optim.Adam(model.parameters(), lr=1.5e-3)
for epoch in range(8):
    model.train()
    losses = []
    for batch in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch["tokens"]), batch["topic"])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"[{epoch}] loss={np.mean(losses):.3f} test={accuracy(model, test_loader):.3f}")

print("metric:", accuracy(model, test_loader))
