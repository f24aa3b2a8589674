import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(256)
# wine-quality like scores 1..7, rounded; plain regression is the usual baseline
x = torch.randn(1400, 9)
score = (4 + x @ torch.randn(9) * 0.5 + 0.4 * torch.sin(3 * x[:, 0]) + 0.3 * torch.randn(1400)).round().clamp(1, 7)
net = nn.Sequential(nn.Linear(9, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(12):
    for a, b in DataLoader(TensorDataset(x[:1100], score[:1100]), batch_size=44, shuffle=True):
        loss = nn.functional.mse_loss(net(a).squeeze(1), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', 1 - (nn.functional.mse_loss(net(x[1100:]).squeeze(1), score[1100:]) / score[1100:].var()).item())
