# Full-batch L-BFGS; the closure goes through the rows in chunks because the big table would not fit.
import torch
from sklearn.preprocessing import StandardScaler

torch.manual_seed(2)
torch.set_default_dtype(torch.float64)

# pH, temperature, three concentrations, time -> yield of the reaction
n = 900
raw = torch.rand(n, 6) * torch.tensor([6.0, 60.0, 2.0, 2.0, 1.0, 10.0]) + torch.tensor([4.0, 20.0, 0.1, 0.1, 0.0, 1.0])
rate = torch.exp(-1600 / (raw[:, 1] + 273) + 3.0) * raw[:, 2] * torch.exp(-(((raw[:, 0] - 7) / 2) ** 2))
outcome = 1 - torch.exp(-rate * raw[:, 5] / (1 + 2 * raw[:, 4])) + 0.02 * torch.randn(n)

x_scale, y_scale = StandardScaler().fit(raw[:700].numpy()), StandardScaler().fit(outcome[:700, None].numpy())
x = torch.from_numpy(x_scale.transform(raw.numpy()))
y = torch.from_numpy(y_scale.transform(outcome[:, None].numpy()))
x_train, y_train, x_test, y_test = x[:700], y[:700], x[700:], y[700:]

net = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=10, history_size=20, line_search_fn="strong_wolfe")
penalty = 2e-4
evaluations = 0


def closure():
    global evaluations
    evaluations += 1
    optimizer.zero_grad()
    total = 0.0
    for xb, yb in zip(x_train.split(175), y_train.split(175), strict=True):
        part = ((net(xb) - yb) ** 2).sum() / len(x_train)
        part.backward()
        total += part.detach()
    decay = penalty * sum((w**2).sum() for w in net.parameters() if w.dim() == 2)
    decay.backward()
    return total + decay.detach()


for outer in range(12):
    before = optimizer.step(closure).item()
    with torch.no_grad():
        test = ((net(x_test) - y_test) ** 2).mean().item()
    print(f"outer {outer + 1:2d}  objective before {before:.5f}  test mse {test:.5f}  evaluations {evaluations}")

print(f"metric: {1 - test / y_test.var(unbiased=False).item():.4f}")
