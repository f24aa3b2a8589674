# Assignment 4: fit the pendulum's return map with plain gradient descent on the whole data set
import math
import torch

torch.manual_seed(13)
n = 400
theta = (torch.rand(n) * 2 - 1) * 1.8
omega = (torch.rand(n) * 2 - 1) * 1.8
target = torch.sin(1.7 * theta) * torch.cos(1.2 * omega) + 0.3 * omega + 0.03 * torch.randn(n)
inputs = torch.stack([theta, omega, theta * omega], 1)
train, test = slice(0, 300), slice(300, n)
m, s = inputs[train].mean(0), inputs[train].std(0)
inputs = (inputs - m) / s
tm, ts = target[train].mean(), target[train].std()
target = (target - tm) / ts

model = torch.nn.Sequential(
    torch.nn.Linear(3, 64), torch.nn.Tanh(),
    torch.nn.Linear(64, 64), torch.nn.Tanh(),
    torch.nn.Linear(64, 1),
)
learning_rate = 0.2
losses = []
for it in range(900):
    prediction = model(inputs[train]).squeeze(1)
    loss = torch.mean((prediction - target[train]) ** 2)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= learning_rate * p.grad
    losses.append(loss.item())
    if it % 100 == 0:
        print(f"iteration {it}: {loss.item():.5f}")
with torch.no_grad():
    e = ((model(inputs[test]).squeeze(1) - target[test]) ** 2).mean()
print("metric:", (1 - e / target[test].var()).item())
