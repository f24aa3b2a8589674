"""Who asks whom?  Order matters in short messages; easy data augmentation against few examples."""

import random

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

random.seed(50)
torch.manual_seed(50)
FILLER = [f"w{i}" for i in range(30)]
SPECIAL = ["refund", "cancel", "before", "after"]
VOCAB = {word: i + 1 for i, word in enumerate(FILLER + SPECIAL)}
LENGTH = 18


def message():
    """Four intents: which of the two wishes comes first, and with which link between them."""
    label = random.randrange(4)
    first, second = ("refund", "cancel") if label % 2 == 0 else ("cancel", "refund")
    link = "before" if label < 2 else "after"
    a, b, c = sorted(random.sample(range(LENGTH), 3))
    words = [random.choice(FILLER) for _ in range(LENGTH)]
    words[a], words[b], words[c] = first, link, second
    return words, label


def random_swap(words, alpha=0.9):
    """EDA's random swap: a share alpha of the words changes places with others."""
    words = list(words)
    movable = [i for i, word in enumerate(words) if word in FILLER]
    for _ in range(int(alpha * len(words))):
        i, j = random.sample(movable, 2)
        words[i], words[j] = words[j], words[i]
    return words


class Messages(Dataset):
    def __init__(self, n, augment=False):
        self.rows = [message() for _ in range(n)]
        self.augment = augment

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        words, label = self.rows[i]
        if self.augment:
            words = random_swap(words)
        return torch.tensor([VOCAB[w] for w in words]), label


class Reader(nn.Module):
    def __init__(self, vocab, dim=24, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 4)

    def forward(self, tokens):
        _, state = self.gru(self.embed(tokens))
        return self.out(state[-1])


train_loader = DataLoader(Messages(1000, augment=True), batch_size=40, shuffle=True)
test_loader = DataLoader(Messages(400), batch_size=400)
model = Reader(len(VOCAB) + 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    model.train()
    total = 0.0
    for tokens, label in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(tokens), label)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 2 == 1:
        print(f"epoch {epoch + 1}: {total / len(train_loader):.4f}")

model.eval()
with torch.no_grad():
    tokens, label = next(iter(test_loader))
    print(f"metric: {(model(tokens).argmax(1) == label).float().mean().item():.4f}")
