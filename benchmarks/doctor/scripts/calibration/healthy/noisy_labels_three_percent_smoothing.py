import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader
from sklearn.datasets import load_wine, make_classification


class Tab(Dataset):
    def __init__(self, X, y):
        self.X = torch.tensor(X, dtype=torch.float32)
        self.y = torch.tensor(y, dtype=torch.long)

    def __len__(self):
        return self.X.shape[0]

    def __getitem__(self, ix):
        return self.X[ix], self.y[ix]


torch.manual_seed(206)
X, y = make_classification(2200, 16, n_informative=9, n_redundant=3, n_classes=3, flip_y=0.03, class_sep=1.8, random_state=206)
mean, std = X[:1700].mean(0), X[:1700].std(0)
X = (X - mean) / std
train, test = Tab(X[:1700], y[:1700]), Tab(X[1700:], y[1700:])
model = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
for epoch in range(8):
    model.train()
    for a, b in DataLoader(train, batch_size=64, shuffle=True, drop_last=True):
        optimizer.zero_grad()
        criterion(model(a), b).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(test.X).argmax(1) == test.y).float().mean().item()
    print(epoch, acc)
print('metric:', acc)
