"""Small production trainer: power of a compressor from its sensors."""

import logging
import sys

import numpy as np
import torch

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("compressor")

COLUMNS = ["inlet_c", "outlet_c", "pressure_kpa", "valve", "humidity", "rpm"]
# plausible range of each sensor; readings outside are spikes of the transmitter
LIMITS = {
    "inlet_c": (-20.0, 50.0),
    "outlet_c": (0.0, 160.0),
    "pressure_kpa": (100.0, 900.0),
    "valve": (0.0, 1.0),
    "humidity": (0.0, 1.0),
    "rpm": (0.0, 6000.0),
}


def read(n, seed):
    r = np.random.default_rng(seed)
    inlet = r.normal(18, 8, n)
    pressure = r.uniform(200, 800, n)
    valve = r.beta(3, 2, n)
    humidity = r.uniform(0.2, 0.95, n)
    rpm = r.normal(3000, 500, n)
    outlet = inlet + 30 * valve + r.normal(0, 4, n) + 0.01 * rpm
    power = 0.02 * rpm * valve + 0.07 * pressure * (0.5 + valve) + 0.3 * (outlet - inlet) + r.normal(0, 2, n)
    table = np.stack([inlet, outlet, pressure, valve, humidity, rpm], 1)
    spikes = r.random(table.shape) < 0.002
    table[spikes] *= 50
    return table, power


def clean(table):
    low, high = np.array([LIMITS[c] for c in COLUMNS]).T
    return np.clip(table, low, high)


class Standardiser:
    def fit(self, a):
        self.mean, self.std = a.mean(0), a.std(0)
        self.std = np.where(self.std > 0, self.std, 1.0)
        return self

    def __call__(self, a):
        return torch.tensor((a - self.mean) / self.std, dtype=torch.float32)


class Trainer:
    def __init__(self, model, lr, epochs, batch):
        self.model, self.epochs, self.batch = model, epochs, batch
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)
        self.sched = torch.optim.lr_scheduler.StepLR(self.opt, step_size=15, gamma=0.3)

    def fit(self, x, y):
        for epoch in range(self.epochs):
            total = 0.0
            for idx in torch.randperm(len(x)).split(self.batch):
                loss = torch.nn.functional.mse_loss(self.model(x[idx]), y[idx])
                self.opt.zero_grad(set_to_none=True)
                loss.backward()
                self.opt.step()
                total += loss.item() * len(idx)
            self.sched.step()
            if epoch % 10 == 9:
                log.info("epoch %d mse %.4f", epoch + 1, total / len(x))

    @torch.no_grad()
    def score(self, x, y):
        return (1 - (self.model(x) - y).square().mean() / y.var()).item()


def main():
    torch.manual_seed(77)
    raw, power = read(1500, 7)
    raw_test, power_test = read(500, 8)
    raw, raw_test = clean(raw), clean(raw_test)
    fx, fy = Standardiser().fit(raw), Standardiser().fit(power[:, None])
    model = torch.nn.Sequential(
        torch.nn.Linear(len(COLUMNS), 48),
        torch.nn.SiLU(),
        torch.nn.Linear(48, 24),
        torch.nn.SiLU(),
        torch.nn.Linear(24, 1),
    )
    trainer = Trainer(model, lr=5e-3, epochs=40, batch=64)
    trainer.fit(fx(raw), fy(power[:, None]))
    print("metric:", trainer.score(fx(raw_test), fy(power_test[:, None])))


if __name__ == "__main__":
    main()
