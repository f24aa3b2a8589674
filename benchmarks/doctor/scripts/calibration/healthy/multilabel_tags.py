import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import make_multilabel_classification

torch.manual_seed(26)
X, Y = make_multilabel_classification(n_samples=1500, n_features=30, n_classes=6, n_labels=2, random_state=26)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X[:1200].mean(0)) / X[:1200].std(0)
Y = torch.tensor(Y, dtype=torch.float32)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 64)
        self.bn = nn.BatchNorm1d(64)
        self.fc2 = nn.Linear(64, 6)

    def forward(self, x):
        return self.fc2(self.bn(self.fc1(x)).relu())


model = Tagger()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
loader = DataLoader(TensorDataset(X[:1200], Y[:1200]), batch_size=40, shuffle=True)
for epoch in range(6):
    model.train()
    for x, t in loader:
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), t)
        loss.backward()
        opt.step()
    print(f"{epoch} {loss.item():.4f}")
model.eval()
with torch.no_grad():
    print("metric:", ((model(X[1200:]) > 0).float() == Y[1200:]).float().mean().item())
