import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(111)
xy = torch.rand(1500, 2) * 4 - 2
z = torch.sin(2 * xy[:, 0]) * torch.cos(2 * xy[:, 1])
train = TensorDataset(xy[:1200], z[:1200])


class SurfaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 1)

    def forward(self, x):
        x = self.fc1(x)
        F.relu(x)
        x = self.fc2(x)
        F.relu(x)
        return self.fc3(x).view(-1)


net = SurfaceNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    for inputs, target in DataLoader(train, batch_size=60, shuffle=True):
        opt.zero_grad()
        loss = F.mse_loss(net(inputs), target)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    print("metric:", 1 - ((net(xy[1200:]) - z[1200:]) ** 2).mean().item() / z[1200:].var().item())
