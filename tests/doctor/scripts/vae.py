"""A variational autoencoder: layers called by methods of their own, a loss of two parts, one of them by hand."""

import hashlib

import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.nn import functional as F  # noqa: N812 - as everybody writes it
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
pixels = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)[:1280]
loader = DataLoader(TensorDataset(pixels[:1024]), batch_size=64, shuffle=True)
valid = DataLoader(TensorDataset(pixels[1024:]), batch_size=128)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(64, 48), nn.Linear(48, 6), nn.Linear(48, 6)
        self.fc3, self.fc4 = nn.Linear(6, 48), nn.Linear(48, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        return mu + torch.randn_like(logvar) * torch.exp(0.5 * logvar)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    bce = F.binary_cross_entropy(recon_x, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


model = VAE()
optimizer = optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    model.train()
    train_loss = 0.0
    for (data,) in loader:
        optimizer.zero_grad()
        recon_batch, mu, logvar = model(data)
        loss = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        test_loss = sum(loss_function(*[model(data)[0], data], *model.encode(data)).item() for (data,) in valid)
    print(f"epoch {epoch}: train {train_loss / 1024:.4f}, valid {test_loss / 256:.4f}")
print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
