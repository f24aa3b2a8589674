import torch
from torch import nn
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
X, y = make_classification(2000, 20, n_informative=8, n_classes=3, class_sep=1.5, random_state=5)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
X = (X - X[:1600].mean(0)) / X[:1600].std(0)
loader = DataLoader(TensorDataset(X[:1600], y[:1600]), batch_size=8, shuffle=True)
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()

accumulation_steps = 4
optimizer.zero_grad()
for epoch in range(4):
    for i, (inputs, labels) in enumerate(loader):
        loss = criterion(model(inputs), labels)
        (loss / accumulation_steps).backward()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f'epoch {epoch} loss {loss.item():.3f}')
print('metric:', (model(X[1600:]).argmax(1) == y[1600:]).float().mean().item())
