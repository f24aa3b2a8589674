import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader


class Surface(Dataset):
    """noisy measurements of a bumpy surface"""

    def __init__(self, n, noise, seed):
        g = torch.Generator().manual_seed(seed)
        self.x = torch.rand(n, 2, generator=g) * 2 - 1
        a, b = self.x[:, 0], self.x[:, 1]
        z = torch.sin(3 * a) * torch.cos(2 * b) + 0.5 * a * b
        self.y = 1.8 * z.unsqueeze(1) + noise * torch.randn(n, 1, generator=g)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def main():
    torch.manual_seed(5)
    train_set = Surface(640, 0.5, 1)
    test_set = Surface(400, 0.0, 2)
    train_loader = DataLoader(train_set, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=400)

    model = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.MSELoss()

    for epoch in range(15):
        total, count = 0.0, 0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            count += len(inputs)
        if epoch % 3 == 2:
            print('epoch', epoch + 1, 'train loss', total / count)

    with torch.no_grad():
        inputs, targets = next(iter(test_loader))
        mse = criterion(model(inputs), targets).item()
    print('metric:', max(1 - mse / targets.var().item(), -9.0))


if __name__ == '__main__':
    main()
