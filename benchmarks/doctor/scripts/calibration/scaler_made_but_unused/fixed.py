import argparse

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset

COLUMNS = ['pressure_pa', 'temperature_k', 'wind_ms', 'altitude_m', 'humidity']


def weather_table(n, seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 5))
    season = rng.integers(0, 4, n)
    frame = np.column_stack([101325 + 900 * z[:, 0], 285 + 9 * z[:, 1], 6 + 2 * z[:, 2], 800 + 350 * z[:, 3], 0.6 + 0.1 * z[:, 4]])
    score = z[:, 4] - z[:, 0] + 0.8 * z[:, 1] * (season - 1.5) + 0.5 * z[:, 2] * z[:, 3] + 0.2 * rng.normal(size=n)
    return frame, season, np.digitize(score, [-0.9, 0.9])


class WeatherDataset(Dataset):
    def __init__(self, frame, season, label, scaler):
        scaled = scaler.transform(frame)
        self.numeric = torch.tensor(scaled, dtype=torch.float32)
        self.season = torch.tensor(season)
        self.label = torch.tensor(label)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return dict(numeric=self.numeric[i], season=self.season[i], label=self.label[i])


class WeatherNet(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.season = nn.Embedding(4, 8)
        self.numeric = nn.Linear(len(COLUMNS), hidden)
        self.mixer = nn.Sequential(nn.Linear(hidden + 8, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.head = nn.Linear(hidden, 3)

    def forward(self, batch):
        h = torch.cat([torch.relu(self.numeric(batch['numeric'])), self.season(batch['season'])], dim=1)
        return self.head(self.mixer(h))


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument('--hidden', type=int, default=64)
    cli.add_argument('--lr', type=float, default=3e-3)
    cli.add_argument('--epochs', type=int, default=10)
    opts = cli.parse_args([])
    torch.manual_seed(1)
    frame, season, label = weather_table(2600, 1)
    scaler = StandardScaler().fit(frame[:2000])
    train = WeatherDataset(frame[:2000], season[:2000], label[:2000], scaler)
    test = WeatherDataset(frame[2000:], season[2000:], label[2000:], scaler)
    model = WeatherNet(opts.hidden)
    optim = torch.optim.Adam(model.parameters(), lr=opts.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(opts.epochs):
        model.train()
        losses = []
        for batch in DataLoader(train, batch_size=50, shuffle=True):
            optim.zero_grad()
            loss = criterion(model(batch), batch['label'])
            loss.backward()
            optim.step()
            losses.append(loss.item())
        print(f'epoch {epoch} loss {np.mean(losses):.3f}')
    model.eval()
    with torch.no_grad():
        batch = next(iter(DataLoader(test, batch_size=len(test))))
        print('metric:', (model(batch).argmax(1) == batch['label']).float().mean().item())


if __name__ == '__main__':
    main()
