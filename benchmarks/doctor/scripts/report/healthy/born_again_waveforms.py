"""Self-distillation: three generations of the same small CNN, each taught by the one before."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(60)
rng = np.random.default_rng(60)
KINDS = 5


def waves(n):
    t = np.linspace(0, 1, 40)
    kind = rng.integers(KINDS, size=n)
    f, p = rng.uniform(3, 5, (n, 1)), rng.uniform(0, 6.28, (n, 1))
    angle = 6.28 * f * t + p
    forms = np.stack(
        [np.sin(angle), np.sign(np.sin(angle)), (angle / 3.14) % 2 - 1, np.sin(angle) ** 3, np.sin(2 * angle)]
    )
    x = forms[kind, np.arange(n)] + rng.normal(0, 0.3, (n, len(t)))
    return torch.tensor(x[:, None], dtype=torch.float32), torch.tensor(kind)


def network():
    return nn.Sequential(
        nn.Conv1d(1, 12, 5, padding=2),
        nn.BatchNorm1d(12),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(12, 24, 5, padding=2),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(4),
        nn.Flatten(),
        nn.Linear(96, KINDS),
    )


def teach(student, teacher, x, y, epochs=8, temperature=2.0):
    optimizer = torch.optim.AdamW(student.parameters(), lr=3e-3, weight_decay=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        student.train()
        for idx in torch.randperm(len(x)).split(50):
            logits = student(x[idx])
            loss = F.cross_entropy(logits, y[idx])
            if teacher is not None:
                with torch.no_grad():
                    soft = F.softmax(teacher(x[idx]) / temperature, dim=1)
                kl = F.kl_div(F.log_softmax(logits / temperature, dim=1), soft, reduction="batchmean")
                loss = 0.5 * loss + 0.5 * temperature**2 * kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
    return student.eval()


@torch.no_grad()
def accuracy(model, x, y):
    return (model(x).argmax(1) == y).float().mean().item()


x, y = waves(1000)
x_test, y_test = waves(500)
teacher = None
for generation in range(3):
    teacher = teach(network(), teacher, x, y)
    print(f"generation {generation}: {accuracy(teacher, x_test, y_test):.4f}")
print("metric:", accuracy(teacher, x_test, y_test))
