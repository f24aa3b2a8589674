import itertools
import torch
import torch.nn as nn

torch.manual_seed(336)
# majority of five bits; there are only 32 different rows, so everything repeats
rows = torch.tensor(list(itertools.product([0., 1.], repeat=5)))
labels = (rows.sum(1) > 2.5).float()
net = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(200):
    opt.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(net(rows * 2 - 1)[:, 0], labels)
    loss.backward()
    opt.step()
    if epoch % 40 == 0:
        print(epoch, loss.item())
print('metric:', ((net(rows * 2 - 1)[:, 0] > 0) == labels.bool()).float().mean().item())
