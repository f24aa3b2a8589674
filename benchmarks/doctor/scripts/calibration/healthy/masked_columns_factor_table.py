"""Masked modelling of a table: hide a third of the columns, predict them from the rest; loss at hidden cells only."""
import torch
from torch import nn

torch.manual_seed(25)
COLS = 24
load = torch.randn(3, COLS)
phase = torch.randn(COLS)


def table(n):
    f = torch.randn(n, 3)
    return f @ load + 0.5 * torch.sin(2 * f[:, :1] + phase) + 0.2 * torch.randn(n, COLS)


class MaskedModel(nn.Module):
    def __init__(self, hidden=160):
        super().__init__()
        self.missing = nn.Parameter(torch.zeros(COLS))        # learnt stand-in for a hidden cell
        self.net = nn.Sequential(nn.Linear(2 * COLS, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
                                 nn.Linear(hidden, COLS))

    def forward(self, x, hide):
        seen = torch.where(hide, self.missing, x)
        return self.net(torch.cat([seen, hide.float()], 1))


train, test = table(5000), table(1000)
mean, std = train.mean(0), train.std(0)
train, test = (train - mean) / std, (test - mean) / std
model = MaskedModel()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 12)
for epoch in range(12):
    tot = 0.0
    for i in torch.randperm(len(train)).split(100):
        x = train[i]
        hide = torch.rand_like(x) < 0.33
        loss = (model(x, hide) - x)[hide].square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() / 50
    sched.step()
    print(f'epoch {epoch} masked mse {tot:.4f}')
model.eval()
with torch.no_grad():
    hide = torch.rand_like(test) < 0.33
    err = (model(test, hide) - test)[hide].square().sum() / test[hide].square().sum()
print('metric:', 1 - err.item())
