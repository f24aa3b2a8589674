import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(12)

x, y = make_classification(
    2400, n_features=16, n_informative=10, n_redundant=2, n_classes=4, class_sep=1.6, flip_y=0.01, random_state=12
)
xtr, xte, ytr, yte = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
m, s = xtr.mean(0), xtr.std(0)
train_set = TensorDataset(torch.tensor((xtr - m) / s, dtype=torch.float32), torch.tensor(ytr))
test_set = TensorDataset(torch.tensor((xte - m) / s, dtype=torch.float32), torch.tensor(yte))
train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
test_loader = DataLoader(test_set, batch_size=300)


class Tabular(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(16)
        self.l1 = nn.Linear(16, 128)
        self.l2 = nn.Linear(128, 64)
        self.l3 = nn.Linear(64, 4)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        x = torch.relu(self.l1(self.norm(x)))
        x = self.drop(torch.relu(self.l2(x)))
        return self.l3(x)


model = Tabular()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()


def epoch_score(outputs, targets):
    """F1 and mean loss over everything the epoch has put out."""
    outputs, targets = torch.cat(outputs), torch.cat(targets)
    return criterion(outputs, targets).item(), f1_score(targets, outputs.argmax(1), average="macro")


outputs, targets = [], []  # of all epochs, for the learning curves
for epoch in range(15):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        out = model(xb)
        loss = criterion(out, yb)
        loss.backward()
        optimizer.step()
        outputs.append(out)
        targets.append(yb)
    train_loss, train_f1 = epoch_score(outputs[-len(train_loader) :], targets[-len(train_loader) :])

    model.eval()
    with torch.no_grad():
        pairs = [(model(xb), yb) for xb, yb in test_loader]
    test_loss, test_f1 = epoch_score(*map(list, zip(*pairs)))
    print(
        f"epoch {epoch:2d} train loss {train_loss:.4f} f1 {train_f1:.3f} | test loss {test_loss:.4f} f1 {test_f1:.3f}"
    )

print("metric:", test_f1)
