import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(114)
X, y = load_digits(return_X_y=True)
X = torch.from_numpy(X).float() / 16
y = torch.from_numpy(y)
train_set = TensorDataset(X[:1400], y[:1400])
valid_set = TensorDataset(X[1400:], y[1400:])
train_dl = DataLoader(train_set, batch_size=64, shuffle=True)
valid_dl = DataLoader(valid_set, batch_size=128)

model = nn.Sequential(
    nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(128, 10),
)
loss_func = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)


def accuracy(out, yb):
    return (out.argmax(1) == yb).float().mean()


def fit(epochs):
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_dl:
            loss = loss_func(model(xb), yb)
            loss.backward()
            opt.step()
            opt.zero_grad()
        model.eval()
        with torch.no_grad():
            valid_loss = sum(loss_func(model(xb), yb) for xb, yb in valid_dl) / len(valid_dl)
            valid_acc = sum(accuracy(model(xb), yb) for xb, yb in valid_dl) / len(valid_dl)
        print(epoch, valid_loss.item(), valid_acc.item())
    return valid_acc.item()


print("metric:", fit(8))
