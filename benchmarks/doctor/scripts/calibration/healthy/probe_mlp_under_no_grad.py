"""Pre-train an MLP on coarse labels, then probe its last hidden layer for the fine ones with few examples."""
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(2)
COARSE, FINE_PER = 4, 5
centres_c = 3.0 * torch.randn(COARSE, 16)
centres_f = centres_c[:, None] + 1.6 * torch.randn(COARSE, FINE_PER, 16)
mix = torch.randn(16, 40) / 4


def make(n):
    fine = torch.randint(COARSE * FINE_PER, (n,))
    z = centres_f.flatten(0, 1)[fine] + 0.5 * torch.randn(n, 16)
    return torch.tanh(z @ mix), fine


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(40, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 64), nn.ReLU())

    def forward(self, x):
        return self.net(x)


def accuracy(fn, x, y):
    with torch.no_grad():
        return (fn(x).argmax(1) == y).float().mean().item()


x_pre, f_pre = make(4000)
x_few, f_few = make(600)
x_test, f_test = make(1500)

body, head = Body(), nn.Linear(64, COARSE)
opt = torch.optim.Adam(list(body.parameters()) + list(head.parameters()), lr=1e-3)
for epoch in range(3):
    body.train()
    for xb, fb in DataLoader(TensorDataset(x_pre, f_pre), batch_size=100, shuffle=True):
        loss = nn.functional.cross_entropy(head(body(xb)), fb // FINE_PER)
        opt.zero_grad()
        loss.backward()
        opt.step()
    body.eval()
    print('coarse', epoch, accuracy(lambda x: head(body(x)), x_test, f_test // FINE_PER))

probe = nn.Linear(64, COARSE * FINE_PER)
popt = torch.optim.AdamW(probe.parameters(), lr=1e-2, weight_decay=1e-3)
for epoch in range(25):
    for xb, fb in DataLoader(TensorDataset(x_few, f_few), batch_size=50, shuffle=True):
        with torch.no_grad():
            feats = body(xb)
        loss = nn.functional.cross_entropy(probe(feats), fb)
        popt.zero_grad()
        loss.backward()
        popt.step()
print('final probe loss', loss.item())
print('metric:', accuracy(lambda x: probe(body(x)), x_test, f_test))
