import torch
import torch.nn as nn
from torch.utils.data import DataLoader

torch.manual_seed(102)
latent = torch.randn(1500, 3)
mix = torch.randn(3, 24)
data = torch.tanh(latent @ mix) + 0.05 * torch.randn(1500, 24)
loader = DataLoader(data[:1200], batch_size=64, shuffle=True)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(24, 32), nn.ELU(), nn.Linear(32, 3))

    def forward(self, x):
        return self.net(x)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 32), nn.ELU(), nn.Linear(32, 24))

    def forward(self, z):
        return self.net(z)


encoder, decoder = Encoder(), Decoder()
optim = torch.optim.Adam(encoder.parameters(), lr=4e-3)
mse = nn.MSELoss()
for epoch in range(12):
    for batch in loader:
        optim.zero_grad()
        recon = decoder(encoder(batch))
        loss = mse(recon, batch)
        loss.backward()
        optim.step()
    print('Epoch [{:2d}] loss={:.4f}'.format(epoch + 1, loss.item()))
with torch.no_grad():
    test = data[1200:]
    print('metric:', 1 - (mse(decoder(encoder(test)), test) / test.var()).item())
