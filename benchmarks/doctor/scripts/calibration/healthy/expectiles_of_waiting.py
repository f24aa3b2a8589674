# three expectiles (0.2, 0.5, 0.8) of a waiting time, plus a penalty when they cross
import torch
import torch.nn as nn

torch.manual_seed(8)
levels = torch.tensor([0.2, 0.5, 0.8])


def queue(n):
    x = torch.rand(n, 3) * 2 - 1
    y = 1.5 * x[:, 0] + torch.sin(3 * x[:, 1]) + (0.3 + 0.2 * x[:, 2]) * torch.randn(n)
    return x * 1.73, y


def expectile_loss(guess, y):
    gap = y[:, None] - guess
    side = torch.where(gap > 0, levels, 1 - levels)
    crossing = torch.relu(guess[:, :-1] - guess[:, 1:]).mean()
    return (side * gap**2).mean() + 0.5 * crossing


x, y = queue(1200)
x_test, y_test = queue(400)
net = nn.Sequential(nn.Linear(3, 48), nn.Softplus(), nn.Linear(48, 48), nn.Softplus(), nn.Linear(48, 3))
opt = torch.optim.NAdam(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.PolynomialLR(opt, total_iters=20)
for epoch in range(20):
    for rows in torch.randperm(1200).split(40):
        opt.zero_grad(set_to_none=True)
        loss = expectile_loss(net(x[rows]), y[rows])
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
with torch.no_grad():
    flat = y.mean().expand(400, 3)
    print("metric:", 1 - (expectile_loss(net(x_test), y_test) / expectile_loss(flat, y_test)).item())
