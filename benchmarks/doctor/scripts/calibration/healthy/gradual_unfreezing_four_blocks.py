"""Gradual unfreezing: one more block joins the optimiser at each stage, from the head down."""
import torch
from torch import nn

torch.manual_seed(10)
proto = torch.randn(12, 30)
twist = torch.linalg.qr(torch.eye(30) + 0.06 * torch.randn(30, 30))[0]
twist = twist * torch.sign(torch.diagonal(twist))


def task(n, old):
    y = torch.randint(6, (n,))
    which = y + 6 * torch.randint(2, (n,))               # each class has two modes
    x = proto[which] + 0.9 * torch.randn(n, 30)
    return (x, y) if old else (x @ twist, (which * 5 + 2) % 12 // 3)


blocks = [nn.Sequential(nn.Linear(30, 96), nn.LayerNorm(96), nn.ReLU()),
          nn.Sequential(nn.Linear(96, 96), nn.LayerNorm(96), nn.ReLU()),
          nn.Sequential(nn.Linear(96, 96), nn.LayerNorm(96), nn.ReLU())]
body = nn.Sequential(*blocks)


def run(model, opt, data, epochs, tag):
    x, y = data
    for e in range(epochs):
        s = 0.0
        for i in torch.randperm(len(x)).split(50):
            loss = nn.functional.cross_entropy(model(x[i]), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            s += loss.item() * len(i) / len(x)
        print(f'{tag} epoch {e} loss {s:.4f}')


source = nn.Sequential(body, nn.Linear(96, 6))
run(source, torch.optim.Adam(source.parameters(), lr=1e-3), task(3000, True), 4, 'source')

train, test = task(2000, False), task(1000, False)
model = nn.Sequential(body, nn.Linear(96, 4))
body.requires_grad_(False)
opt = torch.optim.Adam(model[1].parameters(), lr=2e-3)
run(model, opt, train, 2, 'head')
for depth, block in enumerate(reversed(blocks)):
    block.requires_grad_(True)
    opt.add_param_group({'params': list(block.parameters()), 'lr': 1e-3 * 0.6 ** depth})
    run(model, opt, train, 2, f'block {2 - depth}')

with torch.no_grad():
    print('metric:', (model(test[0]).argmax(1) == test[1]).float().mean().item())
