"""Listwise ranking (ListNet): the softmax goes over the documents of a query, the loss starts near log(list length)."""

import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(101)
rng = np.random.default_rng(101)
LIST, FEATURES = 12, 10
hidden = rng.normal(size=FEATURES)


def queries(n):
    x = rng.normal(size=(n, LIST, FEATURES))
    gain = x @ hidden / np.sqrt(FEATURES) + 0.8 * np.maximum(x[..., 0], x[..., 1]) + 0.2 * rng.normal(size=(n, LIST))
    grade = np.digitize(gain, np.quantile(gain, [0.5, 0.75, 0.9, 0.97]))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(grade)


def listnet(scores, grade):
    wanted = torch.softmax(grade.float(), dim=1)
    return -(wanted * torch.log_softmax(scores, dim=1)).sum(1).mean()


def ndcg(scores, grade, k=5):
    discount = 1 / torch.log2(torch.arange(k) + 2.0)
    gains = 2.0**grade - 1
    got = (gains.gather(1, scores.topk(k, dim=1).indices) * discount).sum(1)
    best = (gains.topk(k, dim=1).values * discount).sum(1)
    keep = best > 0
    return (got[keep] / best[keep]).mean().item()


x, grade = queries(1200)
x_test, grade_test = queries(300)
scorer = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.AdamW(scorer.parameters(), lr=3e-3)
EPOCHS = 20
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS)

for epoch in range(EPOCHS):
    total = 0.0
    for rows in torch.randperm(len(x)).split(30):
        opt.zero_grad()
        loss = listnet(scorer(x[rows]).squeeze(-1), grade[rows])
        loss.backward()
        opt.step()
        total += loss.item() * len(rows)
    sched.step()
    if epoch % 4 == 3:
        with torch.no_grad():
            held = listnet(scorer(x_test).squeeze(-1), grade_test).item()
        print(f"epoch {epoch + 1}: listnet {total / len(x):.4f}, held-out {held:.4f}")

with torch.no_grad():
    print("metric:", ndcg(scorer(x_test).squeeze(-1), grade_test))
