"""GloVe by hand: weighted least squares on log co-occurrences of a toy corpus, Adagrad as in the paper."""

import numpy as np
import torch

torch.manual_seed(55)
rng = np.random.default_rng(55)
GROUPS, PER_GROUP, DIM = 6, 12, 10
V = GROUPS * PER_GROUP
group = np.arange(V) // PER_GROUP

counts = np.zeros((V, V))
popular = rng.lognormal(0, 0.5, V)
for _ in range(400):
    g = rng.integers(GROUPS)
    weight = popular * np.where(group == g, 6.0, 0.35)
    sentence = rng.choice(V, 20, p=weight / weight.sum())
    for offset in range(1, 5):
        np.add.at(counts, (sentence[:-offset], sentence[offset:]), 1 / offset)
counts = counts + counts.T

i, j = np.nonzero(counts)
i, j, c = torch.tensor(i), torch.tensor(j), torch.tensor(counts[i, j], dtype=torch.float32)
log_c = c.log()
f = (c / 20).clamp(max=1) ** 0.75

word = torch.empty(V, DIM).uniform_(-0.5, 0.5).div_(DIM).requires_grad_()
context = torch.empty(V, DIM).uniform_(-0.5, 0.5).div_(DIM).requires_grad_()
word_bias = torch.zeros(V, requires_grad=True)
context_bias = torch.zeros(V, requires_grad=True)
optimizer = torch.optim.Adagrad([word, context, word_bias, context_bias], lr=0.1)

for epoch in range(25):
    total = 0.0
    for rows in torch.randperm(len(c)).split(256):
        a, b = i[rows], j[rows]
        guess = (word[a] * context[b]).sum(1) + word_bias[a] + context_bias[b]
        loss = (f[rows] * (guess - log_c[rows]).square()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: J = {total / len(c):.4f}")

with torch.no_grad():
    vectors = torch.nn.functional.normalize(word + context - (word + context).mean(0), dim=1)
    nearest = (vectors @ vectors.T).fill_diagonal_(-9).topk(5, dim=1).indices
g = torch.tensor(group)
print("metric:", (g[nearest] == g[:, None]).float().mean().item())
