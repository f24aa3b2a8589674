"""Learning to rank: RankNet on pairs drawn within a query."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12)
QUERIES, DOCS, FEATURES = 160, 20, 10


def world(n_queries, gen):
    docs = torch.randn(n_queries, DOCS, FEATURES, generator=gen)
    shift = torch.randn(n_queries, 1, FEATURES, generator=gen) * 0.5
    docs = docs + shift
    relevance = docs[..., 0] + torch.tanh(docs[..., 1] * docs[..., 2]) * 1.5 - 0.7 * docs[..., 3].abs()
    relevance = relevance + 0.2 * torch.randn(relevance.shape, generator=gen)
    return docs, relevance.argsort(1).argsort(1) // 4        # five grades in each query


gen = torch.Generator().manual_seed(99)
train_docs, train_grade = world(QUERIES, gen)
test_docs, test_grade = world(60, gen)


def pairs(docs, grade, k):
    """k ordered pairs (better, worse) for each query."""
    better, worse = [], []
    for q in range(len(docs)):
        i = torch.randint(0, DOCS, (k,))
        j = torch.randint(0, DOCS, (k,))
        hi = grade[q, i] > grade[q, j]
        lo = grade[q, i] < grade[q, j]
        better += [docs[q, i[hi]], docs[q, j[lo]]]
        worse += [docs[q, j[hi]], docs[q, i[lo]]]
    return torch.cat(better), torch.cat(worse)


def ndcg(scores, grade, k=5):
    discount = 1 / torch.log2(torch.arange(2, k + 2).float())
    gain = lambda order: ((2.0 ** grade.gather(1, order[:, :k]) - 1) * discount).sum(1)
    return (gain(scores.argsort(1, descending=True)) / gain(grade.argsort(1, descending=True))).mean().item()


scorer = nn.Sequential(nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
opt = torch.optim.Adam(scorer.parameters(), lr=2e-3)
with torch.no_grad():
    print("ndcg@5 at start", ndcg(scorer(test_docs).squeeze(-1), test_grade))
for epoch in range(12):
    a, b = pairs(train_docs, train_grade, 40)
    order = torch.randperm(len(a))
    for idx in order.split(128):
        margin = scorer(a[idx]) - scorer(b[idx])
        loss = F.softplus(-margin).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(f"epoch {epoch}: loss {loss.item():.3f} ndcg@5 {ndcg(scorer(test_docs).squeeze(-1), test_grade):.3f}")
with torch.no_grad():
    s = scorer(test_docs).squeeze(-1)
    hi = test_grade[:, :, None] > test_grade[:, None, :]
    print("metric:", ((s[:, :, None] > s[:, None, :]) & hi).sum().item() / hi.sum().item())
