"""Intent of short phrases: averaged word vectors, two layers. Vectors start as in the paper: uniform in +-0.5/d."""
import random

import torch
from torch import nn

random.seed(71)
torch.manual_seed(71)

VERBS = {"play": 0, "start": 0, "hear": 0, "buy": 1, "order": 1, "get": 1, "cancel": 2, "stop": 2, "drop": 2, "find": 3, "where": 3, "show": 3}
OBJECTS = ["song", "album", "pizza", "ticket", "film", "book", "radio", "taxi", "shoes", "lamp", "coffee", "train"]
FILLERS = ["please", "the", "a", "now", "for", "me", "could", "you", "my", "to", "today", "and", "just", "quickly", "again", "some"]
NEGATIONS = ["never", "not"]
vocab = {w: i for i, w in enumerate([*VERBS, *OBJECTS, *FILLERS, *NEGATIONS])}


def phrase():
    verb, thing = random.choice(list(VERBS)), random.choice(OBJECTS)
    words = [verb, thing] + random.choices(FILLERS, k=6)
    intent = VERBS[verb]
    if random.random() < 0.3:
        words.append(random.choice(NEGATIONS))
        intent = 2 if intent < 2 else intent
    random.shuffle(words)
    words += random.choices(FILLERS, k=9 - len(words))
    return torch.tensor([vocab[w] for w in words]), intent


def batch(n):
    ids, intents = zip(*(phrase() for _ in range(n)))
    return torch.stack(ids), torch.tensor(intents)


class IntentNet(nn.Module):
    def __init__(self, size, dim=20, intents=4):
        super().__init__()
        start = torch.empty(size, dim).uniform_(-0.5 / dim, 0.5 / dim)
        self.vectors = nn.Embedding.from_pretrained(start, freeze=False)
        self.mix = nn.Linear(dim, 32)
        self.intent = nn.Linear(32, intents)

    def forward(self, ids):
        return self.intent(torch.relu(self.mix(self.vectors(ids).sum(1))))


ids, intents = batch(2000)
test_ids, test_intents = batch(500)
net = IntentNet(len(vocab))
opt = torch.optim.Adam((p for p in net.parameters() if p.requires_grad), lr=4e-3)
for epoch in range(7):
    losses = []
    for rows in torch.randperm(2000).split(50):
        loss = nn.functional.cross_entropy(net(ids[rows]), intents[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    if epoch % 2 == 0:
        print(f"epoch {epoch + 1} loss {sum(losses) / len(losses):.4f}")

with torch.no_grad():
    print("metric:", (net(test_ids).argmax(1) == test_intents).float().mean().item())
