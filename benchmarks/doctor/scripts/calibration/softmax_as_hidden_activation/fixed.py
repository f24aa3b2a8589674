import torch
from torch import nn

torch.manual_seed(63)


def target_fn(x):
    return torch.sin(3 * x[:, :1]) + x[:, 1:2] ** 2 - x[:, 2:3] * x[:, 3:4]


X = torch.rand(1200, 4) * 2 - 1
Y = target_fn(X) + 0.05 * torch.randn(1200, 1)
Y = (Y - Y.mean()) / Y.std()
net = nn.Sequential(
    nn.Linear(4, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_fn = nn.MSELoss()
for epoch in range(20):
    for b in torch.randperm(1000).split(50):
        opt.zero_grad()
        loss = loss_fn(net(X[b]), Y[b])
        loss.backward()
        opt.step()
    print(f"{epoch} {loss.item():.4f}")
with torch.no_grad():
    print("metric:", 1 - ((net(X[1000:]) - Y[1000:]) ** 2).mean().item() / Y[1000:].var().item())
