import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(155)
x = torch.linspace(-2, 2, 1200).unsqueeze(1)
y = torch.exp(-x ** 2) * torch.cos(4 * x)
perm = torch.randperm(1200)
x, y = x[perm], y[perm]
train_loader = DataLoader(TensorDataset(x[:1000], y[:1000]), batch_size=50, shuffle=True)


class SineLayerNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 48)
        self.second = nn.Linear(48, 48)
        self.last = nn.Linear(48, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.second(torch.sin(3 * self.first(x)))))


model = SineLayerNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
epoch_losses, all_losses, outputs = [], [], []
for epoch in range(15):
    epoch_loss = 0.0
    for data, target in train_loader:
        optimizer.zero_grad()
        output = model(data)
        loss = nn.functional.mse_loss(output, target)
        loss.backward()
        optimizer.step()
        all_losses.append(loss.item())
        outputs.append(output.detach())
        epoch_loss = epoch_loss + loss.item()
    epoch_losses.append(epoch_loss / len(train_loader))
print(["%.4f" % l for l in epoch_losses])
with torch.no_grad():
    print("metric:", 1 - ((model(x[1000:]) - y[1000:]) ** 2).mean().item() / y[1000:].var().item())
