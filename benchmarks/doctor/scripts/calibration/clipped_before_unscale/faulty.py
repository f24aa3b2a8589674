import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.amp import GradScaler, autocast

torch.manual_seed(154)
device = "cuda" if torch.cuda.is_available() else "cpu"
use_amp = True
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32, device=device) / 16 - 0.3
y = torch.tensor(y, device=device)
net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)
opt = torch.optim.SGD(net.parameters(), lr=0.3)
scaler = GradScaler(device, enabled=use_amp)
for epoch in range(8):
    for i in range(0, 1400, 56):
        with autocast(device_type=device, dtype=torch.bfloat16, enabled=use_amp):
            loss = nn.functional.cross_entropy(net(X[i:i + 56]), y[i:i + 56])
        scaler.scale(loss).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        opt.zero_grad()
    print(epoch, loss.item())
with torch.no_grad():
    print("metric:", (net(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
