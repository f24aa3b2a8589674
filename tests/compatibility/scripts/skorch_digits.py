"""A skorch classifier in a scikit-learn pipeline; --fault breaks it."""

import argparse
import hashlib

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring, LRScheduler
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--fault", choices=["rate", "softmax", "head", "none"], default="none")
args = parser.parse_args()


class Module(nn.Module):
    def __init__(self, num_units=64):
        super().__init__()
        self.dense0, self.dense1 = nn.Linear(64, num_units), nn.Linear(num_units, 32)
        self.output = nn.Linear(32, 10)
        if args.fault == "head":
            self.output.requires_grad_(False)
            self.dense0.requires_grad_(False)

    def forward(self, X):
        X = torch.relu(self.dense1(torch.relu(self.dense0(X))))
        return self.output(X).softmax(-1) if args.fault == "softmax" else self.output(X)


if __name__ == "__main__":
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    X, y = X.astype(np.float32), y.astype(np.int64)
    net = NeuralNetClassifier(
        Module, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=3.0 if args.fault == "rate" else 3e-3,
        max_epochs=8, batch_size=64, iterator_train__shuffle=True, verbose=0,
        callbacks=[
            LRScheduler(torch.optim.lr_scheduler.ExponentialLR, gamma=0.9),
            EpochScoring("accuracy", name="acc", lower_is_better=False),
        ],
    )  # fmt: skip
    pipe = make_pipeline(StandardScaler(), net)
    pipe.fit(X[:1400], y[:1400])
    print(f"accuracy {pipe.score(X[1400:], y[1400:]):.4f}")
    weights = net.module_.parameters()
    print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in weights)).hexdigest())
    print("random", hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest())
