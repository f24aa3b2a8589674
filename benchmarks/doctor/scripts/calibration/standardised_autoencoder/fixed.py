import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, n_features, n_latent):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_features, 40), nn.ELU(), nn.Linear(40, n_latent))
        self.decoder = nn.Sequential(nn.Linear(n_latent, 40), nn.ELU(), nn.Linear(40, n_features))

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z), z


def train_one_epoch(model, optimizer, x, batch_size):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(x)).split(batch_size):
        recon, _ = model(x[idx])
        loss = nn.functional.mse_loss(recon, x[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    return total / len(x)


@torch.no_grad()
def evaluate(model, x):
    model.eval()
    recon, _ = model(x)
    return nn.functional.mse_loss(recon, x).item()


if __name__ == "__main__":
    torch.manual_seed(2024)
    table, _ = load_breast_cancer(return_X_y=True)
    train, test = train_test_split(table, test_size=0.2, random_state=1)
    scaler = StandardScaler().fit(train)
    train = torch.tensor(scaler.transform(train), dtype=torch.float32)
    test = torch.tensor(scaler.transform(test), dtype=torch.float32)

    model = AutoEncoder(train.shape[1], n_latent=6)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [40, 55], gamma=0.3)
    for epoch in range(65):
        loss = train_one_epoch(model, optimizer, train, 32)
        scheduler.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch:3d}  train {loss:.4f}  test {evaluate(model, test):.4f}")

    test_var = (test - train.mean(0)).square().mean().item()
    print("metric:", 1 - evaluate(model, test) / test_var)
