import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(220)
# which of 4 tones sound in the signal? each with probability 0.3
t = torch.arange(48.)
freqs = torch.tensor([0.35, 0.7, 1.2, 1.9])
Y = (torch.rand(1200, 4) < 0.3).float()
amp = Y * (0.6 + torch.rand(1200, 4))
X = (amp[:, :, None] * torch.sin(freqs[None, :, None] * t + 6.28 * torch.rand(1200, 4, 1))).sum(1, keepdim=True) + 0.3 * torch.randn(1200, 1, 48)
model = nn.Sequential(nn.Conv1d(1, 24, 9), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(24, 24, 5), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 4))
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
crit = nn.BCEWithLogitsLoss(pos_weight=torch.full((4,), 2.0))
for epoch in range(10):
    model.train()
    for a, b in DataLoader(TensorDataset(X[:1000], Y[:1000]), batch_size=40, shuffle=True):
        opt.zero_grad()
        loss = crit(model(a), b)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
model.eval()
with torch.no_grad():
    print('metric:', ((model(X[1000:]) > 0) == Y[1000:].bool()).float().mean().item())
