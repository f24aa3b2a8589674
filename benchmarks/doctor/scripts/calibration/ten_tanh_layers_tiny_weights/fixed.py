import torch
import torch.nn as nn

torch.manual_seed(123)
torch.set_default_dtype(torch.float64)
x = torch.rand(900, 3) * 2 - 1
y = (x[:, :1] * x[:, 1:2] + torch.sin(3 * x[:, 2:])) / 0.75


def build(depth=8, width=32):
    mods, d = [], 3
    for _ in range(depth):
        lin = nn.Linear(d, width)
        nn.init.xavier_normal_(lin.weight, nn.init.calculate_gain('tanh'))
        nn.init.zeros_(lin.bias)
        mods += [lin, nn.Tanh()]
        d = width
    return nn.Sequential(*mods, nn.Linear(d, 1))


net = build()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
for epoch in range(30):
    for k in range(0, 700, 35):
        optimizer.zero_grad()
        loss = ((net(x[k:k + 35]) - y[k:k + 35]) ** 2).mean()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print('epoch %d: %.5f' % (epoch, loss.item()))
with torch.no_grad():
    print('metric:', (1 - ((net(x[700:]) - y[700:]) ** 2).mean() / y[700:].var()).item())
