# Stacked denoising autoencoder as in 2008: every layer is pre-trained on the codes of the one below, which stays still,
# then the stack gets a softmax layer and everything is trained together.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(23)
X, y = load_digits(return_X_y=True)
X, Xt, y, yt = train_test_split(X / 16.0, y, test_size=0.3, random_state=23, stratify=y)
X, Xt = (torch.tensor(a, dtype=torch.float32) for a in (X, Xt))
y, yt = torch.tensor(y), torch.tensor(yt)

sizes = [64, 80, 48]
stack = []
codes = X
for n_in, n_out in zip(sizes, sizes[1:]):
    enc, dec = nn.Linear(n_in, n_out), nn.Linear(n_out, n_in)
    opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=3e-3)
    for _ in range(12):
        total = 0.0
        for i in torch.randperm(len(codes)).split(50):
            dirty = codes[i] * (torch.rand_like(codes[i]) > 0.2)
            loss = nn.functional.mse_loss(torch.sigmoid(dec(torch.sigmoid(enc(dirty)))), codes[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(i) / len(codes)
    print(f"layer {n_in} -> {n_out}: reconstruction {total:.4f} of {codes.var(0).mean().item():.4f}")
    stack += [enc, nn.Sigmoid()]
    with torch.no_grad():
        codes = torch.sigmoid(enc(codes))

net = nn.Sequential(*stack, nn.Linear(sizes[-1], 10))
opt = torch.optim.Adam(net.parameters(), lr=8e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 18)
for epoch in range(18):
    total = 0.0
    for i in torch.randperm(len(X)).split(50):
        loss = nn.functional.cross_entropy(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(i) / len(X)
    sched.step()
    if epoch % 6 == 5:
        print(f"together, epoch {epoch + 1}: {total:.4f}")
with torch.no_grad():
    print("metric:", (net(Xt).argmax(1) == yt).float().mean().item())
