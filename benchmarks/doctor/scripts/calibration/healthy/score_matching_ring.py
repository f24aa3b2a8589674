import torch
import torch.nn as nn

torch.manual_seed(251)
angle = torch.rand(2000) * 6.2832
data = torch.stack([angle.cos(), angle.sin()], 1)
score = nn.Sequential(nn.Linear(3, 96), nn.ELU(), nn.Linear(96, 96), nn.ELU(), nn.Linear(96, 2))
opt = torch.optim.Adam(score.parameters(), lr=2e-3)
sigmas = torch.tensor([1.0, 0.5, 0.25, 0.12])
for it in range(500):
    x = data[torch.randint(0, 2000, (100,))]
    s = sigmas[torch.randint(0, 4, (100, 1))]
    z = torch.randn_like(x)
    loss = ((score(torch.cat([x + s * z, s], 1)) + z) ** 2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 100 == 0:
        print(it, loss.item())
with torch.no_grad():
    x = torch.randn(400, 2) * 1.2
    for s in sigmas:
        for _ in range(30):
            g = score(torch.cat([x, s.expand(400, 1)], 1)) / s
            x = x + 0.1 * s ** 2 * g + (0.2 * s ** 2).sqrt() * torch.randn_like(x) * 0.5
    print('metric:', 1 - (x.norm(dim=1) - 1).abs().mean().item())
