# %% [markdown]
# # Conditional VAE: draw me a seven
# %%
import torch
from torch import nn
from torch.nn import functional as F
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

torch.manual_seed(1)
d = load_digits()
xa, xb, ya, yb = train_test_split(d.data / 16, d.target, test_size=0.3, stratify=d.target, random_state=1)
xt = torch.tensor(xa, dtype=torch.float32)
ct = F.one_hot(torch.tensor(ya), 10).float()

# %%
class CVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(74, 128), nn.LeakyReLU(0.1), nn.Linear(128, 16))
        self.dec = nn.Sequential(nn.Linear(18, 128), nn.LeakyReLU(0.1), nn.Linear(128, 64))

    def forward(self, x, c):
        mu, lv = self.enc(torch.cat((x, c), 1)).split(8, 1)
        z = mu + lv.mul(0.5).exp() * torch.randn_like(lv)
        return self.dec(torch.cat((z, c), 1)), mu, lv

    @torch.no_grad()
    def sample(self, c):
        return torch.sigmoid(self.dec(torch.cat((torch.randn(len(c), 8), c), 1)))

model = CVAE()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=16)

# %%
for epoch in range(16):
    running = 0.
    for idx in torch.randperm(len(xt)).chunk(20):
        logits, mu, lv = model(xt[idx], ct[idx])
        rec = F.binary_cross_entropy_with_logits(logits, xt[idx], reduction='sum') / len(idx)
        kld = 0.5 * (mu.square() + lv.exp() - lv - 1).sum() / len(idx)
        opt.zero_grad()
        (rec + kld).backward()
        opt.step()
        running += (rec + kld).item() / 20
    sched.step()
    if (epoch + 1) % 4 == 0:
        print('epoch', epoch + 1, 'neg. ELBO', round(running, 3))

# %% an outside judge, fitted on real held-out pictures, reads what was drawn
judge = LogisticRegression(max_iter=300).fit(xb, yb)
wanted = torch.arange(10).repeat_interleave(40)
drawn = model.sample(F.one_hot(wanted, 10).float())
print('metric:', float((judge.predict(drawn.numpy()) == wanted.numpy()).mean()))
