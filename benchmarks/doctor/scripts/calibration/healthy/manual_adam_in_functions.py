import math
import torch
# everything by hand (course exercise): two-layer net, own Adam, no torch.nn
torch.manual_seed(223)
X = torch.randn(600, 2)
Y = ((X ** 2).sum(1) > 1.4).long()
params = {'W1': torch.randn(2, 32) * 0.7, 'b1': torch.zeros(32), 'W2': torch.randn(32, 2) * 0.2, 'b2': torch.zeros(2)}
for p in params.values():
    p.requires_grad_(True)
m = {k: torch.zeros_like(p) for k, p in params.items()}
v = {k: torch.zeros_like(p) for k, p in params.items()}


def forward(x):
    return torch.relu(x @ params['W1'] + params['b1']) @ params['W2'] + params['b2']


for t in range(1, 251):
    i = torch.randint(0, 450, (32,))
    loss = torch.nn.functional.cross_entropy(forward(X[i]), Y[i])
    grads = torch.autograd.grad(loss, list(params.values()))
    with torch.no_grad():
        for (k, p), g in zip(params.items(), grads):
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g * g
            p -= 0.01 * (m[k] / (1 - 0.9 ** t)) / ((v[k] / (1 - 0.999 ** t)).sqrt() + 1e-8)
    if t % 50 == 0:
        print(t, loss.item())
print('metric:', (forward(X[450:]).argmax(1) == Y[450:]).float().mean().item())
