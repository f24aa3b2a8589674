"""The scans are stored one PNG-like blob per digit in an archive; labels come in one csv, in order of the scan number."""
import io
import zipfile
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(12)


def make_archive(images):
    buf = io.BytesIO()
    with zipfile.ZipFile(buf, "w") as z:
        for i, im in enumerate(images):
            z.writestr(f"scan_{i}.raw", im.astype(np.uint8).tobytes())
    return buf


def load_archive(buf):
    with zipfile.ZipFile(buf) as z:
        names = sorted(z.namelist(), key=lambda s: int(s[5:-4]))
        return np.stack([np.frombuffer(z.read(n), np.uint8).reshape(8, 8) for n in names])


digits = load_digits()
perm = np.random.RandomState(12).permutation(1797)
train_id, test_id = perm[:1300], perm[1300:]
archive = make_archive(digits.images[train_id])
labels_csv = "\n".join(str(v) for v in digits.target[train_id])

images = load_archive(archive)
labels = np.array([int(v) for v in labels_csv.split("\n")])
assert len(images) == len(labels)

to_tensor = lambda a: torch.tensor(a / 16.0, dtype=torch.float32).unsqueeze(1) * 2 - 1
X, y = to_tensor(images), torch.tensor(labels)
Xt, yt = to_tensor(digits.images[test_id]), torch.tensor(digits.target[test_id])

cnn = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(96, 10))
opt = torch.optim.Adam(cnn.parameters(), lr=4e-3)
for epoch in range(8):
    total = 0.0
    batches = torch.randperm(len(X)).split(50)
    for b in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(cnn(X[b]), y[b])
        loss.backward()
        opt.step()
        total += loss.item()
    print("epoch %d: %.4f" % (epoch + 1, total / len(batches)))
cnn.eval()
with torch.no_grad():
    print("metric:", (cnn(Xt).argmax(1) == yt).float().mean().item())
