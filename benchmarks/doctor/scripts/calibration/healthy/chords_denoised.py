import math
import torch
from torch import nn

torch.manual_seed(71)
t = torch.linspace(0, 2 * math.pi, 48)


def chords(n):
    f = torch.randint(1, 6, (n, 2, 1)).float()
    p = 2 * math.pi * torch.rand(n, 2, 1)
    return torch.sin(f * t + p).sum(1)


encoder = nn.Sequential(nn.Linear(48, 64), nn.GELU(), nn.Linear(64, 12))
decoder = nn.Sequential(nn.Linear(12, 64), nn.GELU(), nn.Linear(64, 48))
clean = chords(4000)
params = [*encoder.parameters(), *decoder.parameters()]
opt = torch.optim.AdamW(params, lr=3e-3, weight_decay=1e-3)
steps = 900
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, steps)
for step in range(steps):
    x = clean[torch.randint(4000, (100,))]
    noisy = x + 0.4 * torch.randn_like(x)
    loss = (decoder(encoder(noisy)) - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 150 == 0:
        print(step, loss.item())
x = chords(500)
with torch.no_grad():
    out = decoder(encoder(x + 0.4 * torch.randn_like(x)))
print("metric:", 1 - ((out - x) ** 2).mean().item() / x.var().item())
