import math

import torch

torch.manual_seed(918)

# Random Fourier features (Rahimi & Recht) + accelerated gradient, step length 1 / L as in the textbook.


def surface(p):
    return torch.sin(2 * p[:, 0]) * torch.cos(p[:, 1]) + 0.5 * p[:, 2] ** 2 - 0.3 * p[:, 0] * p[:, 2]


class FourierFeatures(torch.nn.Module):
    def __init__(self, inputs, count, width):
        super().__init__()
        self.register_buffer("freq", torch.randn(inputs, count) / width)
        self.register_buffer("phase", 2 * math.pi * torch.rand(count))

    def forward(self, p):
        return math.sqrt(2) * torch.cos(p @ self.freq + self.phase)


def largest_eigenvalue(matrix, rounds=60):
    v = torch.randn(matrix.shape[1])
    for _ in range(rounds):
        v = matrix @ v
        v = v / v.norm()
    return (v @ matrix @ v).item()


points = torch.rand(1500, 3) * 3 - 1.5
height = surface(points)
observed = height + 0.1 * torch.randn(1500)
fit, held = slice(0, 1200), slice(1200, 1500)
level, spread = observed[fit].mean(), observed[fit].std()
target = (observed - level) / spread

features = FourierFeatures(3, 200, width=1.2)
phi = features(points)
readout = torch.nn.Linear(200, 1)
ridge = 1e-4

# curvature of  mean (phi w - y)^2
lipschitz = 2 * largest_eigenvalue(phi[fit].T @ phi[fit] / 1200) + 2 * ridge
print("L =", round(lipschitz, 3))
opt = torch.optim.SGD(readout.parameters(), lr=1 / lipschitz, momentum=0.9, nesterov=True)

for it in range(400):
    opt.zero_grad()
    miss = readout(phi[fit]).squeeze(1) - target[fit]
    loss = miss.pow(2).mean() + ridge * readout.weight.pow(2).sum()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())

with torch.no_grad():
    predicted = readout(phi[held]).squeeze(1) * spread + level
print("metric:", 1 - ((predicted - height[held]).pow(2).mean() / height[held].var()).item())
