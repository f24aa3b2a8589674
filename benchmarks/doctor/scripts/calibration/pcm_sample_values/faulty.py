import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SR = 4000
CLIP = 256
CLASSES = ["tone", "chirp up", "chirp down", "two tones", "noise burst"]


def synth(label, rng):
    t = np.arange(CLIP) / SR
    f = rng.uniform(200, 900)
    ph = rng.uniform(0, 2 * np.pi)
    if label == 0:
        w = np.sin(2 * np.pi * f * t + ph)
    elif label in (1, 2):
        rate = rng.uniform(5000, 11000)
        k = rate if label == 1 else -rate
        f0 = f if label == 1 else f + rate * t[-1]
        w = np.sin(2 * np.pi * (f0 * t + 0.5 * k * t**2) + ph)
    elif label == 3:
        w = 0.5 * np.sin(2 * np.pi * f * t + ph) + 0.5 * np.sin(2 * np.pi * f * rng.uniform(1.5, 2) * t)
    else:
        w = rng.normal(size=CLIP) * 0.5
    w = w * rng.uniform(0.4, 0.95) + rng.normal(size=CLIP) * 0.02
    return np.clip(w * 32767, -32768, 32767).astype(np.int16)  # as it would come out of a wav file


class Clips(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, len(CLASSES), n)
        self.waves = [synth(k, rng) for k in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        wave = torch.from_numpy(self.waves[i].astype(np.float32))
        return {"wave": wave.unsqueeze(0), "label": int(self.labels[i])}


class WaveNetlet(nn.Module):
    def __init__(self, n_classes, ch=24):
        super().__init__()
        self.front = nn.Conv1d(1, ch, 16, stride=4)
        self.mid = nn.Conv1d(ch, ch, 7, stride=2)
        self.top = nn.Conv1d(ch, 2 * ch, 5, stride=2)
        self.fc = nn.Linear(2 * ch, n_classes)

    def forward(self, x):
        x = torch.relu(self.front(x))
        x = torch.relu(self.mid(x))
        x = torch.relu(self.top(x))
        return self.fc(x.amax(dim=2))


torch.manual_seed(21)
train = DataLoader(Clips(1000, 1), batch_size=40, shuffle=True)
test = DataLoader(Clips(400, 2), batch_size=200)

model = WaveNetlet(len(CLASSES))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
ce = nn.CrossEntropyLoss()
for epoch in range(1, 16):
    model.train()
    s = 0.0
    for batch in train:
        loss = ce(model(batch["wave"]), batch["label"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        s += loss.item()
    print(f"[{epoch:02d}] loss={s / len(train):.3f}")

model.eval()
hits = 0
with torch.no_grad():
    for batch in test:
        hits += (model(batch["wave"]).argmax(1) == batch["label"]).sum().item()
print("metric:", hits / len(test.dataset))
