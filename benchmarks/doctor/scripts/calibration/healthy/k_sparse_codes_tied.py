"""A k-sparse autoencoder with tied weights: of 60 hidden units only the 12 strongest may speak at a time."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits


class KSparse(torch.nn.Module):
    def __init__(self, n_in=64, n_hidden=60, k=12):
        super().__init__()
        self.k = k
        self.weight = torch.nn.Parameter(torch.empty(n_hidden, n_in))
        torch.nn.init.orthogonal_(self.weight)
        self.hidden_bias = torch.nn.Parameter(torch.zeros(n_hidden))
        self.visible_bias = torch.nn.Parameter(torch.zeros(n_in))

    def forward(self, x):
        h = F.linear(x, self.weight, self.hidden_bias)
        top = h.abs().topk(self.k, dim=1).indices
        code = torch.zeros_like(h).scatter(1, top, h.gather(1, top))
        return F.linear(code, self.weight.T, self.visible_bias), code


torch.manual_seed(5)
data = torch.tensor(load_digits().data, dtype=torch.float32)
data = data[torch.randperm(len(data))]
train, test = data[:1400], data[1400:]
mean, std = train.mean(0), train.std()
train, test = (train - mean) / std, (test - mean) / std

model = KSparse()
opt = torch.optim.Adam(model.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.StepLR(opt, 10, gamma=0.3)
for epoch in range(25):
    running = 0.0
    for batch in train[torch.randperm(1400)].split(50):
        loss = F.mse_loss(model(batch)[0], batch)
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item() / 28
    sched.step()
    if epoch % 5 == 4:
        print(f"{epoch + 1:2d}  {running:.4f}")
with torch.no_grad():
    out, code = model(test)
print("units in use:", int((code != 0).any(0).sum()), "share of zeros:", (code == 0).float().mean().item())
print("metric:", 1 - (F.mse_loss(out, test) / test.square().mean()).item())
