"""1-d least-squares GAN: learn the distribution of (log) waiting times from samples."""
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(9)
rng = np.random.default_rng(9)


def waiting_times(n):
    fast = rng.gamma(4.0, 0.5, n)
    slow = rng.gamma(30.0, 0.4, n)
    return np.log(np.where(rng.random(n) < 0.6, fast, slow))


train = waiting_times(5000).astype('float32')
test = waiting_times(2000).astype('float32')
m, s = train.mean(), train.std()
train_t = torch.from_numpy((train - m) / s)[:, None]

gen = nn.Sequential(nn.Linear(3, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, 1))
dis = nn.Sequential(nn.Linear(1, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
og = torch.optim.Adam(gen.parameters(), 1e-3, betas=(0.5, 0.99))
od = torch.optim.Adam(dis.parameters(), 2e-3, betas=(0.5, 0.99))
ema = {k: v.clone() for k, v in gen.state_dict().items()}
mse = nn.MSELoss()
ones, zeros = torch.ones(256, 1), torch.zeros(256, 1)

for step in range(900):
    real = train_t[torch.randint(len(train_t), (256,))]
    fake = gen(torch.randn(256, 3))
    d_loss = mse(dis(real), ones) + mse(dis(fake.detach()), zeros)
    od.zero_grad(); d_loss.backward(); od.step()
    g_loss = mse(dis(fake), ones)
    og.zero_grad(); g_loss.backward(); og.step()
    with torch.no_grad():
        for k, v in gen.state_dict().items():
            ema[k].lerp_(v, 0.02)
    if step % 150 == 149:
        print(step + 1, f'D {d_loss.item():.3f}  G {g_loss.item():.3f}')   # 0.5 and 0.25 at the equilibrium

gen.load_state_dict(ema)
with torch.no_grad():
    sample = gen(torch.randn(2000, 3)).numpy()[:, 0] * s + m
# Wasserstein-1 distance in one dimension, against that of a constant guess
w1 = np.abs(np.sort(sample) - np.sort(test)).mean()
print('metric:', float(1 - w1 / np.abs(test - np.median(test)).mean()))
