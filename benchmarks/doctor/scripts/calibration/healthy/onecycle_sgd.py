import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(202)
d = load_digits()
x = torch.tensor(d.images, dtype=torch.float32).unsqueeze(1)
x = (x - 4.9) / 6.0
y = torch.tensor(d.target)
train_dl = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=70, shuffle=True)
net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, 10))
epochs = 6
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.5, steps_per_epoch=len(train_dl), epochs=epochs)
for e in range(epochs):
    net.train()
    for a, b in train_dl:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(a), b)
        loss.backward()
        opt.step()
        sched.step()
    print(e, loss.item(), sched.get_last_lr())
net.eval()
print('metric:', (net(x[1400:]).argmax(1) == y[1400:]).float().mean().item())
