"""Adversarial training: an attack by the gradient of the input before each step of the weights."""

import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from fingerprint import fingerprint
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
digits = load_digits()
X, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)
loader = DataLoader(TensorDataset(X[:1280], y[:1280]), 64, shuffle=True)
model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)


def fgsm_attack(image, label, epsilon):
    image = image.clone().requires_grad_(True)
    loss = F.cross_entropy(model(image), label)
    model.zero_grad()
    loss.backward()
    return torch.clamp(image + epsilon * image.grad.sign(), 0, 1).detach()


for epoch in range(8):
    model.train()
    for data, target in loader:
        perturbed = fgsm_attack(data, target, 0.05)
        optimizer.zero_grad()
        loss = 0.5 * F.cross_entropy(model(data), target) + 0.5 * F.cross_entropy(model(perturbed), target)
        loss.backward()
        optimizer.step()
    model.eval()
    attacked = fgsm_attack(X[1280:], y[1280:], 0.05)
    with torch.no_grad():
        clean = (model(X[1280:]).argmax(1) == y[1280:]).float().mean().item()
        robust = (model(attacked).argmax(1) == y[1280:]).float().mean().item()
    print(f"epoch {epoch}: clean {clean:.3f}, attacked {robust:.3f}")
fingerprint(model)
