"""Matrix factorisation in two stages: closed-form means first, then the factors of what is left, user rows taken in turn."""

import torch
from torch import nn

torch.manual_seed(99)
USERS, FILMS, RANK = 100, 90, 3
u, f = torch.randn(USERS, RANK), torch.randn(FILMS, RANK)
full = 3.4 + 0.4 * torch.randn(USERS, 1) + 0.4 * torch.randn(1, FILMS) + 0.45 * u @ f.T
full = (full + 0.25 * torch.randn(USERS, FILMS)).clamp(0.5, 5.5)
draw = torch.rand(USERS, FILMS)
seen, held = draw < 0.5, draw > 0.85

mu = full[seen].mean()
user_mean = ((full - mu) * seen).sum(1, keepdim=True) / (seen.sum(1, keepdim=True) + 3)
film_mean = ((full - mu - user_mean) * seen).sum(0, keepdim=True) / (seen.sum(0, keepdim=True) + 3)
rest = full - mu - user_mean - film_mean


class Factors(nn.Module):
    def __init__(self, rank=4):
        super().__init__()
        self.users = nn.Parameter(torch.randn(USERS, rank) * 0.3)
        self.films = nn.Parameter(torch.randn(FILMS, rank) * 0.3)

    def forward(self, rows):
        return self.users[rows] @ self.films.T


model = Factors()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 25, gamma=0.3)
for epoch in range(75):
    total = 0.0
    for rows in torch.randperm(USERS).split(20):
        left = (model(rows) - rest[rows])[seen[rows]]
        penalty = model.users[rows].square().sum(1).mean() + model.films.square().sum(1).mean()
        loss = left.square().mean() + 0.012 * penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += left.square().mean().item() / 5
    scheduler.step()
    if epoch % 15 == 14:
        with torch.no_grad():
            test = (model(torch.arange(USERS)) - rest)[held].square().mean().item()
        print(f"epoch {epoch + 1}: seen {total:.4f} held out {test:.4f}")

print("metric:", 1 - test / full[held].var().item())
