"""Random crops of long machine recordings, streamed by two workers."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

CROP = 48


def recording(kind, seed, n=4000):
    r = np.random.default_rng(seed)
    t = np.arange(n)
    f = (0.03, 0.07, 0.12)[kind]
    return (np.sin(2 * np.pi * f * t + r.uniform(0, 6)) * 0.7 + r.normal(0, 0.5, n)).astype(np.float32)


class Crops(IterableDataset):
    def __init__(self, recordings, labels, per_epoch, seed=0):
        self.recordings, self.labels = recordings, labels
        self.per_epoch, self.seed, self.epoch = per_epoch, seed, 0

    def __iter__(self):
        info = get_worker_info()
        workers = info.num_workers if info else 1
        wid = info.id if info else 0
        rng = np.random.default_rng([self.seed, self.epoch, wid])
        for _ in range(self.per_epoch // workers):
            k = rng.integers(len(self.recordings))
            start = rng.integers(len(self.recordings[k]) - CROP)
            yield self.recordings[k][start:start + CROP][None], self.labels[k]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(1, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
                                      nn.Conv1d(16, 24, 9, padding=4), nn.ReLU())
        self.classifier = nn.Linear(24, 3)

    def forward(self, x):
        return self.classifier(self.features(x).mean(2))


def main():
    torch.manual_seed(0)
    labels = [i % 3 for i in range(12)]
    train = Crops([recording(k, i) for i, k in enumerate(labels)], labels, per_epoch=960)
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=4e-3)
    for epoch in range(4):
        train.epoch = epoch
        tot = cnt = 0
        for x, y in DataLoader(train, batch_size=32, num_workers=2):
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            tot, cnt = tot + loss.item(), cnt + 1
        print(f"epoch {epoch}: loss {tot / cnt:.4f} over {cnt} batches")
    held = Crops([recording(k, 100 + i) for i, k in enumerate(labels)], labels, 400, seed=9)
    x, y = zip(*held)
    with torch.no_grad():
        acc = (net(torch.tensor(np.stack(x))).argmax(1) == torch.tensor(y)).float().mean().item()
    print("metric:", acc)


if __name__ == "__main__":
    main()
