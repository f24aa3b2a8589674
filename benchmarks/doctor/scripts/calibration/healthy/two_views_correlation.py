"""Deep correlation analysis: two views, two networks; the loss needs the whole batch's covariance and is negative."""
import torch
from torch import nn

torch.manual_seed(26)


def views(n):
    shared = torch.randn(n, 1)
    a = torch.cat([torch.tanh(shared), shared**3 / 3, torch.randn(n, 3)], 1) + 0.2 * torch.randn(n, 5)
    b = torch.cat([torch.sin(shared), shared.abs() * shared, torch.randn(n, 3)], 1) + 0.2 * torch.randn(n, 5)
    return a, b


def correlation(u, v):
    u, v = u - u.mean(), v - v.mean()
    return (u * v).mean() / (u.square().mean() * v.square().mean() + 1e-6).sqrt()


a, b = views(1600)
a_test, b_test = views(500)
a_mean, a_std, b_mean, b_std = a.mean(0), a.std(0), b.mean(0), b.std(0)
a, a_test, b, b_test = (a - a_mean) / a_std, (a_test - a_mean) / a_std, (b - b_mean) / b_std, (b_test - b_mean) / b_std
left = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 1))
right = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 1))
optimizer = torch.optim.Adam([*left.parameters(), *right.parameters()], lr=3e-3, weight_decay=1e-4)
for epoch in range(30):
    for rows in torch.randperm(len(a)).split(160):
        loss = -correlation(left(a[rows]), right(b[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item())
with torch.no_grad():
    print("metric:", correlation(left(a_test), right(b_test)).item())
