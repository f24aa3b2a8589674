import torch
from torch import nn

torch.manual_seed(203)
# two tasks, two losses, gradients of both are summed before one step
x = torch.randn(1000, 10)
w = torch.randn(10, 2)
z = x @ w / 3
y_reg, y_cls = z[:, :1] + 0.1 * torch.randn(1000, 1), (z[:, 1] > 0).long()
trunk = nn.Sequential(nn.Linear(10, 32), nn.ReLU())
reg_head, cls_head = nn.Linear(32, 1), nn.Linear(32, 2)
params = [*trunk.parameters(), *reg_head.parameters(), *cls_head.parameters()]
optimizer = torch.optim.AdamW(params, lr=5e-3)
for epoch in range(10):
    for i in range(0, 800, 40):
        optimizer.zero_grad()
        l1 = nn.functional.mse_loss(reg_head(trunk(x[i:i + 40])), y_reg[i:i + 40])
        l1.backward()
        l2 = nn.functional.cross_entropy(cls_head(trunk(x[i:i + 40])), y_cls[i:i + 40])
        l2.backward()
        optimizer.step()
    print(epoch, l1.item(), l2.item())
with torch.no_grad():
    print('metric:', (cls_head(trunk(x[800:])).argmax(1) == y_cls[800:]).float().mean().item())
