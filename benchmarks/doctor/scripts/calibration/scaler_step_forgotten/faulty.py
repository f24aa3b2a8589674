import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

torch.manual_seed(20)
X, y = load_wine(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.3, random_state=20)
s = StandardScaler().fit(Xa)
Xa, Xb = torch.Tensor(s.transform(Xa)), torch.Tensor(s.transform(Xb))
ya, yb = torch.LongTensor(ya), torch.LongTensor(yb)

device = "cuda" if torch.cuda.is_available() else "cpu"
model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scaler = torch.amp.GradScaler(device)

for epoch in range(40):
    for i in torch.randperm(len(Xa)).split(31):
        optimizer.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16):
            out = model(Xa[i].to(device))
            loss = nn.functional.cross_entropy(out, ya[i].to(device))
        scaler.scale(loss).backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())

with torch.no_grad():
    print("metric:", (model(Xb.to(device)).argmax(1).cpu() == yb).float().mean().item())
