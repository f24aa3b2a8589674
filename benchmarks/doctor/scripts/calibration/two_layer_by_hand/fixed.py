# Two-layer network without nn.Module or torch.optim, to see what autograd does
import torch
from sklearn.datasets import load_digits

g = torch.Generator().manual_seed(6)
torch.manual_seed(6)

digits = load_digits()
images = torch.tensor(digits.data, dtype=torch.float32)
labels = torch.tensor(digits.target)
perm = torch.randperm(len(images), generator=g)
train, test = perm[:1350], perm[1350:]
images = (images - images[train].mean(0)) / (images[train].std(0) + 0.5)

H = 64
W1 = torch.randn(64, H, generator=g) * (2 / 64) ** 0.5
b1 = torch.zeros(H)
W2 = torch.randn(H, 10, generator=g) * (1 / H) ** 0.5
b2 = torch.zeros(10)
params = [W1, b1, W2, b2]
for p in params:
    p.requires_grad_()


def forward(x):
    return torch.relu(x @ W1 + b1) @ W2 + b2


lr = 0.15
for step in range(900):
    i = train[torch.randint(len(train), (32,), generator=g)]
    logp = forward(images[i]).log_softmax(1)
    loss = -logp[torch.arange(32), labels[i]].mean()
    loss.backward()
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()
    if step % 100 == 0:
        print(step, loss.item())

with torch.no_grad():
    correct = forward(images[test]).argmax(1) == labels[test]
print("metric:", correct.float().mean().item())
