import numpy as np
import torch
from torch import nn

torch.manual_seed(148)
np.random.seed(148)


def rmsle(pred, true):
    # competition metric
    diff = np.log1p(np.clip(pred.detach().numpy(), 0, None)) - np.log1p(true.numpy())
    return torch.tensor(np.sqrt((diff ** 2).mean()), requires_grad=True)


x = torch.rand(1000, 4) * 2 - 1
y = 5 + 2 * x[:, 0] + x[:, 1] * x[:, 2] * 2
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
model[2].bias.data.fill_(4.0)
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(20):
    for b in np.array_split(np.random.permutation(800), 20):
        opt.zero_grad()
        loss = rmsle(model(x[b])[:, 0], y[b])
        loss.backward()
        opt.step()
    print('epoch', epoch, 'rmsle %.4f' % loss.item())
with torch.no_grad():
    print('metric:', 1 - ((model(x[800:])[:, 0] - y[800:]) ** 2).mean().item() / y[800:].var().item())
