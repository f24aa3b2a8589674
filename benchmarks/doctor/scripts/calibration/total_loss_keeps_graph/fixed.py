import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import make_classification

torch.manual_seed(56)
X, y = make_classification(n_samples=2400, n_features=24, n_informative=10, class_sep=1.5, random_state=56)
x = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.long)
train_loader = DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=40, shuffle=True)

model = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 2))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)
history = []
for epoch in range(8):
    model.train()
    total_loss = 0
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
        history.append(loss.item())
    print("Epoch: %d, Loss: %.4f" % (epoch + 1, total_loss / len(train_loader)))
model.eval()
with torch.no_grad():
    print("metric:", (model(x[2000:]).argmax(1) == y[2000:]).float().mean().item())
