import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader


class NoisySine(Dataset):
    """Denoising data made on the fly with numpy."""

    def __len__(self):
        return 640

    def __getitem__(self, index):
        t = np.linspace(0, 1, 32)
        clean = np.sin(2 * np.pi * (np.random.uniform(1, 4) * t + np.random.rand()))
        noisy = clean + np.random.randn(32) * 0.3
        return noisy.astype(np.float32), clean.astype(np.float32)


def seed_worker(worker_id):
    np.random.seed((torch.initial_seed() + worker_id) % 2**32)


def main():
    torch.manual_seed(48)
    loader = DataLoader(NoisySine(), batch_size=32, num_workers=2, worker_init_fn=seed_worker, shuffle=True)
    net = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32))
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(8):
        for noisy, clean in loader:
            loss = nn.functional.mse_loss(net(noisy), clean)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    np.random.seed(999)
    test = [NoisySine()[i] for i in range(300)]
    a = torch.tensor(np.stack([x for x, _ in test]))
    b = torch.tensor(np.stack([x for _, x in test]))
    with torch.no_grad():
        print("metric:", 1 - (nn.functional.mse_loss(net(a), b) / b.var()).item())


if __name__ == "__main__":
    main()
