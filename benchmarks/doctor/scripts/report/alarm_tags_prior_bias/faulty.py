import math

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from torch import nn

torch.manual_seed(4)
np.random.seed(4)

# 18 readings of a compressor; eight alarms, each of them on about one time in twelve
N, D, TAGS = 4200, 18, 8
readings = np.random.randn(N, D) @ (np.eye(D) + 0.25 * np.random.randn(D, D))
causes = np.random.randn(TAGS, 2, D) / math.sqrt(D) * 2
scores = (np.einsum("nd,tkd->ntk", readings, causes)).min(axis=2) + 0.1 * np.random.randn(N, TAGS)
alarms = (scores > np.quantile(scores[:3000], 0.92, axis=0)).astype(np.float32)

mu, sd = readings[:3000].mean(0), readings[:3000].std(0)
X = torch.tensor((readings - mu) / sd, dtype=torch.float32)
Y = torch.tensor(alarms)
X_train, Y_train, X_val, Y_val = X[:3000], Y[:3000], X[3000:], Y[3000:]


class AlarmNet(nn.Module):
    def __init__(self, prior=0.08):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(D, 64),
            nn.Tanh(),
            nn.Linear(64, 64),
            nn.Tanh(),
            nn.Linear(64, 48),
            nn.Tanh(),
        )
        self.head = nn.Linear(48, TAGS)
        self.init_weights(prior)

    def init_weights(self, prior):
        # start from the base rate of the alarms, as in the RetinaNet paper
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.constant_(m.bias, -math.log((1 - prior) / prior))

    def forward(self, x):
        return self.head(self.body(x))


net = AlarmNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(20):
    net.train()
    order = torch.randperm(len(X_train))
    losses = []
    for idx in order.split(77):
        optimizer.zero_grad()
        loss = criterion(net(X_train[idx]), Y_train[idx])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    net.eval()
    with torch.no_grad():
        val_logits = net(X_val)
        val_loss = criterion(val_logits, Y_val).item()
    mean_ap = average_precision_score(Y_val.numpy(), val_logits.numpy(), average="macro")
    print(f"{epoch + 1:2d}  train {np.mean(losses):.4f}  val {val_loss:.4f}  mAP {mean_ap:.3f}")
print(f"metric: {mean_ap:.4f}")
