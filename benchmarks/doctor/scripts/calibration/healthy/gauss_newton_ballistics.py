# Levenberg-Marquardt for a small net, with the Jacobian from torch.func. No optimizer, no backward().
import torch
from torch.func import functional_call, jacrev, vmap

torch.manual_seed(115)
torch.set_default_dtype(torch.float64)
n = 260
speed, angle, drag = 20 + 20 * torch.rand(n), 0.3 + torch.rand(n), 0.05 * torch.rand(n)
reach = speed ** 2 * torch.sin(2 * angle) / 9.81 * torch.exp(-8 * drag)
X = torch.stack([speed, angle, drag], 1)
X = (X - X[:200].mean(0)) / X[:200].std(0)
y = (reach - reach[:200].mean()) / reach[:200].std() + 0.02 * torch.randn(n)

net = torch.nn.Sequential(torch.nn.Linear(3, 10), torch.nn.Tanh(), torch.nn.Linear(10, 1))
shapes = {k: p.shape for k, p in net.named_parameters()}


def unflatten(theta):
    out, at = {}, 0
    for name, shape in shapes.items():
        out[name] = theta[at:at + shape.numel()].view(shape)
        at += shape.numel()
    return out


def predict_one(theta, row):
    return functional_call(net, unflatten(theta), (row[None],))[0, 0]


predict = vmap(predict_one, in_dims=(None, 0))
jacobian = vmap(jacrev(predict_one), in_dims=(None, 0))
theta = torch.cat([p.detach().flatten() for p in net.parameters()])
damping = 1.0
error = (predict(theta, X[:200]) - y[:200]).square().mean()
for it in range(40):
    J = jacobian(theta, X[:200])
    r = predict(theta, X[:200]) - y[:200]
    A = J.T @ J + 1e-3 * torch.eye(len(theta))
    g = J.T @ r + 1e-3 * theta
    trial = theta - torch.linalg.solve(A + damping * torch.eye(len(theta)), g)
    new = (predict(trial, X[:200]) - y[:200]).square().mean()
    if new < error:
        theta, error, damping = trial, new, max(damping / 3, 1e-6)
    else:
        damping *= 4
    if it % 8 == 7:
        print(f"{it + 1}: mse {error.item():.5f} damping {damping:.1e}")
out = predict(theta, X[200:])
print("metric:", (1 - (out - y[200:]).square().mean() / y[200:].var()).item())
