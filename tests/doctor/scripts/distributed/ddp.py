"""Data-parallel training on two processes (gloo); --fault lets the copies part, as people do."""

import argparse
import hashlib
import os

import torch
import torch.distributed as dist
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP  # noqa: N817 - as everybody writes it
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def train(fault, epochs=4):
    rank = dist.get_rank()
    torch.manual_seed(rank if fault == "seeds" else 0)
    X, y = load_digits(return_X_y=True)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    X = (X - X[:1280].mean()) / X[:1280].std()
    dataset = TensorDataset(X[:1280], y[:1280])
    sampler = DistributedSampler(dataset, shuffle=True)
    loader = DataLoader(dataset, batch_size=32, sampler=sampler)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    ddp_model = model if fault == "seeds" else DDP(model)  # "seeds": nobody wrapped it
    called = model if fault == "local" else ddp_model  # "local": the wrapped model is made, but not called
    optimizer = torch.optim.Adam(ddp_model.parameters(), lr=2e-3)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        called.train()
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(called(inputs), targets)
            loss.backward()
            optimizer.step()
        if rank == 0:
            model.eval()
            with torch.no_grad():
                right = (model(X[1280:]).argmax(1) == y[1280:]).float().mean().item()
            print(f"epoch {epoch}: {right:.3f}", flush=True)
    if rank == 0:
        weights = b"".join(p.detach().numpy().tobytes() for p in model.parameters())
        print("weights", hashlib.sha256(weights).hexdigest(), flush=True)
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fault", choices=["none", "local", "seeds"], default="none")
    args = parser.parse_args()
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    train(args.fault)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    assert "RANK" in os.environ, "start it with torchrun"
    main()
