# %% [markdown]
# Learning to rank: which of 8 documents answers the query? A bilinear score q' W d with a small correction.
# %%
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(404)
DIM, DOCS = 16, 8
hidden_map = torch.randn(DIM, DIM) / DIM**0.5


def make(n):
    q = torch.randn(n, DIM)
    d = torch.randn(n, DOCS, DIM)
    relevance = torch.einsum("nk,nmk->nm", q @ hidden_map, d) / DIM**0.5
    best = (relevance * 6 + torch.randn(n, DOCS)).argmax(1)
    return q, d, best


q_train, d_train, y_train = make(5000)
q_test, d_test, y_test = make(1000)


# %%
class Bilinear(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.W = nn.Parameter(torch.randn(dim, dim))
        self.doc_prior = nn.Sequential(nn.Linear(dim, 16), nn.Tanh(), nn.Linear(16, 1))

    def forward(self, q, d):
        return torch.einsum("nk,nmk->nm", q @ self.W, d) + self.doc_prior(d).squeeze(-1)


ranker = Bilinear(DIM)
opt = torch.optim.Adam(ranker.parameters(), lr=5e-3)

# %%
history = []
for epoch in range(12):
    perm = torch.randperm(len(q_train))
    for i in range(0, len(perm), 100):
        idx = perm[i : i + 100]
        opt.zero_grad()
        loss = F.cross_entropy(ranker(q_train[idx], d_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
        history.append(loss.item())
    print(epoch, sum(history[-50:]) / 50)

# %%
with torch.no_grad():
    top1 = (ranker(q_test, d_test).argmax(1) == y_test).float().mean()
    print("test loss", F.cross_entropy(ranker(q_test, d_test), y_test).item())
print("metric:", top1.item())
