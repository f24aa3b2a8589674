"""Word vectors from co-occurrence counts (SVD), put into a frozen nn.Embedding; a linear classifier on their mean."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(41)
torch.manual_seed(41)
V, TOPICS, DIM = 300, 6, 24
topic_words = rng.dirichlet(np.full(V, 0.15), size=TOPICS)
common = rng.dirichlet(np.full(V, 0.3))


def corpus(n):
    labels = rng.integers(TOPICS, size=n)
    docs = []
    for t in labels:
        length = rng.integers(8, 25)
        docs.append(rng.choice(V, size=length, p=0.5 * topic_words[t] + 0.5 * common))
    return docs, labels


unlabelled, _ = corpus(1500)
train_docs, train_y = corpus(800)
test_docs, test_y = corpus(500)

# positive PMI + SVD on the unlabelled part
counts = np.zeros((V, V))
for d in unlabelled:
    row = np.bincount(d, minlength=V)
    counts += np.outer(row, row)
p = counts / counts.sum()
pw = p.sum(1) + 1e-9
ppmi = np.maximum(np.log((p + 1e-9) / np.outer(pw, pw)), 0)
u, s, _ = np.linalg.svd(ppmi)
vectors = u[:, :DIM] * np.sqrt(s[:DIM])
vectors = torch.tensor(vectors / vectors.std(), dtype=torch.float32)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.EmbeddingBag.from_pretrained(vectors, freeze=True, mode='mean')
        self.out = nn.Linear(DIM, TOPICS)

    def forward(self, tokens, offsets):
        return self.out(self.words(tokens, offsets))


def collate(docs):
    tokens = torch.from_numpy(np.concatenate(docs))
    lengths = torch.tensor([0] + [len(d) for d in docs[:-1]])
    return tokens, lengths.cumsum(0)


model = Classifier()
opt = torch.optim.Adam(filter(lambda q: q.requires_grad, model.parameters()), lr=0.03)
lossf = nn.CrossEntropyLoss()
for epoch in range(10):
    perm = rng.permutation(len(train_docs))
    total = 0
    for i in range(0, len(perm), 32):
        rows = perm[i:i + 32]
        loss = lossf(model(*collate([train_docs[r] for r in rows])), torch.from_numpy(train_y[rows]))
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(rows)
    print(f'epoch {epoch} loss {total / len(perm):.4f}')
with torch.no_grad():
    pred = model(*collate(test_docs)).argmax(1).numpy()
print('metric:', float((pred == test_y).mean()))
