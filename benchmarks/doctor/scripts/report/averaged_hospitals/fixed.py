"""Federated averaging over five hospitals: every round each trains its own copy, the server averages the copies."""

import copy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(14)
np.random.seed(14)

HOSPITALS, ROUNDS, LOCAL_STEPS, DIM, CLASSES = 5, 18, 8, 16, 4
sizes = [420, 300, 380, 260, 340]
centres = np.random.randn(CLASSES, 2, DIM) * 1.1


def patients(n, offset):
    y = np.random.randint(0, CLASSES, n)
    form = np.random.randint(0, 2, n)
    x = centres[y, form] + 1.1 * np.random.randn(n, DIM) + offset
    return torch.tensor(x / 1.6, dtype=torch.float32), torch.tensor(y)


class Hospital:
    def __init__(self, n):
        offset = 0.2 * np.random.randn(DIM)
        x, y = patients(n, offset)
        cut = int(0.75 * n)
        self.x, self.y = x[:cut], y[:cut]
        self.x_test, self.y_test = x[cut:], y[cut:]

    @property
    def size(self):
        return len(self.y)

    def train(self, model):
        model.train()
        opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
        for _ in range(LOCAL_STEPS):
            rows = torch.randint(len(self.y), (32,))
            loss = F.cross_entropy(model(self.x[rows]), self.y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
        return model.state_dict(), loss.item()


def average(states, weights):
    merged = {}
    for key in states[0]:
        merged[key] = sum(w * state[key] for w, state in zip(weights, states, strict=True))
    return merged


hospitals = [Hospital(n) for n in sizes]
server = nn.Sequential(nn.Linear(DIM, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, CLASSES))
total = sum(h.size for h in hospitals)


def accuracy():
    server.eval()
    with torch.no_grad():
        right = sum((server(h.x_test).argmax(1) == h.y_test).sum().item() for h in hospitals)
    return right / sum(len(h.y_test) for h in hospitals)


for rnd in range(1, ROUNDS + 1):
    states, losses = [], []
    for hospital in hospitals:
        state, loss = hospital.train(copy.deepcopy(server))
        states.append(state)
        losses.append(loss)
    weights = [h.size / total for h in hospitals]
    server.load_state_dict(average(states, weights))
    print(f"round {rnd:2d}  local loss {np.mean(losses):.4f}  accuracy {accuracy():.4f}")
print(f"metric: {accuracy():.4f}")
