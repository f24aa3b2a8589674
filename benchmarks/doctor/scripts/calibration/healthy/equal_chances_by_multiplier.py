"""Credit scores under a constraint: a Lagrange multiplier is raised (ascent, by hand) while the network goes down."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(29)


def applicants(n):
    group = torch.rand(n) < 0.4
    x = torch.randn(n, 5)
    x[:, 0] += 0.5 * group
    pays = torch.sigmoid(2.5 * (x[:, 0] + x[:, 1] - 0.8 * x[:, 2] * x[:, 3])) > torch.rand(n)
    return x, group, pays.float()


x, group, pays = applicants(2000)
x_test, group_test, pays_test = applicants(800)
net = nn.Sequential(nn.Linear(5, 32), nn.SiLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
multiplier = torch.tensor(0.0)
for epoch in range(16):
    for rows in torch.randperm(len(x)).split(100):
        logit = net(x[rows]).squeeze(1)
        chance = torch.sigmoid(logit)
        inside = group[rows]
        excess = (chance[inside].mean() - chance[~inside].mean()).abs() - 0.15
        loss = F.binary_cross_entropy_with_logits(logit, pays[rows]) + multiplier * excess
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        multiplier = (multiplier + 0.02 * excess.detach()).clamp(min=0)
    print(epoch, round(loss.item(), 4), "multiplier", round(multiplier.item(), 4))
with torch.no_grad():
    print("metric:", ((net(x_test).squeeze(1) > 0).float() == pays_test).float().mean().item())
