"""House numbers: two digits side by side in one picture, each read by the same network."""

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(91)
source = load_digits()
pictures = torch.tensor(source.images / 16.0, dtype=torch.float32)
targets = torch.tensor(source.target)
order = torch.randperm(len(targets))
seen, unseen = order[:1400], order[1400:]


class HouseNumbers(Dataset):
    """Pairs of single digits, drawn once; train and test take different writers' digits."""

    def __init__(self, pool, n):
        self.pick = pool[torch.randint(len(pool), (n, 2))]

    def __len__(self):
        return len(self.pick)

    def __getitem__(self, i):
        left, right = self.pick[i]
        plate = torch.cat([pictures[left], pictures[right]], dim=1)
        return {"plate": (plate.unsqueeze(0) - 0.3) / 0.37, "tens": targets[left], "units": targets[right]}


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(24 * 2 * 2, 64),
            nn.ReLU(),
        )
        self.head = nn.Linear(64, 10)

    def forward(self, plate):
        left, right = plate.split(8, dim=3)
        return self.head(self.body(left)), self.head(self.body(right))


train_loader = DataLoader(HouseNumbers(seen, 2500), batch_size=50, shuffle=True)
test_loader = DataLoader(HouseNumbers(unseen, 500), batch_size=250)
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    model.train()
    total = 0.0
    for batch in train_loader:
        tens, units = model(batch["plate"])
        loss = criterion(tens, batch["tens"]) + criterion(units, batch["units"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1}: {total / len(train_loader):.4f}")

model.eval()
both = 0
with torch.no_grad():
    for batch in test_loader:
        tens, units = model(batch["plate"])
        both += ((tens.argmax(1) == batch["tens"]) & (units.argmax(1) == batch["units"])).sum().item()
print("metric:", both / 500)
