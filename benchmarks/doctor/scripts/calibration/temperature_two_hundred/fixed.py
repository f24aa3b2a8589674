import math
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(160)
# cosine classifier with a temperature, as in few-shot learning papers
K = 8
protos = torch.randn(K, 20)


def draw(n):
    y = torch.randint(0, K, (n,))
    return protos[y] + 1.1 * torch.randn(n, 20), y


class CosineClassifier(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 48), nn.ReLU(), nn.Linear(48, 24))
        self.weight = nn.Parameter(torch.randn(K, 24))
        self.scale = scale

    def forward(self, x):
        return self.scale * F.normalize(self.body(x), dim=1) @ F.normalize(self.weight, dim=1).t()


model = CosineClassifier(scale=8.0)
opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for it in range(150):
    x, y = draw(32)
    loss = F.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 60 == 0:
        print(it, loss.item())
with torch.no_grad():
    x, y = draw(500)
    print('metric:', max(-9.0, 1 - F.cross_entropy(model(x), y).item() / math.log(K)))
