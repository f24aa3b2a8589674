"""Two short epochs at a tiny rate: the body is good already, the new plant's sensors are off by a little."""
import torch
from torch import nn

torch.manual_seed(23)
A = torch.randn(20, 12) / 20 ** 0.5
B = torch.randn(12, 3)


def plant(n, gain, offset):
    x = torch.randn(n, 20)
    y = torch.tanh(1.5 * x @ A) @ B / 3 + 0.05 * torch.randn(n, 3)
    return x * gain + offset, y


gain = 1 + 0.12 * torch.randn(20)
offset = 0.12 * torch.randn(20)
x_old, y_old = plant(8000, 1.0, 0.0)
x_new, y_new = plant(2400, gain, offset)
x_test, y_test = plant(1500, gain, offset)


def r2(model):
    with torch.no_grad():
        return (1 - (model(x_test) - y_test).square().sum() / (y_test - y_new.mean(0)).square().sum()).item()


model = nn.Sequential(nn.Linear(20, 128), nn.GELU(), nn.Linear(128, 128), nn.GELU(), nn.Linear(128, 3))
opt = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=4e-3, total_steps=8 * 80)
for epoch in range(8):
    for b in torch.randperm(len(x_old)).split(100):
        loss = nn.functional.mse_loss(model(x_old[b]), y_old[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print('old plant', epoch, round(loss.item(), 5))
print('new plant, untouched body: R2', r2(model))

opt = torch.optim.AdamW(model.parameters(), lr=2e-4, weight_decay=0.0)
for epoch in range(2):
    tot = 0
    for b in torch.randperm(len(x_new)).split(24):
        loss = nn.functional.mse_loss(model(x_new[b]), y_new[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() / 100
    print('new plant', epoch, round(tot, 5), 'R2', round(r2(model), 4))
print('metric:', r2(model))
