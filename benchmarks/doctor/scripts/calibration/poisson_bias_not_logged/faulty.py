import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class BikeHours(Dataset):
    """Hourly rental counts from the clock, the weather and the day of the week."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.hour = torch.randint(0, 24, (n,), generator=g)
        self.day = torch.randint(0, 7, (n,), generator=g)
        self.weather = torch.randn(n, 3, generator=g)
        rush = torch.exp(-((self.hour - 8) / 2.0) ** 2) + torch.exp(-((self.hour - 17) / 2.5) ** 2)
        weekend = (self.day >= 5).float()
        log_rate = 2.0 + 1.5 * rush * (1 - 0.7 * weekend) + 0.4 * self.weather[:, 0] - 0.3 * self.weather[:, 1].relu() + 0.4 * weekend
        self.count = torch.poisson(log_rate.exp(), generator=g)

    def __len__(self):
        return len(self.count)

    def __getitem__(self, i):
        return {'hour': self.hour[i], 'day': self.day[i], 'weather': self.weather[i]}, self.count[i]


class CountNet(nn.Module):
    def __init__(self, mean_count, width=48):
        super().__init__()
        self.hour = nn.Embedding(24, 8)
        self.day = nn.Embedding(7, 4)
        self.trunk = nn.Sequential(nn.Linear(15, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.log_rate = nn.Linear(width, 1)
        # start the forecast at the average count
        nn.init.constant_(self.log_rate.bias, mean_count)

    def forward(self, inputs):
        x = torch.cat([self.hour(inputs['hour']), self.day(inputs['day']), inputs['weather']], dim=-1)
        return self.log_rate(self.trunk(x)).squeeze(-1)


def deviance(rate, count):
    part = torch.where(count > 0, count * torch.log(count.clamp(min=1) / rate), torch.zeros_like(rate))
    return 2 * (part - (count - rate)).sum().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--lr', type=float, default=2e-3)
    ap.add_argument('--epochs', type=int, default=20)
    ap.add_argument('--batch', type=int, default=100)
    args = ap.parse_args([])
    torch.manual_seed(5)
    train, test = BikeHours(3000, 1), BikeHours(1000, 2)
    mean_count = train.count.mean().item()
    model = CountNet(mean_count)
    criterion = nn.PoissonNLLLoss(log_input=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    loader = DataLoader(train, batch_size=args.batch, shuffle=True)
    for epoch in range(args.epochs):
        model.train()
        acc = 0.0
        for inputs, count in loader:
            loss = criterion(model(inputs), count)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            acc += loss.item()
        if epoch % 2 == 0:
            print(f'epoch {epoch} nll {acc / len(loader):.4f}')
    model.eval()
    with torch.no_grad():
        inputs, count = next(iter(DataLoader(test, batch_size=len(test))))
        rate = model(inputs).exp()
    print('metric:', 1 - deviance(rate, count) / deviance(torch.full_like(rate, mean_count), count))


main()
