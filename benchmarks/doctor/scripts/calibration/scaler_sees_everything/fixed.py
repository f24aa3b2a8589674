from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(19)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=19)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_val = scaler.transform(X_val)

to_t = lambda a, d=torch.float32: torch.tensor(a, dtype=d)
train_loader = DataLoader(TensorDataset(to_t(X_train), to_t(y_train)), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(to_t(X_val), to_t(y_val)), batch_size=64)


class LogReg(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear = nn.Linear(d, 1)

    def forward(self, x):
        return self.linear(x).squeeze(-1)


model = LogReg(30)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(10):
    model.train()
    for x, t in train_loader:
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), t)
        loss.backward()
        opt.step()
    model.eval()
    hits = 0
    with torch.no_grad():
        for x, t in val_loader:
            hits += ((model(x) > 0) == t.bool()).sum().item()
    print(epoch, hits / len(X_val))
print("metric:", hits / len(X_val))
