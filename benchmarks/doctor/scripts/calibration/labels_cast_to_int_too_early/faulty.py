import numpy as np
import torch
from torch import nn

np.random.seed(90)
torch.manual_seed(90)
# sentiment like scores 0..1, threshold at 0.5 -> binary label
n = 1200
X = np.random.randn(n, 15).astype(np.float32)
w = np.random.randn(15)
score = 1 / (1 + np.exp(-(X @ w + 0.3 * np.random.randn(n))))
labels = (score.astype(int) > 0.5)
y = torch.tensor(labels, dtype=torch.long)
x = torch.tensor(X)
truth = torch.tensor((score > 0.5).astype(int))

model = nn.Sequential(nn.Linear(15, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(15):
    model.train()
    correct = 0
    for i in range(0, 1000, 50):
        out = model(x[i:i + 50])
        loss = nn.functional.cross_entropy(out, y[i:i + 50])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct += (out.argmax(1) == y[i:i + 50]).sum().item()
    print(f"Epoch {epoch}: acc {correct / 1000:.3f}")
model.eval()
print("metric:", (model(x[1000:]).argmax(1) == truth[1000:]).float().mean().item())
