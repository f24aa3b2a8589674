# ordinal regression with cumulative logits: four thresholds shared by one score
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)
n, d, K = 2000, 6, 5
X = torch.randn(n, d)
latent = 1.5 * X[:, 0] + torch.sin(2 * X[:, 1]) * 1.5 + 0.8 * X[:, 2] * X[:, 3] + 0.35 * torch.randn(n)
edges = torch.tensor([-2.2, -0.8, 0.8, 2.2])
rating = torch.bucketize(latent, edges)
print("stars:", torch.bincount(rating).tolist())
Xtr, Xte, rtr, rte = X[:1500], X[1500:], rating[:1500], rating[1500:]


class CumulativeLogit(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(d, 64), nn.LeakyReLU(0.1), nn.Linear(64, 64), nn.LeakyReLU(0.1), nn.Linear(64, 1))
        self.first = nn.Parameter(torch.tensor(-1.5))
        self.steps = nn.Parameter(torch.zeros(K - 2))

    def thresholds(self):
        return torch.cat([self.first[None], self.first + torch.cumsum(F.softplus(self.steps), 0)])

    def forward(self, x):
        return self.score(x) - self.thresholds()        # (n, K-1): logit of P(rating > k)


def levels(r):
    return (r[:, None] > torch.arange(K - 1)).float()


model = CumulativeLogit()
opt = torch.optim.AdamW([
    {"params": model.score.parameters(), "lr": 4e-3, "weight_decay": 2e-2},
    {"params": [model.first, model.steps], "lr": 2e-2, "weight_decay": 0.0},
])
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 35)
for epoch in range(35):
    for b in torch.randperm(1500).split(75):
        loss = F.binary_cross_entropy_with_logits(model(Xtr[b]), levels(rtr[b]))
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
with torch.no_grad():
    guess = (model(Xte) > 0).sum(1)
    print("mean absolute error in stars:", (guess - rte).abs().float().mean().item())
    print("majority:", (rte == rtr.mode().values).float().mean().item())
    print("metric:", (guess == rte).float().mean().item())
