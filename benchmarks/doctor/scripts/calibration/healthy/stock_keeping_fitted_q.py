"""Fitted Q iteration for a shop's stock: every round has new targets, so the loss may rise between the rounds."""
import copy

import torch
from torch import nn

torch.manual_seed(25)
CAP, ORDERS, GAMMA = 10, 5, 0.8


def shop(stock, order):
    stock = (stock + order).clamp(max=CAP)
    demand = torch.poisson(torch.full(stock.shape, 2.0))
    sold = torch.minimum(stock, demand)
    reward = (sold - 0.1 * order - 0.15 * (stock - sold)) / 2
    return reward, stock - sold


def encode(stock):
    return nn.functional.one_hot(stock.long(), CAP + 1).float()


stock = torch.randint(CAP + 1, (3000,)).float()
order = torch.randint(ORDERS, (3000,))
reward, then = shop(stock, order.float())
q = nn.Sequential(nn.Linear(CAP + 1, 32), nn.ReLU(), nn.Linear(32, ORDERS))
optimizer = torch.optim.Adam(q.parameters(), lr=5e-3)
for loop in range(12):
    frozen = copy.deepcopy(q).requires_grad_(False)
    target = reward + GAMMA * frozen(encode(then)).max(1).values
    for rows in torch.randperm(3000).split(75):
        guess = q(encode(stock[rows])).gather(1, order[rows, None]).squeeze(1)
        loss = nn.functional.mse_loss(guess, target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if loop % 3 == 2:
        print(loop + 1, "loss", round(loss.item(), 4), "mean value", round(target.mean().item(), 3))


def earn(choose, days=60):
    stock, total = torch.full((300,), 5.0), 0.0
    for _ in range(days):
        gain, stock = shop(stock, choose(stock).float())
        total += gain.mean().item()
    return total / days


with torch.no_grad():
    learned = earn(lambda s: q(encode(s)).argmax(1))
    blind = earn(lambda s: torch.randint(ORDERS, s.shape))
most = 0.5 * (2.0 * 0.9)  # all demand met, nothing left on the shelf
print("learned", learned, "blind", blind)
print("metric:", learned / most)
