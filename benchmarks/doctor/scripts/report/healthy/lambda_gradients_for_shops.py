"""LambdaRank: the gradient of the scores is written down, there is no loss whose value it belongs to."""

import torch

torch.manual_seed(31)
QUERIES, OFFERS, FEATURES = 400, 10, 8

taste = torch.randn(FEATURES)
x = torch.randn(QUERIES, OFFERS, FEATURES)
utility = x @ taste + 1.5 * torch.sin(2 * x[..., 0]) * x[..., 1] + 0.3 * torch.randn(QUERIES, OFFERS)
grade = (utility.argsort(1).argsort(1) - 4).clamp(min=0).float()  # 0..5, half of the offers are of no use
discount = 1 / torch.log2(torch.arange(OFFERS) + 2.0)
ideal = ((2**grade).sub(1).sort(1, descending=True).values * discount).sum(1)


def ndcg(scores, grade, ideal):
    place = scores.argsort(1, descending=True)
    return ((2 ** grade.gather(1, place) - 1) * discount).sum(1) / ideal


def lambdas(scores, grade, ideal):
    rank = scores.argsort(1, descending=True).argsort(1)
    gain, fade = 2**grade, discount[rank]
    change = ((gain[:, :, None] - gain[:, None]) * (fade[:, :, None] - fade[:, None])).abs() / ideal[:, None, None]
    better = (grade[:, :, None] > grade[:, None]).float()
    push = better * torch.sigmoid(scores[:, None] - scores[:, :, None]) * change
    return push.sum(1) - push.sum(2)


model = torch.nn.Sequential(torch.nn.Linear(FEATURES, 48), torch.nn.ReLU(), torch.nn.Linear(48, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
train, test = torch.arange(320), torch.arange(320, QUERIES)
for epoch in range(30):
    for idx in train[torch.randperm(len(train))].split(20):
        scores = model(x[idx]).squeeze(-1)
        with torch.no_grad():
            gradient = lambdas(scores, grade[idx], ideal[idx]) / len(idx)
        optimizer.zero_grad()
        scores.backward(gradient)
        optimizer.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            seen = ndcg(model(x[train]).squeeze(-1), grade[train], ideal[train]).mean().item()
        print(f"epoch {epoch + 1} ndcg on the training queries {seen:.3f}")

with torch.no_grad():
    print("metric:", ndcg(model(x[test]).squeeze(-1), grade[test], ideal[test]).mean().item())
