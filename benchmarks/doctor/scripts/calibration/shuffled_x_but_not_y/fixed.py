import torch
from torch.utils.data import TensorDataset, DataLoader
from sklearn.datasets import make_friedman1
from sklearn.utils import shuffle

torch.manual_seed(61)
X, y = make_friedman1(n_samples=1000, noise=0.5, random_state=61)
Xtest, ytest = make_friedman1(n_samples=400, noise=0.5, random_state=62)
X, y = shuffle(X, y, random_state=61)
ymean, ystd = y.mean(), y.std()


def prep(X, y):
    return torch.tensor(X * 2 - 1).float(), torch.tensor((y - ymean) / ystd).float()


net = torch.nn.Sequential(
    torch.nn.Linear(10, 32), torch.nn.GELU(),
    torch.nn.Linear(32, 32), torch.nn.GELU(),
    torch.nn.Linear(32, 1), torch.nn.Flatten(0),
)
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
loader = DataLoader(TensorDataset(*prep(X, y)), batch_size=50, shuffle=True)
xt, yt = prep(Xtest, ytest)
for epoch in range(25):
    net.train()
    train_loss = 0.
    for a, b in loader:
        loss = torch.nn.functional.mse_loss(net(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(loader)
    net.eval()
    with torch.no_grad():
        val_loss = torch.nn.functional.mse_loss(net(xt), yt).item()
    if epoch % 5 == 4:
        print(epoch, train_loss, val_loss)
print('metric:', 1 - val_loss / yt.var().item())
