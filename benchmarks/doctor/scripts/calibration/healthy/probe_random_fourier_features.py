# Random Fourier features (Rahimi & Recht): only the read-out learns, the body is random for ever
import math
import torch

torch.manual_seed(31)


class RandomFourier(torch.nn.Module):
    def __init__(self, d_in, d_feat, gamma, n_out):
        super().__init__()
        self.register_buffer('omega', math.sqrt(2 * gamma) * torch.randn(d_in, d_feat))
        self.register_buffer('phase', 2 * math.pi * torch.rand(d_feat))
        self.readout = torch.nn.Linear(d_feat, n_out)

    def forward(self, x):
        z = torch.cos(x @ self.omega + self.phase) * math.sqrt(2.0)
        return self.readout(z)


def friedman(n):
    x = torch.rand(n, 5) * 2 - 1
    y = 2 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 2 * x[:, 2] ** 2 + x[:, 3] - 0.5 * x[:, 4]
    return x, (y + 0.1 * torch.randn(n)).unsqueeze(1)


xtr, ytr = friedman(4000)
xte, yte = friedman(1000)
ym, ys = ytr.mean(), ytr.std()
model = RandomFourier(5, 800, gamma=0.4, n_out=1)
torch.nn.init.zeros_(model.readout.weight)       # a convex problem, any start will do
optim = torch.optim.Adam(model.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.LinearLR(optim, 1.0, 0.1, total_iters=20)
for epoch in range(20):
    tot = 0.0
    for idx in torch.randperm(4000).split(40):
        loss = torch.nn.functional.mse_loss(model(xtr[idx]), (ytr[idx] - ym) / ys)
        optim.zero_grad()
        loss.backward()
        optim.step()
        tot += loss.item() / 100
    sched.step()
    if (epoch + 1) % 5 == 0:
        print(f'epoch {epoch + 1} mse {tot:.4f}')
with torch.no_grad():
    pred = model(xte) * ys + ym
print('metric:', (1 - ((pred - yte) ** 2).sum() / ((yte - ytr.mean()) ** 2).sum()).item())
