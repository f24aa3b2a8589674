"""A smooth response surface: squared error plus a penalty on the slope at the training inputs (double backprop)."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(120)
LAMBDA = 0.001


class Surface(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(5, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 1)

    def forward(self, x):
        return self.fc3(F.softplus(self.fc2(F.softplus(self.fc1(x), beta=2)), beta=2)).squeeze(1)


# yield of a reaction: temperature, time, two concentrations, stirring
n = 1500
x = torch.rand(n, 5) * 2 - 1
amount = (
    torch.exp(-2 * (x[:, 0] - 0.3 * x[:, 1]) ** 2) * (1 + 0.5 * x[:, 2]) + 0.4 * x[:, 2] * x[:, 3]
    + 0.2 * torch.tanh(2 * x[:, 4]) + 0.06 * torch.randn(n)
)
x = x * 3 ** 0.5
y = (amount - amount[:1200].mean()) / amount[:1200].std()

net = Surface()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 16)
for epoch in range(16):
    data_term = slope_term = 0.0
    for idx in torch.randperm(1200).split(40):
        inputs = x[idx].clone().requires_grad_(True)
        out = net(inputs)
        slope, = torch.autograd.grad(out.sum(), inputs, create_graph=True)
        penalty = slope.square().sum(1).mean()
        mse = F.mse_loss(out, y[idx])
        loss = mse + LAMBDA * penalty
        opt.zero_grad()
        loss.backward()
        opt.step()
        data_term += mse.item() / 30
        slope_term += penalty.item() / 30
    sched.step()
    print(f"epoch {epoch + 1:2d}: squared error {data_term:.4f}, squared slope {slope_term:.4f}")

net.eval()
with torch.no_grad():
    print("metric:", 1 - F.mse_loss(net(x[1200:]), y[1200:]).item() / y[1200:].var().item())
