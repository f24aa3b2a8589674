# Five properties of a glaze from its eight oxides; cosine annealing with warm restarts (T0=6, doubled each time).
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

torch.manual_seed(106)
N = 1800
oxides = torch.distributions.Dirichlet(torch.tensor([6.0, 3, 2, 2, 1, 1, 1, 1])).sample((N,))
mix1, mix2 = torch.randn(8, 5), 2.0 * torch.randn(8, 5)
props = oxides @ mix1 + torch.sin(3 * oxides @ mix2) + 0.05 * torch.randn(N, 5)
props = props * torch.tensor([100.0, 3.0, 0.02, 1.0, 1500.0])      # their units

tr, te = slice(0, 1400), slice(1400, N)
x = (oxides - oxides[tr].mean(0)) / oxides[tr].std(0)
centre, spread = props[tr].mean(0), props[tr].std(0)
y = (props - centre) / spread


class Residual(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(w), nn.Linear(w, w), nn.GELU(), nn.Linear(w, w))

    def forward(self, h):
        return h + self.inner(h)


net = nn.Sequential(nn.Linear(8, 48), Residual(48), Residual(48), nn.LayerNorm(48), nn.Linear(48, 5))
opt = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.05)
sched = CosineAnnealingWarmRestarts(opt, T_0=6, T_mult=2, eta_min=4e-5)
batches = 1400 // 70
for epoch in range(18):
    perm = torch.randperm(1400)
    mean = 0.0
    for b in range(batches):
        i = perm[b * 70:(b + 1) * 70]
        loss = (net(x[tr][i]) - y[tr][i]).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step(epoch + (b + 1) / batches)
        mean += loss.item() / batches
    print(f"{epoch + 1:2d} {mean:.4f}")

net.eval()
with torch.no_grad():
    out = net(x[te]) * spread + centre
    r2 = 1 - (out - props[te]).square().mean(0) / props[te].var(0)
print([round(v, 3) for v in r2.tolist()])
print("metric:", r2.mean().item())
