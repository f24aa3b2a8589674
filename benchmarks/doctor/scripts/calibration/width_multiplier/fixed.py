import argparse
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument('--width', type=float, default=1.0, help='channel multiplier')
parser.add_argument('--epochs', type=int, default=8)
parser.add_argument('--batch-size', type=int, default=48)
parser.add_argument('--lr', type=float, default=5e-3)
args = parser.parse_args()
torch.manual_seed(1)


def ch(c):
    return max(1, int(c * args.width))


class TinyMobileNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        a, b = ch(24), ch(48)
        self.stem = nn.Sequential(nn.Conv2d(1, a, 3, padding=1, bias=False), nn.BatchNorm2d(a), nn.ReLU())
        self.dw = nn.Sequential(nn.Conv2d(a, a, 3, padding=1, stride=2, groups=a, bias=False), nn.BatchNorm2d(a), nn.ReLU())
        self.pw = nn.Sequential(nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
        self.classifier = nn.Linear(b * 4, classes)

    def forward(self, x):
        x = self.pw(self.dw(self.stem(x)))
        return self.classifier(F.adaptive_avg_pool2d(x, 2).flatten(1))


data = load_digits()
imgs = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
targets = torch.tensor(data.target)
tr, te = train_test_split(range(len(imgs)), test_size=0.25, random_state=1, stratify=data.target)
mean, std = imgs[tr].mean(), imgs[tr].std()
imgs = (imgs - mean) / std
train_loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(imgs[tr], targets[tr]),
                                           batch_size=args.batch_size, shuffle=True, drop_last=True)
net = TinyMobileNet()
opt = torch.optim.Adam(net.parameters(), lr=args.lr)
for ep in range(args.epochs):
    net.train()
    running = 0.
    for x, t in train_loader:
        opt.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x), t)
        loss.backward()
        opt.step()
        running += loss.item()
    net.eval()
    with torch.no_grad():
        acc = (net(imgs[te]).argmax(1) == targets[te]).float().mean().item()
    print(f'[{ep}] loss {running / len(train_loader):.4f} acc {acc:.4f}')
print('metric:', acc)
