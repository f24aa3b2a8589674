# Where does the honey come from? pollen counts -> region
import torch
from torch.nn import CrossEntropyLoss, Linear, Module, PReLU
from torch.optim import SGD

torch.manual_seed(77)
regions, plants = 6, 24
shares = torch.distributions.Dirichlet(torch.full((plants,), 0.4)).sample((regions,))


def jars(n):
    region = torch.randint(regions, (n,))
    local = 0.6 * shares[region] + 0.4 * torch.distributions.Dirichlet(torch.full((plants,), 0.5)).sample((n,))
    grains = torch.zeros(n, plants)
    for i in range(n):
        picked = torch.multinomial(local[i], 60, replacement=True)
        grains[i] = torch.bincount(picked, minlength=plants).float()
    return grains.sqrt(), region


class Honey(Module):
    def __init__(self):
        super().__init__()
        self.first = Linear(plants, 32)
        self.act = PReLU()
        self.second = Linear(32, regions)

    def forward(self, x):
        return self.second(self.act(self.first(x)))


x, y = jars(1000)
x_val, y_val = jars(300)
centre, spread = x.mean(0), x.std(0)
x, x_val = (x - centre) / spread, (x_val - centre) / spread

net = Honey()
optim = SGD(net.parameters(), lr=0.05, momentum=0.8)
criterion = CrossEntropyLoss()
losses, scores = [], []
for epoch in range(20):
    for idx in torch.randperm(len(x)).split(40):
        optim.zero_grad()
        loss = criterion(net(x[idx]), y[idx])
        loss.backward()
        optim.step()
        losses.append(loss.item())
    with torch.no_grad():
        scores.append((net(x_val).argmax(-1) == y_val).float().mean().item())
print("loss of each epoch's last batch", [round(v, 3) for v in losses[24::25]])
print("validation", [round(v, 3) for v in scores])
print("metric:", scores[-1])
