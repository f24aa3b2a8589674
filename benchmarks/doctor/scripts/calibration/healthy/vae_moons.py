import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_moons

torch.manual_seed(17)
X, _ = make_moons(1200, noise=0.05, random_state=17)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(2, 40)
        self.fc21 = nn.Linear(40, 2)
        self.fc22 = nn.Linear(40, 2)
        self.fc3 = nn.Linear(2, 40)
        self.fc4 = nn.Linear(40, 2)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def forward(self, x):
        h1 = F.relu(self.fc1(x))
        mu, logvar = self.fc21(h1), self.fc22(h1)
        return self.fc4(F.relu(self.fc3(self.reparameterize(mu, logvar)))), mu, logvar


def loss_function(recon, x, mu, logvar):
    mse = F.mse_loss(recon, x, reduction='sum') / 0.1
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (mse + kld) / len(x)


model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(12):
    model.train()
    train_loss = 0
    for b in torch.randperm(1000).split(40):
        optimizer.zero_grad()
        loss = loss_function(*((lambda o: (o[0], X[b], o[1], o[2]))(model(X[b]))))
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print('====> Epoch: {} Average loss: {:.4f}'.format(epoch, train_loss / 25))
model.eval()
with torch.no_grad():
    r, _, _ = model(X[1000:])
print('metric:', 1 - F.mse_loss(r, X[1000:]).item())
