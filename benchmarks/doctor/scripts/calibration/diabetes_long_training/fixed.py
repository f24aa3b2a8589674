# sklearn's diabetes set with a small MLP. Baseline to beat: ridge regression.
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(66)
EPOCHS = 8

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=12)
xs = StandardScaler().fit(X_train)
ys = StandardScaler().fit(y_train.reshape(-1, 1))
X_train, X_test = xs.transform(X_train), xs.transform(X_test)
y_train, y_test = ys.transform(y_train.reshape(-1, 1)), ys.transform(y_test.reshape(-1, 1))
print("ridge R2:", RidgeCV().fit(X_train, y_train.ravel()).score(X_test, y_test.ravel()))

X_train, y_train, X_test, y_test = [torch.tensor(v, dtype=torch.float32) for v in (X_train, y_train, X_test, y_test)]

model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
loss_fn = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)

train_curve, test_curve = [], []
for epoch in range(EPOCHS):
    model.train()
    perm = torch.randperm(len(X_train))
    total = 0
    for k in range(0, len(perm), 16):
        rows = perm[k:k + 16]
        opt.zero_grad()
        loss = loss_fn(model(X_train[rows]), y_train[rows])
        loss.backward()
        opt.step()
        total += loss.item() * len(rows)
    train_curve.append(total / len(perm))
    model.eval()
    with torch.no_grad():
        test_curve.append(loss_fn(model(X_test), y_test).item())
    if epoch % 2 == 1:
        print(f"Epoch {epoch + 1}: train {train_curve[-1]:.3f} test {test_curve[-1]:.3f}")

print("metric:", 1 - test_curve[-1] / y_test.var(unbiased=False).item())
