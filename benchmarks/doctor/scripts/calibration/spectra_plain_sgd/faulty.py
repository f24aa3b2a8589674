# Predict the concentration of the minor component from a 50-channel spectrum
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(33)
n = 1000
wave = torch.linspace(0, 1, 50)
peak = lambda c, w: torch.exp(-((wave - c) / w) ** 2)
c = torch.rand(n, 3)
spectra = (3.0 * c[:, :1] * peak(0.5, 0.4) + 1.5 * c[:, 1:2] * peak(0.3, 0.3) + 0.35 * c[:, 2:] * peak(0.6, 0.25))
spectra = spectra + 0.003 * torch.randn(n, 50)
target = c[:, 2:] ** 2

mean, std = spectra[:750].mean(0), spectra[:750].std(0)
spectra = (spectra - mean) / std
t_mean, t_std = target[:750].mean(), target[:750].std()
target = (target - t_mean) / t_std

loader = DataLoader(TensorDataset(spectra[:750], target[:750]), batch_size=25, shuffle=True)
model = nn.Sequential(nn.Linear(50, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

history = []
for epoch in range(25):
    total = 0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    history.append(total / len(loader))
    print(epoch, history[-1])

with torch.no_grad():
    test_loss = criterion(model(spectra[750:]), target[750:]).item()
print('metric:', 1 - test_loss / target[750:].var().item())
