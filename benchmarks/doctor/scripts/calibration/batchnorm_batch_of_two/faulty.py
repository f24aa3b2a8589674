import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, Subset

torch.manual_seed(3)
d = load_digits()
full = TensorDataset(torch.tensor(d.images).float().unsqueeze(1) / 16, torch.tensor(d.target))
perm = torch.randperm(len(full)).tolist()
train = DataLoader(Subset(full, perm[:1000]), batch_size=2, shuffle=True)   # gpu memory...
test = DataLoader(Subset(full, perm[1000:]), batch_size=100)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.bn1 = nn.BatchNorm2d(8)
        self.fc1 = nn.Linear(8 * 9, 32)
        self.bn2 = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.fc1(x.flatten(1))))
        return self.fc2(x)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for epoch in range(2):
    model.train()
    for data, target in train:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
model.eval()
hits = 0
with torch.no_grad():
    for data, target in test:
        hits += (model(data).argmax(1) == target).sum().item()
print('metric:', hits / (len(full) - 1000))
