# four numbers of a Gaussian process by its marginal likelihood: full batch, one Cholesky a step
import torch
from torch import nn


class Process(nn.Module):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
        self.log_length = nn.Parameter(torch.zeros(2))
        self.log_size = nn.Parameter(torch.zeros(()))
        self.log_noise = nn.Parameter(torch.tensor(-1.0))

    def kernel(self, p, q):
        gap = (p[:, None] - q[None]) / self.log_length.exp()
        return (2 * self.log_size).exp() * torch.exp(-0.5 * gap.square().sum(-1))

    def solve(self):
        k = self.kernel(self.x, self.x) + (2 * self.log_noise).exp() * torch.eye(len(self.x))
        chol = torch.linalg.cholesky(k)
        return chol, torch.cholesky_solve(self.y[:, None], chol)

    def evidence(self):
        chol, alpha = self.solve()
        return -0.5 * self.y @ alpha[:, 0] - chol.diagonal().log().sum()

    @torch.no_grad()
    def predict(self, p):
        return (self.kernel(p, self.x) @ self.solve()[1])[:, 0]


torch.manual_seed(27)
x = torch.rand(260, 2) * 4 - 2
y = torch.sin(2 * x[:, 0]) * torch.exp(-0.2 * x[:, 1] ** 2) + 0.3 * x[:, 1] + 0.1 * torch.randn(260)
mean, std = y[:120].mean(), y[:120].std()
y = (y - mean) / std
process = Process(x[:120], y[:120])
optimizer = torch.optim.Adam(process.parameters(), lr=0.05)
for step in range(120):
    optimizer.zero_grad()
    loss = -process.evidence() / 120
    loss.backward()
    optimizer.step()
    if step % 30 == 0:
        print(step, loss.item())
rest = (process.predict(x[120:]) - y[120:]).square().mean() / y[120:].var()
print("metric:", 1 - rest.item())
