"""Which controller runs the furnace? Three kinds of temperature trace, told apart by a small 1-d convnet."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SEED, LENGTH, PER_KIND = 77, 48, 400
KINDS = ("bang-bang", "overshooting", "drifting")


def simulate(rng):
    traces, kinds = [], []
    t = np.arange(LENGTH)
    for kind in range(3):
        for _ in range(PER_KIND):
            level = 850 + rng.normal(0, 6)
            phase = rng.uniform(0, 2 * np.pi)
            if kind == 0:
                shape = 9 * np.sign(np.sin(2 * np.pi * t / rng.uniform(9, 13) + phase))
            elif kind == 1:
                shape = 22 * np.exp(-t / 14) * np.cos(2 * np.pi * t / rng.uniform(14, 22) + phase)
            else:
                shape = rng.choice([-1, 1]) * 14 * (t / LENGTH - 0.5) + 5 * np.sin(2 * np.pi * t / 35 + phase)
            traces.append(level + shape + rng.normal(0, 4, LENGTH))
            kinds.append(kind)
    order = rng.permutation(len(traces))
    return np.array(traces, dtype=np.float32)[order], np.array(kinds)[order]


class Traces(Dataset):
    def __init__(self, traces, kinds, mean, std):
        self.traces, self.kinds = traces, kinds
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        trace = (self.traces[i] - self.mean) / self.std
        return torch.from_numpy(trace[None]), int(self.kinds[i])


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, 5, stride=2, padding=2)
        self.conv2 = nn.Conv1d(16, 32, 5, stride=2, padding=2)
        self.fc1 = nn.Linear(32 * 12, 32)
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x)).flatten(1)
        return self.fc2(torch.relu(self.fc1(x)))


def prepare(rng):
    traces, kinds = simulate(rng)
    cut = int(0.8 * len(traces))
    mean, std = traces[:cut].mean(), traces[:cut].std()
    return (traces[:cut], kinds[:cut]), (traces[cut:], kinds[cut:]), mean, std


def main():
    torch.manual_seed(SEED)
    train, test, mean, std = prepare(np.random.default_rng(SEED))
    loader = DataLoader(Traces(*train, mean, std), batch_size=32, shuffle=True)
    model = ConvNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
    for epoch in range(10):
        losses = []
        for x, kind in loader:
            loss = nn.functional.cross_entropy(model(x), kind)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"[{epoch + 1}/10] {np.mean(losses):.4f}")

    hits = 0
    with torch.no_grad():
        for x, kind in DataLoader(Traces(*test, mean, std), batch_size=120):
            hits += (model(x).argmax(1) == kind).sum().item()
    print(f"metric: {hits / len(test[1])}")


if __name__ == "__main__":
    main()
