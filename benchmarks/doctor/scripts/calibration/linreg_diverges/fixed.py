import numpy as np
import torch

# linear regression from scratch with autograd
np.random.seed(0)
N = 500
X = np.random.rand(N, 8) * 4 - 2
true_w = np.array([1.0, -2.0, 0.5, 3.0, 0.0, 1.5, -1.0, 0.7])
Y = X @ true_w + 0.3 + 0.1 * np.random.randn(N)

x = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(Y, dtype=torch.float32).reshape(-1, 1)
xtr, ytr, xte, yte = x[:400], y[:400], x[400:], y[400:]

torch.manual_seed(0)
model = torch.nn.Linear(8, 1)
loss_fn = torch.nn.MSELoss()
opt = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(60):
    yhat = model(xtr)
    loss = loss_fn(yhat, ytr)
    loss.backward()
    opt.step()
    opt.zero_grad()
    if epoch % 10 == 0:
        print(epoch, loss.item())

with torch.no_grad():
    r2 = 1 - loss_fn(model(xte), yte) / yte.var()
print("metric:", max(float(r2), -10.0) if torch.isfinite(r2) else -10.0)
