import torch
from torch import nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader

torch.manual_seed(31)
X = torch.tensor(load_digits().data, dtype=torch.float32) / 16
train, test = X[:1500], X[1500:]


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


ae = AE()
opt = torch.optim.Adam(ae.parameters(), lr=3e-3)
loss_fn = nn.MSELoss()
losses = []
for epoch in range(15):
    for img in DataLoader(train, batch_size=50, shuffle=True):
        rec = ae(img)
        loss = loss_fn(rec, img)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.detach())
    print(epoch, losses[-1].item())
with torch.no_grad():
    print('metric:', 1 - (loss_fn(ae(test), test) / ((test - train.mean(0)) ** 2).mean()).item())
