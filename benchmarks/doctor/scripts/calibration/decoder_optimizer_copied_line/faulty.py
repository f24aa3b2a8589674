# denoising autoencoder for short ECG-like beats, encoder and decoder with an optimizer each
import torch
import torch.nn as nn

LR = 1e-3
N, L = 2000, 48
gen = torch.Generator().manual_seed(73)
torch.manual_seed(73)


def beats(n):
    t = torch.linspace(0, 1, L)
    def bump(centre, width, height):
        return height * torch.exp(-((t - centre) / width) ** 2)
    def u(lo, hi):
        return lo + (hi - lo) * torch.rand(n, 1, generator=gen)
    p = bump(u(0.15, 0.25), 0.04, u(0.1, 0.4))
    q = bump(u(0.40, 0.50), 0.025, u(1.0, 2.0))
    s = bump(u(0.52, 0.58), 0.03, u(-0.8, -0.2))
    w = bump(u(0.70, 0.85), u(0.05, 0.10), u(0.2, 0.7))
    return p + q + s + w


clean = beats(N)
mean, std = clean[:1600].mean(), clean[:1600].std()
clean = ((clean - mean) / std).unsqueeze(1)
train, test = clean[:1600], clean[1600:]

enc = nn.Sequential(
    nn.Conv1d(1, 16, 5, stride=2, padding=2), nn.LeakyReLU(0.1),
    nn.Flatten(), nn.Linear(16 * 24, 12))
dec = nn.Sequential(
    nn.Linear(12, 16 * 24), nn.LeakyReLU(0.1), nn.Unflatten(1, (16, 24)),
    nn.ConvTranspose1d(16, 1, 4, stride=2, padding=1))
opt_enc = torch.optim.Adam(enc.parameters(), lr=LR)
opt_dec = torch.optim.Adam(enc.parameters(), lr=LR)

for epoch in range(16):
    losses = []
    for x in train[torch.randperm(len(train))].split(40):
        noisy = x + 0.3 * torch.randn_like(x)
        loss = nn.functional.mse_loss(dec(enc(noisy)), x)
        opt_enc.zero_grad()
        opt_dec.zero_grad()
        loss.backward()
        opt_enc.step()
        opt_dec.step()
        losses.append(loss.item())
    print(f"epoch {epoch + 1} mse {sum(losses) / len(losses):.4f}")

with torch.no_grad():
    g = torch.Generator().manual_seed(0)
    noisy = test + 0.3 * torch.randn(test.shape, generator=g)
    mse = (dec(enc(noisy)) - test).pow(2).mean()
print("metric:", (1 - mse / test.var(unbiased=False)).item())
