# Who signed? Siamese GRU on pen tracks; a pair is accepted if the distance is below half of the margin.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)
PEOPLE, POINTS, MARGIN = 40, 12, 2.0
style = torch.randn(PEOPLE, 4)


def sign(person):
    s = style[person]
    t = torch.linspace(0, 1, POINTS)
    s = s + 0.15 * torch.randn_like(s)
    x = torch.sin(3 * t + s[:, :1]) + 0.5 * s[:, 1:2] * t
    y = torch.cos(5 * t + s[:, 2:3]) + 0.5 * s[:, 3:] * t
    return torch.stack([x, y], -1) + 0.05 * torch.randn(len(person), POINTS, 2)


def pairs(n):
    a = torch.randint(PEOPLE, (n,))
    same = torch.arange(n) % 2 == 0
    other = (a + torch.randint(1, PEOPLE, (n,))) % PEOPLE
    b = torch.where(same, a, other)
    return sign(a), sign(b), same


class PenEncoder(nn.Module):
    def __init__(self, hidden=32, out=8):
        super().__init__()
        self.rnn = nn.GRU(2, hidden, batch_first=True)
        self.project = nn.Linear(hidden, out)

    def forward(self, x):
        return self.project(self.rnn(x)[1][-1])


def distance(model, a, b):
    za, zb = model(torch.cat([a, b])).chunk(2)
    return (za - zb).square().sum(1).add(1e-8).sqrt()


def contrastive(d, same):
    pull = d.square()
    push = F.relu(d - MARGIN).square()
    return torch.where(same, pull, push).mean()


model = PenEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=330)
test = pairs(1000)

running = []
for step in range(1, 331):
    a, b, same = pairs(64)
    optimizer.zero_grad()
    loss = contrastive(distance(model, a, b), same)
    loss.backward()
    optimizer.step()
    scheduler.step()
    running.append(loss.item())
    if step % 55 == 0:
        print(step, round(sum(running[-55:]) / 55, 4))

with torch.no_grad():
    accepted = distance(model, *test[:2]) < MARGIN / 2
print("metric:", (accepted == test[2]).float().mean().item())
