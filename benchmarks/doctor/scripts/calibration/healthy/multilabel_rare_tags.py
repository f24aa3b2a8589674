import torch
from torch import nn
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import average_precision_score

torch.manual_seed(0)
X, Y = make_multilabel_classification(n_samples=2600, n_features=40, n_classes=12, n_labels=3, length=150,
                                      allow_unlabeled=True, random_state=10)
X = torch.tensor(X, dtype=torch.float32)
X = torch.log1p(X)
Y = torch.tensor(Y, dtype=torch.float32)
tr, va = slice(0, 2000), slice(2000, None)
m, s = X[tr].mean(0), X[tr].std(0)
X = (X - m) / s
print("share of each tag:", [round(v, 2) for v in Y[tr].mean(0).tolist()])

model = nn.Sequential(nn.Linear(40, 96), nn.LayerNorm(96), nn.GELU(), nn.Dropout(0.5), nn.Linear(96, 12))
prior = Y[tr].mean(0)
with torch.no_grad():
    model[-1].bias.copy_(torch.log(prior / (1 - prior)))
optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)
loss_fn = nn.BCEWithLogitsLoss()


def evaluate():
    model.eval()
    with torch.no_grad():
        p = model(X[va]).sigmoid()
    model.train()
    return average_precision_score(Y[va].numpy(), p.numpy(), average="macro")


print("untrained:", evaluate())
for epoch in range(15):
    for idx in torch.randperm(2000).split(40):
        out = model(X[tr][idx])
        loss = loss_fn(out, Y[tr][idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "mAP", evaluate())
print("metric:", evaluate())
