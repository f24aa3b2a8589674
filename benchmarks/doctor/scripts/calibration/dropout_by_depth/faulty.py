import torch
import torch.nn as nn
from sklearn.datasets import load_digits


def block(n_in, n_out, p):
    return nn.Sequential(nn.Linear(n_in, n_out), nn.LayerNorm(n_out), nn.ReLU(), nn.Dropout(p))


class DeepMLP(nn.Module):
    """Dropout grows linearly with depth, up to ``drop_rate`` in the last block."""

    def __init__(self, n_in, n_classes, width=48, depth=5, drop_rate=0.17):
        super().__init__()
        widths = [n_in] + [width] * depth
        self.blocks = nn.Sequential(*[block(widths[i], widths[i + 1], drop_rate * (i + 1)) for i in range(depth)])
        self.classifier = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.classifier(self.blocks(x))


def get_data(seed=0):
    x, y = load_digits(return_X_y=True)
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(x), generator=g)
    x = torch.tensor(x, dtype=torch.float32)[order] / 8 - 1
    y = torch.tensor(y)[order]
    return (x[:1300], y[:1300]), (x[1300:], y[1300:])


def run(epochs=24, batch_size=50, lr=2e-3):
    torch.manual_seed(31)
    (x, y), (xv, yv) = get_data()
    model = DeepMLP(64, 10)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=epochs)
    lossf = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        train_loss = 0.0
        for idx in torch.randperm(len(x)).split(batch_size):
            optimizer.zero_grad()
            loss = lossf(model(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(idx) / len(x)
        schedule.step()
        model.eval()
        with torch.no_grad():
            out = model(xv)
            acc = (out.argmax(1) == yv).float().mean().item()
        if epoch % 4 == 3:
            print(f"{epoch + 1:3d} train {train_loss:.3f} val {lossf(out, yv).item():.3f} acc {acc:.3f}")
    return acc


print("metric:", run())
