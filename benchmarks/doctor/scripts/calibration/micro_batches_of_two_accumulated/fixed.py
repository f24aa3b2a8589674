# message passing on small dense graphs, two graphs at a time fit in memory -> accumulate 16 of them
import torch
import torch.nn as nn

torch.manual_seed(404)
NODES, FEAT, HID = 9, 6, 32
MICRO, ACC, EPOCHS = 2, 8, 4
norm = nn.LayerNorm


def random_graphs(n):
    kind = torch.randint(0, FEAT, (n, NODES))
    a = (torch.rand(n, NODES, NODES) < 0.25 + 0.3 * torch.rand(n, 1, 1)).float().triu(1)
    a = a + a.transpose(1, 2)
    weight = torch.tensor([-1.0, -0.6, -0.1, 0.3, 0.7, 1.1])[kind]
    y = (weight.unsqueeze(1) * a).sum(2).mul(weight).sum(1) / 4 + a.sum((1, 2)) / 12
    return nn.functional.one_hot(kind, FEAT).float(), a, y


x, a, y = random_graphs(900)
n_tr = 720
y_mu, y_sd = y[:n_tr].mean(), y[:n_tr].std()


class GraphNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(FEAT, HID)
        self.msg = nn.Linear(HID, HID)
        self.own = nn.Linear(HID, HID)
        self.norm1 = norm(HID)
        self.read = nn.Linear(HID, HID)
        self.norm2 = norm(HID)
        self.out = nn.Linear(HID, 1)

    def forward(self, x, a):
        h = torch.relu(self.enc(x))
        h = torch.relu(self.own(h) + a @ self.msg(h) / 3)
        g = h.sum(1) / 3
        g = torch.relu(self.read(self.norm1(g)))
        return self.out(self.norm2(g)).squeeze(1)


net = GraphNet()
opt = torch.optim.AdamW(net.parameters(), lr=6e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS * n_tr // (MICRO * ACC))
for epoch in range(EPOCHS):
    net.train()
    perm = torch.randperm(n_tr)
    total = 0.0
    opt.zero_grad()
    for k, ix in enumerate(perm.split(MICRO)):
        err = net(x[ix], a[ix]) - (y[ix] - y_mu) / y_sd
        loss = err.pow(2).mean()
        (loss / ACC).backward()
        total += loss.item()
        if (k + 1) % ACC == 0:
            opt.step()
            sched.step()
            opt.zero_grad()
    print(f"epoch {epoch}: {total / (k + 1):.4f}")

net.eval()
with torch.no_grad():
    pred = net(x[n_tr:], a[n_tr:]) * y_sd + y_mu
    true = y[n_tr:]
print("metric:", (1 - (pred - true).pow(2).sum() / (true - true.mean()).pow(2).sum()).item())
