"""A small deep-equilibrium model: the hidden state is the fixed point of one layer, gradients by one implicit solve."""

import torch
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(30)


class Equilibrium(nn.Module):
    def __init__(self, inputs, width, iterations=10):
        super().__init__()
        self.inject = nn.Linear(inputs, width)
        # spectral norm 1, times 0.7: the step is a contraction, so that there is one fixed point
        self.recur = nn.utils.parametrizations.spectral_norm(nn.Linear(width, width, bias=False))
        self.iterations = iterations

    def step(self, z, x):
        return torch.tanh(0.7 * self.recur(z) + x)

    def forward(self, x):
        x = self.inject(x)
        with torch.no_grad():
            z = torch.zeros_like(x)
            for _ in range(self.iterations):
                z = self.step(z, x)
        # engage autograd at the fixed point, and let the hook solve for the gradient
        z = self.step(z, x)
        if self.training:
            z0 = z.clone().detach().requires_grad_()
            f0 = self.step(z0, x.detach())

            def backward_hook(grad):
                g = grad
                for _ in range(self.iterations):
                    g = torch.autograd.grad(f0, z0, g, retain_graph=True)[0] + grad
                return g

            z.register_hook(backward_hook)
        return z


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.equilibrium = Equilibrium(2, 40)
        self.out = nn.Linear(40, 1)

    def forward(self, x):
        return self.out(self.equilibrium(x)).squeeze(1)


points, sides = make_moons(1200, noise=0.15, random_state=30)
x = torch.tensor(points, dtype=torch.float32)
x = (x - x[:900].mean(0)) / x[:900].std(0)
y = torch.tensor(sides, dtype=torch.float32)

net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(20):
    net.train()
    total = 0.0
    for rows in torch.randperm(900).split(60):
        loss = criterion(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        accuracy = ((net(x[900:]) > 0) == (y[900:] > 0)).float().mean().item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: loss {total / 15:.4f} accuracy {accuracy:.4f}")
print(f"metric: {accuracy:.4f}")
