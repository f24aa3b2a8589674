"""Acoustic echo cancellation: adapt an FIR filter block by block with the LMS rule, microphone = room(far end) + near noise."""

import math

import numpy as np
import torch

TAPS = 48
BLOCK = 64
MU = 1.0

rng = np.random.default_rng(11)
torch.manual_seed(11)

# far end: speech-like coloured noise
n = 50_000
white = rng.normal(size=n)
far = np.zeros(n)
for t in range(2, n):
    far[t] = 0.9 * far[t - 1] - 0.3 * far[t - 2] + white[t]
far /= far.std()

room = rng.normal(size=TAPS) * np.exp(-np.arange(TAPS) / 9.0)
echo = np.convolve(far, room)[:n]
mic = echo + 0.1 * echo.std() * rng.normal(size=n)

far = torch.tensor(far, dtype=torch.float32)
mic = torch.tensor(mic / echo.std(), dtype=torch.float32)
clean = torch.tensor(echo / echo.std(), dtype=torch.float32)

fir = torch.nn.Conv1d(1, 1, TAPS, bias=False)
torch.nn.init.zeros_(fir.weight)

power = float((far[: BLOCK * 10] ** 2).mean())
step_size = MU / (TAPS * power)
optimizer = torch.optim.SGD(fir.parameters(), lr=step_size)

history = []
residual, reference = 0.0, 0.0
starts = range(TAPS - 1, n - BLOCK, BLOCK)
for k, s in enumerate(starts):
    x = far[s - TAPS + 1 : s + BLOCK].view(1, 1, -1)
    want = mic[s : s + BLOCK]
    estimate = fir(x).view(-1)
    error = want - estimate
    loss = 0.5 * error.pow(2).mean()

    # figure of merit: the block has not been adapted to yet, and the near-end noise is left out
    if k >= len(starts) // 2:
        residual += (clean[s : s + BLOCK] - estimate.detach()).pow(2).sum().item()
        reference += clean[s : s + BLOCK].pow(2).sum().item()

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
    if k % 100 == 0:
        print(f"block {k:4d}  error power {history[-1]:.5f}")

if residual > 0 and math.isfinite(residual):
    print("ERLE %.1f dB" % (10 * math.log10(reference / residual)))
print("metric:", 1 - residual / reference)
