import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

rng = np.random.RandomState(1)
torch.manual_seed(1)
digits = load_digits()
images = digits.images.astype("float32")[:, None] / 16
x_train, x_test, y_train, y_test = train_test_split(images, digits.target, test_size=500, stratify=digits.target, random_state=1)
by_class = [np.where(y_train == c)[0] for c in range(10)]


def make_pairs(n):
    """Half of the pairs show the same digit, half different ones."""
    left, right, same = [], [], []
    for k in range(n):
        a, b = rng.choice(10, 2, replace=False)
        left.append(rng.choice(by_class[a]))
        right.append(rng.choice(by_class[a if k % 2 else b]))
        same.append(k % 2)
    return torch.from_numpy(x_train[left]), torch.from_numpy(x_train[right]), torch.tensor(same, dtype=torch.float32)


class Embed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU())
        self.fc = nn.Linear(32 * 16, 16)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


net = Embed()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
margin = 2.0
for it in range(140):
    a, b, same = make_pairs(48)
    dist = F.pairwise_distance(net(a), net(b))
    loss = (same * dist.pow(2) + (1 - same) * F.relu(margin - dist).pow(2)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0:
        print(it, "contrastive loss", round(loss.item(), 4))
net.eval()
with torch.no_grad():
    gallery, probe = net(torch.from_numpy(x_train)), net(torch.from_numpy(x_test))
    near = torch.cdist(probe, gallery).topk(5, largest=False).indices
    vote = torch.from_numpy(y_train)[near].mode(1).values
print("metric:", (vote == torch.from_numpy(y_test)).float().mean().item())
