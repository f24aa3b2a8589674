"""Word vectors from the SVD of co-occurrences are kept fixed on purpose; only the small network above them learns."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(75)
rng = np.random.default_rng(75)
V, TOPICS = 200, 5
home = rng.integers(0, TOPICS, V)
probs = np.where(home[None] == np.arange(TOPICS)[:, None], 4.0, 1.0)
probs /= probs.sum(1, keepdims=True)


def corpus(n):
    y = rng.integers(0, TOPICS, n)
    return np.stack([rng.choice(V, 20, p=probs[t]) for t in y]), y


unlabelled, _ = corpus(1500)
counts = np.zeros((len(unlabelled), V))
np.add.at(counts, (np.arange(len(unlabelled))[:, None], unlabelled), 1)
co = counts.T @ counts
co = np.log1p(co) - np.log1p(co).mean()
u, s, _ = np.linalg.svd(co)
vectors = torch.tensor(u[:, :16] * np.sqrt(s[:16]), dtype=torch.float32)
vectors = (vectors - vectors.mean(0)) / vectors.std(0)

emb = nn.Embedding.from_pretrained(vectors, freeze=True)
top = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, TOPICS))
x, y = map(torch.tensor, corpus(1000))
xt, yt = map(torch.tensor, corpus(500))
opt = torch.optim.Adam(top.parameters(), lr=3e-3)
for epoch in range(15):
    for k in torch.randperm(1000).split(40):
        loss = nn.functional.cross_entropy(top(emb(x[k]).mean(1)), y[k])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
with torch.no_grad():
    print("metric:", (top(emb(xt).mean(1)).argmax(1) == yt).float().mean().item())
