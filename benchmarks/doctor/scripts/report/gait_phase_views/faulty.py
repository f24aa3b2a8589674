import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PHASES = ("heel", "stance", "push", "swing")


def walks(n, rng, length=48):
    """Three accelerometer axes of the shank; the phase of the step is known for every sample."""
    position = rng.uniform(0, 1, (n, 1)) + np.cumsum(rng.normal(1 / 22, 0.004, (n, length)), 1)
    angle = 2 * np.pi * position
    signal = np.stack(
        [np.sin(angle) + 0.4 * np.sin(2 * angle + 1), np.cos(angle + 0.5), 0.6 * np.sin(3 * angle)], axis=2
    )
    signal = signal * rng.uniform(0.8, 1.2, (n, 1, 3)) + rng.normal(0, 0.35, signal.shape)
    phase = np.searchsorted([0.12, 0.5, 0.62], position % 1)
    return torch.tensor(signal, dtype=torch.float32), torch.tensor(phase)


class PhaseNet(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.gru = nn.GRU(3, hidden, batch_first=True, bidirectional=True)
        self.classify = nn.Linear(2 * hidden, len(PHASES))

    def forward(self, signal):
        return self.classify(self.gru(signal)[0])


def evaluate(net, loader):
    net.eval()
    hits = [(net(signal).argmax(2) == phase).float().mean().item() for signal, phase in loader]
    return sum(hits) / len(hits)


def main():
    torch.manual_seed(10)
    rng = np.random.default_rng(10)
    train = DataLoader(TensorDataset(*walks(640, rng)), batch_size=16, shuffle=True)
    test = DataLoader(TensorDataset(*walks(200, rng)), batch_size=100)
    net = PhaseNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=2e-3)
    for epoch in range(6):
        net.train()
        losses = []
        for signal, phase in train:
            scores = net(signal)
            # CrossEntropyLoss wants (batch, classes, time)
            loss = criterion(scores.view(len(signal), len(PHASES), -1), phase)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            print(epoch, f"{np.mean(losses):.3f}", f"{evaluate(net, test):.3f}")
    with torch.no_grad():
        print("metric:", evaluate(net, test))


main()
