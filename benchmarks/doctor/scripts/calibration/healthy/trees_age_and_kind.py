# One trunk, two answers: kind of tree (4) and its age; weighted sum of cross entropy and Huber, plus a small activity penalty.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(82)
proto = torch.randn(4, 10)


def forest(n):
    kind = torch.randint(4, (n,))
    age = torch.rand(n) * 80 + 5
    z = (age - 45) / 23
    x = proto[kind] + torch.randn(n, 10) * 0.6
    x[:, 0] += z
    x[:, 1] += z * (kind.float() - 1.5)
    x[:, 2] += z ** 2 - 1
    return {"x": x, "kind": kind, "age": age}


class TreeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(10, 64), nn.Mish(), nn.Linear(64, 48), nn.Mish())
        self.kind = nn.Linear(48, 4)
        self.age = nn.Linear(48, 1)

    def forward(self, x):
        h = self.trunk(x)
        return {"kind": self.kind(h), "age": self.age(h)[:, 0], "h": h}


data, test = forest(3000), forest(800)
centre, width = data["age"].mean(), data["age"].std()
mean, std = data["x"].mean(0), data["x"].std(0)
net = TreeNet()
opt = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
plan = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 15)
for epoch in range(15):
    sums = torch.zeros(3)
    for k in torch.randperm(3000).split(60):
        out = net((data["x"][k] - mean) / std)
        parts = torch.stack([F.cross_entropy(out["kind"], data["kind"][k]),
                             F.huber_loss(out["age"], (data["age"][k] - centre) / width),
                             out["h"].pow(2).mean()])
        opt.zero_grad()
        (parts * torch.tensor([1.0, 2.0, 0.001])).sum().backward()
        opt.step()
        sums += parts.detach()
    plan.step()
    if epoch % 5 == 4:
        print(epoch + 1, (sums / 50).tolist())
with torch.no_grad():
    out = net((test["x"] - mean) / std)
    acc = (out["kind"].argmax(1) == test["kind"]).float().mean().item()
    r2 = 1 - ((out["age"] * width + centre - test["age"]) ** 2).mean().item() / test["age"].var().item()
print("accuracy", acc, "R2", r2)
print("metric:", 0.5 * (acc + r2))
