import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

SEED = 11
np.random.seed(SEED)
torch.manual_seed(SEED)


class EarlyStopping:
    """Stop when the monitored loss has not improved for `patience` epochs."""

    def __init__(self, patience=6, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = float("inf")
        self.wait = 0

    def step(self, value):
        if value < self.best - self.min_delta:
            self.best = value
            self.wait = 0
        else:
            self.wait += 1
        return self.wait >= self.patience


def get_data():
    X, y = load_diabetes(return_X_y=True)
    order = np.random.permutation(len(X))
    tr, va, te = order[:260], order[260:340], order[340:]
    sx = StandardScaler().fit(X[tr])
    sy = StandardScaler().fit(y[tr, None])
    pack = lambda i: (torch.tensor(sx.transform(X[i]), dtype=torch.float32),
                      torch.tensor(sy.transform(y[i, None]), dtype=torch.float32))
    return pack(tr), pack(va), pack(te)


def main():
    (Xtr, ytr), (Xva, yva), (Xte, yte) = get_data()
    model = nn.Sequential(nn.Linear(10, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    stopper = EarlyStopping()
    steps = 0
    for epoch in range(90):
        model.train()
        for b in torch.randperm(len(Xtr)).split(32):
            optimizer.zero_grad()
            loss = criterion(model(Xtr[b]), ytr[b])
            loss.backward()
            optimizer.step()
            steps += 1
        model.eval()
        with torch.no_grad():
            tr_loss = criterion(model(Xtr), ytr).item()
            va_loss = criterion(model(Xva), yva).item()
        if epoch % 10 == 0:
            print(f"{epoch:3d} train {tr_loss:.3f} val {va_loss:.3f}")
        if stopper.step(va_loss):
            print("early stop at", epoch)
            break
    with torch.no_grad():
        pred = model(Xte)
    r2 = 1 - ((pred - yte) ** 2).sum() / ((yte - yte.mean()) ** 2).sum()
    print(f"{steps} steps")
    print("metric:", r2.item())


if __name__ == "__main__":
    main()
