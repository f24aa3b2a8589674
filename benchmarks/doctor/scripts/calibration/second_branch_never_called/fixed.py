import torch
from torch import nn

torch.manual_seed(121)
N = 1200
img = torch.randn(N, 32)
txt = torch.randn(N, 12)
w1, w2 = torch.randn(32), torch.randn(12)
label = ((img @ w1) / 32 ** 0.5 + 1.5 * (txt @ w2) / 12 ** 0.5 > 0).float()


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.image_branch = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 8))
        self.text_branch = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 8))
        self.fusion = nn.Linear(16, 1)

    def forward(self, image, text):
        a = self.image_branch(image)
        b = self.text_branch(text)
        return self.fusion(torch.cat([a, b], dim=1)).squeeze(1)


model = TwoTower()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(10):
    running = 0.
    for i in range(0, 960, 48):
        s = slice(i, i + 48)
        optimizer.zero_grad()
        loss = bce(model(img[s], txt[s]), label[s])
        loss.backward()
        optimizer.step()
        running += loss.item()
    print(f"[{epoch}] {running / 20:.4f}")
with torch.no_grad():
    print("metric:", ((model(img[960:], txt[960:]) > 0) == label[960:].bool()).float().mean().item())
