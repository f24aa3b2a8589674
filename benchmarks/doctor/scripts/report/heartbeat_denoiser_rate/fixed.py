# %% [markdown]
# Denoising autoencoder for single heart beats
# %%
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(33)
np.random.seed(33)
config = {
    "beats": 1600,
    "samples": 96,
    "noise": 0.4,
    "batch_size": 64,
    "epochs": 30,
    "lr": 1e-3,
}

# %%
t = np.linspace(-1, 1, config["samples"])


def bump(center, width):
    return np.exp(-(((t - center) / width) ** 2))


def beat():
    shift = np.random.uniform(-0.1, 0.1)
    p = np.random.uniform(0.1, 0.3) * bump(shift - 0.5, 0.1)
    q = -np.random.uniform(0.1, 0.3) * bump(shift - 0.07, 0.04)
    r = np.random.uniform(0.8, 1.4) * bump(shift, 0.05)
    s = -np.random.uniform(0.1, 0.5) * bump(shift + 0.08, 0.05)
    wave = np.random.uniform(0.2, 0.5) * bump(shift + np.random.uniform(0.4, 0.55), 0.14)
    return p + q + r + s + wave


clean = np.stack([beat() for _ in range(config["beats"] + 400)]).astype(np.float32)
train, test = clean[: config["beats"]], clean[config["beats"] :]
mean, std = train.mean(), train.std()
train = torch.from_numpy((train - mean) / std)
test = torch.from_numpy((test - mean) / std)
print(train.shape, test.shape)

# %%
model = nn.Sequential(
    nn.Linear(config["samples"], 128),
    nn.ReLU(),
    nn.Linear(128, 16),
    nn.Linear(16, 128),
    nn.ReLU(),
    nn.Linear(128, config["samples"]),
)
print(sum(p.numel() for p in model.parameters()), "parameters")
optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
loss_fn = nn.MSELoss()

# %%
losses = []
for epoch in range(config["epochs"]):
    order = torch.randperm(len(train))
    for i in range(0, len(train), config["batch_size"]):
        target = train[order[i : i + config["batch_size"]]]
        noisy = target + config["noise"] * torch.randn_like(target)
        loss = loss_fn(model(noisy), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "loss", np.mean(losses[-25:]))

# %%
model.eval()
with torch.no_grad():
    restored = model(test + config["noise"] * torch.randn_like(test))
    error = ((restored - test) ** 2).mean() / test.var()
print("metric:", 1 - error.item())
