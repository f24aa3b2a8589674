# In[1]: VAE for spectra: sums of 3 gaussian peaks on 60 channels
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0); rng = np.random.default_rng(0)
N, D, ZDIM = 2500, 60, 6
SIGMA2 = 0.3            # noise variance of the decoder, in units of the standardised signal

# In[2]:
ch = np.linspace(0, 1, D)
height = rng.gamma(3, 0.3, (N, 3, 1))
centre = np.array([0.25, 0.5, 0.8])[None, :, None] + 0.04 * rng.standard_normal((N, 3, 1))
spectra = (height * np.exp(-((ch - centre) / 0.07) ** 2)).sum(1) + 0.03 * rng.standard_normal((N, D))
tr, te = spectra[:2000], spectra[2000:]
shift, scale = tr.mean(0), tr.std()
tr = torch.tensor((tr - shift) / scale, dtype=torch.float32)
te = torch.tensor((te - shift) / scale, dtype=torch.float32)

# In[3]:
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(D, 64), nn.SiLU())
        self.mu, self.logvar = nn.Linear(64, ZDIM), nn.Linear(64, ZDIM)
        self.decoder = nn.Sequential(nn.Linear(ZDIM, 64), nn.SiLU(), nn.Linear(64, D))

    def forward(self, x):
        h = self.body(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (logvar / 2).exp()
        return self.decoder(z), mu, logvar


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=2e-3)

# In[4]:
for epoch in range(15):
    log = np.zeros(2)
    for ix in torch.randperm(len(tr)).split(50):
        x = tr[ix]
        out, mu, logvar = vae(x)
        rec = F.mse_loss(out, x) / SIGMA2 / 2
        kl = -0.5 * torch.sum(1 + logvar - mu ** 2 - logvar.exp())
        loss = (rec + kl) / len(x)
        opt.zero_grad(); loss.backward(); opt.step()
        log += [rec.item() / len(x), kl.item() / len(x)]
    print("epoch", epoch, "rec %.3f kl %.3f" % tuple(log / 40))

# In[5]:
vae.eval()
with torch.no_grad():
    rec = vae.decoder(vae.mu(vae.body(te)))
    print("metric:", (1 - (rec - te).pow(2).mean() / te.pow(2).mean()).item())
