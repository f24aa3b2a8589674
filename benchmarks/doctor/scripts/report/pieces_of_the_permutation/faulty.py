import numpy as np
import torch
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(40)
torch.manual_seed(40)

# wind park: speed at three masts, direction, air density, hour -> power of the park
hours = 3000
speed = np.clip(rng.weibull(2.0, hours) * 8, 0, 22)
masts = speed[:, None] * (1 + 0.12 * rng.standard_normal((hours, 3)))
angle = rng.uniform(0, 2 * np.pi, hours)
density = 1.22 + 0.04 * rng.standard_normal(hours)
power = np.clip((speed - 3) / 10, 0, 1) ** 2 * (1 + 0.15 * np.cos(2 * angle)) * density / 1.22
power = power * 50 + 3.5 * rng.standard_normal(hours)
table = np.column_stack([masts, np.sin(angle), np.cos(angle), density])

x_scaler = StandardScaler().fit(table[:2400])
y_scaler = StandardScaler().fit(power[:2400, None])
X = torch.tensor(x_scaler.transform(table), dtype=torch.float32)
Y = torch.tensor(y_scaler.transform(power[:, None]), dtype=torch.float32)
X_train, Y_train, X_test, Y_test = X[:2400], Y[:2400], X[2400:], Y[2400:]

model = torch.nn.Sequential(
    torch.nn.Linear(6, 64),
    torch.nn.ReLU(),
    torch.nn.Linear(64, 64),
    torch.nn.ReLU(),
    torch.nn.Linear(64, 1),
)
batch_size = 240
optimizer = torch.optim.SGD(model.parameters(), lr=0.08, momentum=0.9)

for epoch in range(25):
    losses = []
    for rows in torch.randperm(len(X_train)).chunk(batch_size):
        loss = ((model(X_train[rows]) - Y_train[rows]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 3 == 0:
        with torch.no_grad():
            test_loss = ((model(X_test) - Y_test) ** 2).mean().item()
        print(f"epoch {epoch:2d}  train {np.mean(losses):.4f}  test {test_loss:.4f}")

with torch.no_grad():
    error = ((model(X_test) - Y_test) ** 2).mean()
    r2 = 1 - error / Y_test.var(unbiased=False)
print(f"metric: {r2.item():.4f}")
