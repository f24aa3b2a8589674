import random

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

random.seed(19)
torch.manual_seed(19)

LANGS = ["kala", "miro", "tesu", "vond"]
SYLLABLES = {
    "kala": ["ka", "la", "ma", "na", "ti", "ko", "lu"],
    "miro": ["mi", "ro", "la", "ne", "ti", "so", "ra"],
    "tesu": ["te", "su", "ka", "ne", "ro", "ki", "sa"],
    "vond": ["vo", "nd", "su", "ma", "ko", "ra", "el"],
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WIDTH = 10


def word(lang):
    text = "".join(random.choice(SYLLABLES[lang]) for _ in range(5))[:WIDTH]
    return [LETTERS.index(c) for c in text]


class WordLists(IterableDataset):
    """Streams the word lists, one language after the other, through a shuffle buffer."""

    def __init__(self, words, buffer_size):
        self.words, self.buffer_size = words, buffer_size

    def stream(self):
        for label, lang in enumerate(LANGS):
            for letters in self.words[lang]:
                yield torch.tensor(letters), label

    def __iter__(self):
        buffer = []
        for sample in self.stream():
            if len(buffer) < self.buffer_size:
                buffer.append(sample)
                continue
            slot = random.randrange(self.buffer_size)
            yield buffer[slot]
            buffer[slot] = sample
        random.shuffle(buffer)
        yield from buffer


class Guesser(nn.Module):
    def __init__(self, dim=16, channels=48):
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS), dim)
        self.conv = nn.Conv1d(dim, channels, 3, padding=1)
        self.out = nn.Linear(channels, len(LANGS))

    def forward(self, x):
        h = torch.relu(self.conv(self.letters(x).transpose(1, 2)))
        return self.out(h.amax(2))


def run():
    words = {lang: [word(lang) for _ in range(650)] for lang in LANGS}
    test_x = torch.tensor([word(lang) for lang in LANGS for _ in range(150)])
    test_y = torch.arange(len(LANGS)).repeat_interleave(150)
    loader = DataLoader(WordLists(words, buffer_size=64), batch_size=52)
    net = Guesser()
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(8):
        net.train()
        total, count = 0.0, 0
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            opt.step()
            total, count = total + loss.item(), count + 1
        net.eval()
        with torch.no_grad():
            acc = (net(test_x).argmax(1) == test_y).float().mean().item()
        print(f"{epoch} {total / count:.4f} {acc:.4f}")
    return acc


print("metric:", run())
