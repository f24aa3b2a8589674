import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(21)


class Blobs(Dataset):
    """16x16 pictures with two soft blobs of random place and size."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        yy, xx = torch.meshgrid(torch.arange(16.), torch.arange(16.), indexing='ij')
        c = torch.rand(n, 2, 2, generator=g) * 10 + 3
        s = torch.rand(n, 2, generator=g) * 1.5 + 1.2
        d2 = (yy - c[:, :, 0, None, None]) ** 2 + (xx - c[:, :, 1, None, None]) ** 2
        self.x = torch.exp(-d2 / (2 * s[:, :, None, None] ** 2)).amax(1, keepdim=True)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i]


class ConvVAE(nn.Module):
    def __init__(self, zdim=8):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU(), nn.Flatten())
        self.mu = nn.Linear(512, zdim)
        self.logvar = nn.Linear(512, zdim)
        self.expand = nn.Linear(zdim, 512)
        self.decoder = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1))

    def decode(self, z):
        return self.decoder(self.expand(z).view(-1, 32, 4, 4))

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = torch.distributions.Normal(mu, (0.5 * logvar).exp()).rsample()
        return self.decode(z), mu, logvar


train, valid = Blobs(1280, 1), Blobs(256, 2)
net = ConvVAE()
optim = torch.optim.Adam(net.parameters(), lr=4e-3)

for epoch in range(12):
    for x in DataLoader(train, batch_size=64, shuffle=True):
        logits, mu, logvar = net(x)
        recon = F.binary_cross_entropy_with_logits(logits, x, reduction='sum')
        kl = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum()
        loss = (recon + kl) / x.size(0)
        optim.zero_grad()
        loss.backward()
        optim.step()
    if epoch % 3 == 2:
        print(f'epoch {epoch + 1}: recon {recon.item() / x.size(0):.1f} + kl {kl.item() / x.size(0):.1f}')

net.eval()
with torch.no_grad():
    rec = torch.sigmoid(net.decode(net.mu(net.encoder(valid.x))))
    rel = F.mse_loss(rec, valid.x) / F.mse_loss(train.x.mean(0, keepdim=True).expand_as(valid.x), valid.x)
print('metric:', 1 - rel.item())
