"""Denoise piecewise constant signals: squared error, a total-variation term and an edge term, summed with weights."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(30)


def steps(n, length=40):
    jumps = (torch.rand(n, length) < 0.08).float() * torch.randn(n, length) * 1.5
    clean = jumps.cumsum(1) + 0.5 * torch.randn(n, 1)
    clean = clean / 1.8
    return clean + 0.35 * torch.randn_like(clean), clean


class Cleaner(nn.Module):
    def __init__(self, width=20):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv1d(1, width, 7, padding=3), nn.Conv1d(width, width, 7, padding=3), nn.Conv1d(width, 1, 7, padding=3)])

    def forward(self, noisy):
        h = noisy[:, None]
        for layer in self.layers[:-1]:
            h = F.leaky_relu(layer(h), 0.1)
        return noisy - self.layers[-1](h)[:, 0]


def total_loss(guess, clean):
    squared = F.mse_loss(guess, clean)
    variation = guess.diff(dim=1).abs().mean()
    edges = F.l1_loss(guess.diff(dim=1), clean.diff(dim=1))
    return squared + 0.01 * variation + 0.1 * edges


noisy, clean = steps(900)
noisy_test, clean_test = steps(200)
net = Cleaner()
optimizer = torch.optim.RAdam(net.parameters(), lr=4e-3)
for epoch in range(14):
    for rows in torch.randperm(len(noisy)).split(30):
        optimizer.zero_grad()
        loss = total_loss(net(noisy[rows]), clean[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    print("metric:", 1 - (F.mse_loss(net(noisy_test), clean_test) / clean_test.var()).item())
