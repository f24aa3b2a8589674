import argparse
import copy

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_gaussian_quantiles
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset

parser = argparse.ArgumentParser()
parser.add_argument('--hidden', type=int, default=64)
parser.add_argument('--epochs', type=int, default=25)
parser.add_argument('--lr', type=float, default=2e-3)
parser.add_argument('--wd', type=float, default=1e-4)
parser.add_argument('--bs', type=int, default=64)
args = parser.parse_args([])

np.random.seed(0)
torch.manual_seed(0)


class RiskRows(Dataset):
    def __init__(self, features, grade):
        self.features = torch.as_tensor(features, dtype=torch.float32)
        self.grade = torch.as_tensor(grade, dtype=torch.long)

    def __getitem__(self, index):
        return self.features[index], self.grade[index]

    def __len__(self):
        return len(self.grade)


class RiskNet(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.fc_in = nn.Linear(n_in, hidden)
        self.fc_mid = nn.Linear(hidden, hidden)
        self.fc_out = nn.Linear(hidden, n_out)

    def forward(self, x):
        x = self.fc_in(x)
        x = F.relu(x)
        x = self.fc_mid(x)
        x = F.relu(x)
        return self.fc_out(x)


def run_epoch(model, loader, optimizer=None):
    training = optimizer is not None
    model.train(training)
    correct = seen = total = 0
    with torch.set_grad_enabled(training):
        for features, grade in loader:
            logits = model(features)
            loss = F.cross_entropy(logits, grade)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(grade)
            correct += (logits.argmax(-1) == grade).sum().item()
            seen += len(grade)
    return total / seen, correct / seen


X, y = make_gaussian_quantiles(n_samples=2200, n_features=6, n_classes=3, random_state=4)
X = X * np.array([1, 20, 3, 0.1, 1, 5]) + np.array([0, 100, 2, 0, -4, 50])
X_tr, X_rest, y_tr, y_rest = train_test_split(X, y, test_size=0.4, stratify=y, random_state=1)
X_va, X_te, y_va, y_te = train_test_split(X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=1)
scaler = StandardScaler().fit(X_tr)
train = DataLoader(RiskRows(scaler.transform(X_tr), y_tr), batch_size=args.bs, shuffle=True)
valid = DataLoader(RiskRows(scaler.transform(X_va), y_va), batch_size=256)
test = DataLoader(RiskRows(scaler.transform(X_te), y_te), batch_size=256)

model = RiskNet(6, args.hidden, 3)
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.wd)
best, best_state = 0.0, None
for epoch in range(args.epochs):
    tr_loss, tr_acc = run_epoch(model, train, optimizer)
    va_loss, va_acc = run_epoch(model, valid)
    if va_acc > best:
        best, best_state = va_acc, copy.deepcopy(model.state_dict())
    if epoch % 5 == 0:
        print(f'{epoch:3d} train {tr_loss:.3f}/{tr_acc:.3f} valid {va_loss:.3f}/{va_acc:.3f}')
model.load_state_dict(best_state)
print('metric:', run_epoch(model, test)[1])
