# Hamiltonian network: H(q, p) is a net, the time derivatives come from its gradient (double backward).
import torch
from torch import nn

torch.manual_seed(111)


def truth(z):
    q, p = z.unbind(1)
    return torch.stack([p, -torch.sin(q)], 1)


def sample(n):
    q = (torch.rand(n) * 2 - 1) * 2.5
    p = (torch.rand(n) * 2 - 1) * 2.0
    return torch.stack([q, p], 1)


class HNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1, bias=False))

    def forward(self, z):
        with torch.enable_grad():
            if not z.requires_grad:
                z = z.detach().requires_grad_(True)
            dH, = torch.autograd.grad(self.energy(z).sum(), z, create_graph=True)
        return torch.stack([dH[:, 1], -dH[:, 0]], 1)


z = sample(1600)
dz = truth(z) + 0.05 * torch.randn(1600, 2)
z_test = sample(400)
model = HNN()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=6e-3, total_steps=640)
for epoch in range(20):
    avg = 0.0
    for i in torch.randperm(1600).split(50):
        loss = (model(z[i]) - dz[i]).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        avg += loss.item() / 32
    if epoch % 4 == 3:
        print(epoch + 1, round(avg, 5))

miss = (model(z_test) - truth(z_test)).square().mean().item()
print("metric:", 1 - miss / truth(z_test).var().item())
