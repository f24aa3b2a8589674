"""Guess the language of a word from its letters (six invented languages)."""

import string

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import BatchSampler, DataLoader, Dataset, SequentialSampler

torch.manual_seed(41)
rng = np.random.default_rng(41)
LETTERS = string.ascii_lowercase
LANGUAGES = ["aran", "belti", "corvish", "dunic", "eshe", "falk"]
BATCH = 50
CHAINS = {name: rng.dirichlet(np.full(26, 0.25), size=27) for name in LANGUAGES}


def word(name):
    letter, out = 26, []
    for _ in range(rng.integers(5, 11)):
        letter = rng.choice(26, p=CHAINS[name][letter])
        out.append(LETTERS[letter])
    return "".join(out)


class Words(Dataset):
    """One word list per language, as they lie in the folder."""

    def __init__(self, per_language):
        self.rows = [(word(name), k) for k, name in enumerate(LANGUAGES) for _ in range(per_language)]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        text, label = self.rows[index]
        codes = torch.zeros(10, dtype=torch.long)
        codes[: len(text)] = torch.tensor([LETTERS.index(c) + 1 for c in text])
        return codes, label


class LetterNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(27, 16, padding_idx=0)
        self.pairs = nn.Conv1d(16, 64, 2)
        self.out = nn.Linear(64, len(LANGUAGES))

    def forward(self, codes):
        h = torch.relu(self.pairs(self.letters(codes).transpose(1, 2)))
        return self.out(h.mean(2))


train_set, test_set = Words(475), Words(100)
train_loader = DataLoader(train_set, batch_sampler=BatchSampler(SequentialSampler(train_set), BATCH, drop_last=False))
test_loader = DataLoader(test_set, batch_size=100)
net = LetterNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    net.train()
    total = 0.0
    for codes, label in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(codes), label)
        loss.backward()
        opt.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        hits = sum((net(codes).argmax(1) == label).sum().item() for codes, label in test_loader)
    print(f"epoch {epoch + 1:2d} | loss {total / len(train_loader):.3f} | accuracy {hits / len(test_set):.3f}")
print("metric:", hits / len(test_set))
