"""Variational autoencoder on the 8x8 digits, Bernoulli likelihood on grey levels."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(11)

images = (load_digits().data / 16.0).astype('float32')
train, test = train_test_split(torch.from_numpy(images), test_size=0.2, random_state=11)


class VAE(nn.Module):
    def __init__(self, n_in=64, hidden=128, latent=10):
        super().__init__()
        self.fc1 = nn.Linear(n_in, hidden)
        self.fc_mu = nn.Linear(hidden, latent)
        self.fc_logvar = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, n_in)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_logvar(h)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decode(z), mu, logvar


def elbo_loss(recon, x, mu, logvar):
    bce = F.binary_cross_entropy(recon, x, reduction='sum')
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loader = DataLoader(train, batch_size=80, shuffle=True)

for epoch in range(1, 23):
    model.train()
    total = 0.0
    for batch in loader:
        optimizer.zero_grad()
        recon, mu, logvar = model(batch)
        loss = elbo_loss(recon, batch, mu, logvar)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 5 == 0:
        print(f'====> Epoch {epoch}: average loss {total / len(train):.3f}')

model.eval()
with torch.no_grad():
    mu, _ = model.encode(test)
    error = F.mse_loss(model.decode(mu), test)
    baseline = F.mse_loss(train.mean(0).expand_as(test), test)
print('metric:', 1 - (error / baseline).item())
