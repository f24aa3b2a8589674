"""A GRU cell follows a sticky valve; long records, gradients through windows of 20 samples."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(60)
rng = np.random.default_rng(60)
LENGTH, WINDOW, HIDDEN = 100, 20, 32


def records(n):
    """What the valve does now is the mean of what was asked four to nine samples ago, with some play."""
    asked = np.repeat(rng.normal(0, 1, (LENGTH // 2 + 10, n)), 2, axis=0)[-(LENGTH + 10) :]
    asked = asked + rng.normal(0, 0.3, asked.shape)
    delayed = np.mean([asked[10 - lag : LENGTH + 10 - lag] for lag in range(4, 10)], axis=0)
    position, now = np.empty((LENGTH, n)), np.zeros(n)
    for t in range(LENGTH):
        now = np.clip(now, delayed[t] - 0.15, delayed[t] + 0.15)
        position[t] = now
    position = position / 0.5 + rng.normal(0, 0.05, position.shape)
    as_tensor = [torch.tensor(a, dtype=torch.float32).unsqueeze(2) for a in (asked[10:], position)]
    return as_tensor


cell = nn.GRUCell(1, HIDDEN)
readout = nn.Linear(HIDDEN, 1)
parameters = [*cell.parameters(), *readout.parameters()]
optimizer = torch.optim.Adam(parameters, lr=5e-3)
mse = nn.MSELoss()
asked, position = records(640)
test_asked, test_position = records(200)

for epoch in range(10):
    total = 0.0
    for idx in torch.randperm(640).split(64):
        state, loss = torch.zeros(len(idx), HIDDEN), 0.0
        for t in range(LENGTH):
            state = cell(asked[t, idx], state)
            loss = loss + mse(readout(state), position[t, idx])
            state = state.detach()
            if t % WINDOW == WINDOW - 1:
                optimizer.zero_grad()
                (loss / WINDOW).backward()
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                total += loss.item() / WINDOW
                loss = 0.0
    print(f"epoch {epoch} mse {total / 50:.4f}")

with torch.no_grad():
    state, answers = torch.zeros(200, HIDDEN), []
    for t in range(LENGTH):
        state = cell(test_asked[t], state)
        answers.append(readout(state))
    error = (torch.stack(answers) - test_position)[10:].pow(2).mean().item()
print("metric:", 1 - error / test_position[10:].var().item())
