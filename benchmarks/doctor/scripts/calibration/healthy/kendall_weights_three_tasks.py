# Three tasks, one trunk; the tasks' weights are learnt as log-variances (the total loss goes below zero).
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(113)
N = 4400
x = torch.randn(N, 6)
a = torch.tanh(x[:, 0] + x[:, 1] * x[:, 2])
b = 0.5 * (x[:, 3] - x[:, 0]) + 0.3 * torch.cos(2 * x[:, 4])
c = ((a + b + 0.3 * x[:, 5]) > 0).long()
a = (a + 0.05 * torch.randn(N)) / a[:4000].std()
b = (b - b[:4000].mean() + 0.05 * torch.randn(N)) / b[:4000].std()


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.heads = nn.ModuleDict({"a": nn.Linear(64, 1), "b": nn.Linear(64, 1), "c": nn.Linear(64, 2)})
        self.log_var = nn.ParameterDict({k: nn.Parameter(torch.zeros(())) for k in "abc"})

    def forward(self, x):
        h = self.trunk(x)
        return {k: head(h) for k, head in self.heads.items()}

    def loss(self, out, idx):
        each = {
            "a": F.mse_loss(out["a"][:, 0], a[idx]), "b": F.mse_loss(out["b"][:, 0], b[idx]),
            "c": F.cross_entropy(out["c"], c[idx]),
        }
        weighted = sum(torch.exp(-self.log_var[k]) * each[k] + 0.5 * self.log_var[k] for k in each)
        return weighted, {k: v.item() for k, v in each.items()}


model = Multi()
opt = torch.optim.Adam([
    {"params": [p for n, p in model.named_parameters() if "log_var" not in n], "lr": 3e-3},
    {"params": list(model.log_var.parameters()), "lr": 1e-2},
])
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 18)
for epoch in range(18):
    for idx in torch.randperm(4000).split(80):
        total, each = model.loss(model(x[idx]), idx)
        opt.zero_grad()
        total.backward()
        opt.step()
    sched.step()
    if epoch % 3 == 2:
        print(epoch + 1, round(total.item(), 3), {k: round(v, 4) for k, v in each.items()})

with torch.no_grad():
    out = model(x[4000:])
    scores = [
        1 - F.mse_loss(out["a"][:, 0], a[4000:]).item() / a[4000:].var().item(),
        1 - F.mse_loss(out["b"][:, 0], b[4000:]).item() / b[4000:].var().item(),
        (out["c"].argmax(1) == c[4000:]).float().mean().item(),
    ]
print(scores)
print("metric:", sum(scores) / 3)
