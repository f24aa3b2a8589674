"""Masked word prediction (a very small BERT): most positions carry no label."""

import random

import torch
import torch.nn as nn

random.seed(23)
torch.manual_seed(23)
PAD, MASK = 0, 1
SUBJECTS = {f"s{i}": i % 4 for i in range(16)}
VERBS = {k: [f"v{k}{j}" for j in range(2)] for k in range(4)}
OBJECTS = {k: [f"o{k}{j}" for j in range(2)] for k in range(4)}
words = [*SUBJECTS, *sum(VERBS.values(), []), *sum(OBJECTS.values(), []), "the", "a", "."]
index = {w: i + 2 for i, w in enumerate(words)}


def sentence():
    subject, group = random.choice(list(SUBJECTS.items()))
    parts = ["the", subject, random.choice(VERBS[group])]
    parts += [random.choice(["the", "a"]), random.choice(OBJECTS[group]), "."]
    return [index[w] for w in parts]


def mask(tokens):
    """A fifth of the positions: four of five hidden, the others shown and asked for nevertheless."""
    chosen = torch.rand(tokens.shape) < 0.2
    labels = torch.where(chosen, tokens, -100)
    hidden = chosen & (torch.rand(tokens.shape) < 0.8)
    return torch.where(hidden, MASK, tokens), labels


class TinyBert(nn.Module):
    def __init__(self, vocabulary, width=32):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(6, width)
        layer = nn.TransformerEncoderLayer(width, 4, 64, dropout=0.1, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.output = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        return self.output(self.encoder(self.token(tokens) + self.position.weight))


corpus = torch.tensor([sentence() for _ in range(2000)])
model = TinyBert(len(index) + 2)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / 40, 1.0, (441 - s) / 200))
criterion = nn.CrossEntropyLoss(ignore_index=-100)
step = 0
for epoch in range(7):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(corpus)).split(32):
        tokens, labels = mask(corpus[idx])
        loss = criterion(model(tokens).flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        total += loss.item()
    print(f"epoch {epoch} loss {total / 63:.3f}")

# The object's group follows from the subject; which of its two words it is, no one can know.
model.eval()
held_out = torch.tensor([sentence() for _ in range(500)])
asked = held_out.clone()
asked[:, 4] = MASK
with torch.no_grad():
    guess = model(asked)[:, 4].argmax(1)
group = {index[w]: k for k, ws in OBJECTS.items() for w in ws}
hits = [group.get(g, -1) == group[t] for g, t in zip(guess.tolist(), held_out[:, 4].tolist())]
print("metric:", sum(hits) / len(hits))
