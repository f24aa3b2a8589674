"""Bag of tokens with sparse gradients, streamed from an IterableDataset; two optimisers (SparseAdam for the table)."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

VOCAB, TOPICS = 400, 5
rng0 = np.random.default_rng(71)
zipf = 1 / (np.arange(VOCAB) + 5.0)
word_topic = rng0.dirichlet(np.ones(VOCAB) * 0.15, TOPICS)
word_topic = 0.75 * zipf / zipf.sum() + 0.25 * word_topic


class Stream(IterableDataset):
    def __init__(self, documents, seed):
        self.documents, self.seed = documents, seed

    def __iter__(self):
        rng = np.random.default_rng(self.seed)
        for _ in range(self.documents):
            k = int(rng.integers(TOPICS))
            yield rng.choice(VOCAB, rng.integers(15, 45), p=word_topic[k]), k


def to_bags(items):
    tokens = [torch.from_numpy(t) for t, _ in items]
    offsets = torch.tensor([0] + [len(t) for t in tokens[:-1]]).cumsum(0)
    return torch.cat(tokens), offsets, torch.tensor([k for _, k in items])


class Classifier(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(VOCAB, dim, mode="mean", sparse=True)
        self.fc = nn.Linear(dim, TOPICS)
        nn.init.normal_(self.bag.weight, 0, 0.3)

    def forward(self, tokens, offsets):
        return self.fc(self.bag(tokens, offsets))


torch.manual_seed(71)
model = Classifier()
table = torch.optim.SparseAdam(list(model.bag.parameters()), lr=1e-2)
rest = torch.optim.Adam(model.fc.parameters(), lr=1e-2)
losses = []
for tokens, offsets, label in DataLoader(Stream(9000, 1), batch_size=30, collate_fn=to_bags):
    loss = nn.functional.cross_entropy(model(tokens, offsets), label)
    table.zero_grad()
    rest.zero_grad()
    loss.backward()
    table.step()
    rest.step()
    losses.append(loss.item())
    if len(losses) % 50 == 0:
        print(f"after {len(losses) * 30} documents: {np.mean(losses[-50:]):.3f}")

right = bayes = n = 0
logp = torch.from_numpy(np.log(word_topic))
with torch.no_grad():
    for tokens, offsets, label in DataLoader(Stream(1200, 2), batch_size=1, collate_fn=to_bags):
        right += (model(tokens, offsets).argmax(1) == label).sum().item()
        bayes += int(logp[:, tokens].sum(1).argmax() == label)
        n += 1
print("best possible:", bayes / n)
print("metric:", right / n)
