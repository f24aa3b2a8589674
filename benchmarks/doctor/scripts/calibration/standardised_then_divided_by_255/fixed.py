import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import Dataset, DataLoader
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

torch.manual_seed(134)


class DigitRows(Dataset):
    def __init__(self, data, target):
        self.data, self.target = data, target

    def __getitem__(self, i):
        x = torch.tensor(self.data[i], dtype=torch.float32)
        return x, torch.tensor(self.target[i])

    def __len__(self):
        return len(self.target)


X, y = load_digits(return_X_y=True)
scaler = StandardScaler().fit(X[:1300])
X = scaler.transform(X)
train = DataLoader(DigitRows(X[:1300], y[:1300]), batch_size=65, shuffle=True)
test = DataLoader(DigitRows(X[1300:], y[1300:]), batch_size=500)
model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 10))
optimizer = optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
for epoch in range(1, 9):
    for data, target in train:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(data), target)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    data, target = next(iter(test))
    print('metric:', (model(data).argmax(1) == target).float().mean().item())
