import re

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(13)
rng = np.random.default_rng(13)

QUEUES = ["billing", "delivery", "login", "returns"]
STOP = "the a is my it to and i was on for please have not with of".split()
topic_words = {
    "billing": "invoice charged twice card payment amount tax receipt price refund euro bank".split(),
    "delivery": "parcel late courier tracking address box arrived driver depot damaged delay package".split(),
    "login": "password reset account locked email code browser page error link session user".split(),
    "returns": "return size label exchange shoes refund colour sent back receipt box damaged".split(),
}
everything = sorted({w for words in topic_words.values() for w in words})


def ticket(queue):
    length = rng.integers(3, 15)
    words = []
    for _ in range(length):
        draw = rng.random()
        if draw < 0.35:
            words.append(str(rng.choice(STOP)))
        elif draw < 0.8:
            words.append(str(rng.choice(topic_words[queue])))
        else:
            words.append(str(rng.choice(everything)))
    return " ".join(words).capitalize() + "."


labels = rng.integers(0, 4, 2400)
texts = [ticket(QUEUES[k]) for k in labels]


def clean(text):
    return [w for w in re.findall(r"[a-z]+", text.lower()) if w not in STOP]


vocabulary = {w: i + 1 for i, w in enumerate(sorted({w for t in texts[:1800] for w in clean(t)}))}


def encode(text):
    return torch.tensor([vocabulary[w] for w in clean(text) if w in vocabulary], dtype=torch.long)


def collate(batch):
    ids, targets = zip(*batch, strict=True)
    return pad_sequence(ids, batch_first=True, padding_value=0), torch.tensor(targets)


pairs = [(encode(t), int(k)) for t, k in zip(texts, labels, strict=True)]
train_loader = DataLoader(pairs[:1800], batch_size=40, shuffle=True, collate_fn=collate)
test_loader = DataLoader(pairs[1800:], batch_size=100, collate_fn=collate)


class Router(nn.Module):
    def __init__(self, n_words, dim=32):
        super().__init__()
        self.words = nn.Embedding(n_words + 1, dim, padding_idx=0)
        self.hidden = nn.Linear(dim, 32)
        self.out = nn.Linear(32, len(QUEUES))

    def forward(self, ids):
        known = (ids != 0).unsqueeze(-1).float()
        mean = (self.words(ids) * known).sum(1) / known.sum(1)
        return self.out(torch.relu(self.hidden(mean)))


model = Router(len(vocabulary))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(8):
    model.train()
    total = 0.0
    for ids, target in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(ids), target)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        hits = sum((model(ids).argmax(1) == target).sum().item() for ids, target in test_loader)
    print(f"epoch {epoch + 1}: loss {total / len(train_loader):.4f}, accuracy {hits / 600:.4f}")
print(f"metric: {hits / 600:.4f}")
