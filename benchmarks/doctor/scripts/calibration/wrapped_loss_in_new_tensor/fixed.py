import torch
import torch.nn as nn
from sklearn.datasets import make_blobs

torch.manual_seed(52)
X, y = make_blobs(n_samples=900, centers=5, n_features=6, cluster_std=2.5, random_state=52)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.long)

model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 5))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(10):
    for i in range(0, 700, 50):
        inputs, labels = X[i:i + 50], y[i:i + 50]
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
    print('epoch {}, loss {}'.format(epoch, loss.item()))

with torch.no_grad():
    print('metric:', (model(X[700:]).argmax(1) == y[700:]).float().mean().item())
