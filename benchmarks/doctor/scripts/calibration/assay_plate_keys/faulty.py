# Which of four compounds was in the well?  Readings and the chemists' notes come in two tables.
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(7)
rng = np.random.default_rng(7)
CHANNELS, COMPOUNDS = 16, 4
ROWS, COLUMNS = 16, 24
profile = rng.normal(0, 1, (COMPOUNDS, CHANNELS))


def measure(compound):
    dose = rng.uniform(0.7, 1.3)
    return dose * profile[compound] + rng.normal(0, 1.0, CHANNELS)


def well_number(row, column):
    """Position of a well when the plate is read row by row."""
    return row * ROWS + column


readings, notes = [], {}
for plate in range(5):
    for row in range(ROWS):
        for column in range(COLUMNS):
            compound = int(rng.integers(COMPOUNDS))
            notes[plate, well_number(row, column)] = compound
            readings.append((plate, row, column, measure(compound)))

x = torch.tensor(np.stack([values for *_, values in readings]), dtype=torch.float32)
y = torch.tensor([notes[p, well_number(r, c)] for p, r, c, _ in readings])

# the robot's control plate, contents known from the protocol
control = np.arange(400) % COMPOUNDS
x_control = torch.tensor(np.stack([measure(c) for c in control]), dtype=torch.float32)
y_control = torch.from_numpy(control)

mean, std = x.mean(0), x.std(0)
x, x_control = (x - mean) / std, (x_control - mean) / std

net = nn.Sequential(
    nn.Linear(CHANNELS, 32),
    nn.LayerNorm(32),
    nn.GELU(),
    nn.Dropout(0.2),
    nn.Linear(32, COMPOUNDS),
)
EPOCHS, BATCH = 15, 48
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS)

for epoch in range(EPOCHS):
    net.train()
    seen = 0.0
    for rows in torch.randperm(len(x)).split(BATCH):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += loss.item() * len(rows)
    sched.step()
    print(f"{epoch:2d} {seen / len(x):.4f}")

net.eval()
with torch.no_grad():
    right = net(x_control).argmax(1) == y_control
print("metric:", right.float().mean().item())
