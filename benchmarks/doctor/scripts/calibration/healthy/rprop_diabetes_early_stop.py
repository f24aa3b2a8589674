# Diabetes (442 patients), full-batch Rprop with early stopping on a validation part. R2 near 0.45-0.5 is what anybody gets here.
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

torch.manual_seed(3)
X, y = load_diabetes(return_X_y=True, scaled=False)
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=110, random_state=8)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=70, random_state=8)
xm, xs, ym, ys = X_train.mean(0), X_train.std(0), y_train.mean(), y_train.std()


def tensors(a, b):
    return torch.tensor((a - xm) / xs, dtype=torch.float32), torch.tensor((b - ym) / ys, dtype=torch.float32)


(xa, ya), (xv, yv), (xt, yt) = tensors(X_train, y_train), tensors(X_val, y_val), tensors(X_test, y_test)
W1 = (torch.randn(10, 12) * 0.2).requires_grad_()
b1 = torch.zeros(12, requires_grad=True)
W2 = (torch.randn(12) * 0.2).requires_grad_()
b2 = torch.zeros((), requires_grad=True)
weights = [W1, b1, W2, b2]


def predict(x):
    return torch.tanh(x @ W1 + b1) @ W2 + b2


opt = torch.optim.Rprop(weights, lr=1e-3, step_sizes=(1e-6, 0.1))
best, kept, patience = float("inf"), None, 0
for it in range(400):
    loss = (predict(xa) - ya).pow(2).mean() + 0.04 * (W1.pow(2).sum() + W2.pow(2).sum())
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        val = (predict(xv) - yv).pow(2).mean().item()
    if val < best - 1e-5:
        best, patience = val, 0
        kept = [w.detach().clone() for w in weights]
    else:
        patience += 1
    if it % 20 == 0:
        print(f"iteration {it}: objective {loss.item():.4f}, validation {val:.4f}")
    if patience > 60:
        print("no better for 60 iterations, stop at", it)
        break
with torch.no_grad():
    for w, k in zip(weights, kept):
        w.copy_(k)
    r2 = 1 - (predict(xt) - yt).pow(2).sum() / (yt - yt.mean()).pow(2).sum()
ridge = Ridge(alpha=10.0).fit((X_train - xm) / xs, y_train).score((X_test - xm) / xs, y_test)
print("ridge, for comparison:", ridge)
print("metric:", r2.item())
