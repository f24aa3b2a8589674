import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(104)


class Defects(Dataset):
    """grey patches 10x10, one third of them with a scratch"""

    def __init__(self, n):
        self.img = torch.randn(n, 1, 10, 10) * 0.7
        self.lab = (torch.rand(n) < 0.33).float()
        for i in torch.nonzero(self.lab)[:, 0].tolist():
            r = int(torch.randint(1, 9, (1,)))
            self.img[i, 0, r, 1:9] += 1.6

    def __len__(self):
        return len(self.lab)

    def __getitem__(self, idx):
        return {"image": self.img[idx], "label": self.lab[idx]}


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 12, 3)
        self.conv2 = nn.Conv2d(12, 12, 3)
        self.out = nn.Linear(12, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        x = nn.functional.relu(self.conv(x))
        x = nn.functional.relu(self.conv2(x)).amax((2, 3))
        return self.out(x)


model = Detector()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loader = DataLoader(Defects(700), batch_size=25, shuffle=True)
for epoch in range(6):
    for sample in loader:
        optimizer.zero_grad()
        pred = model(sample["image"])
        loss = criterion(pred.squeeze(1), sample["label"])
        loss.backward()
        optimizer.step()
    print(f"epoch={epoch} loss={loss.item():.4f}")
test = Defects(300)
with torch.no_grad():
    hat = model(test.img).squeeze(1) > 0
    good = test.lab.bool()
    print("metric:", 0.5 * (hat[good].float().mean() + (~hat[~good]).float().mean()).item())
