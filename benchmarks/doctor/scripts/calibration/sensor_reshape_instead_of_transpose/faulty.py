import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(122)
torch.manual_seed(122)


# human activity recognition: 40 time steps x 3 axes of an accelerometer
def record(label):
    t = np.arange(40)
    base = np.random.randn(40, 3) * 0.8
    axis, f = label % 3, (0.4 if label < 3 else 1.1)
    base[:, axis] += np.sin(f * t + np.random.rand() * 6.28)
    return base


labels = np.random.randint(0, 6, 1500)
data = np.stack([record(l) for l in labels]).astype(np.float32)      # (N, 40, 3)
x = torch.from_numpy(data).reshape(-1, 3, 40)                        # conv1d wants N, C, L
y = torch.from_numpy(labels)
train_loader = DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=50, shuffle=True)


class HAR(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(3, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
                                      nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1))
        self.fc = nn.Linear(16, 6)

    def forward(self, x):
        return self.fc(self.features(x).squeeze(-1))


model = HAR()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(8):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(x[1200:]).argmax(1) == y[1200:]).float().mean().item()
    print('epoch', epoch, 'acc', acc)
print('metric:', acc)
