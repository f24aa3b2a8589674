# RBF network for a two-dimensional terrain (homework 4, part c)
import torch
import torch.nn as nn

torch.manual_seed(7)


def height(p):
    return torch.sin(2.2 * p[:, 0]) * torch.cos(1.6 * p[:, 1]) + 0.4 * p[:, 0]


class RBF(nn.Module):
    def __init__(self, x, units):
        super().__init__()
        self.centres = nn.Parameter(x[torch.randint(len(x), (1,))].repeat(units, 1))
        self.log_width = nn.Parameter(torch.full((units,), -0.3))

    def forward(self, p):
        d2 = (p[:, None, :] - self.centres[None]).pow(2).sum(-1)
        return torch.exp(-0.5 * d2 / self.log_width.exp() ** 2)


class RBFNet(nn.Module):
    def __init__(self, x, units=40):
        super().__init__()
        self.rbf = RBF(x, units)
        self.readout = nn.Linear(units, 1)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def forward(self, p):
        return self.readout(self.rbf(p)).squeeze(1)


points = torch.rand(1200, 2) * 4 - 2
z = height(points) + 0.05 * torch.randn(len(points))
x_train, z_train = points[:900], z[:900]
x_val, z_val = points[900:], z[900:]

net = RBFNet(x_train)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
mse = nn.MSELoss()
for epoch in range(50):
    order = torch.randperm(len(x_train))
    for batch in order.split(50):
        optimizer.zero_grad()
        loss = mse(net(x_train[batch]), z_train[batch])
        loss.backward()
        optimizer.step()
    scheduler.step()
    if epoch % 10 == 9:
        print(epoch + 1, loss.item())

with torch.no_grad():
    left = (net(x_val) - z_val).pow(2).mean() / z_val.var()
print("metric:", 1 - left.item())
