# Adding task with an IRNN (ReLU recurrence, identity start), after Le, Jaitly and Hinton.
import torch
import torch.nn as nn

torch.manual_seed(4)
T, HIDDEN, BATCH, STEPS = 20, 64, 64, 1000


def make_batch(n):
    values = torch.rand(n, T)
    marks = torch.zeros(n, T)
    rows = torch.arange(n)
    marks[rows, torch.randint(0, T // 2, (n,))] = 1.0
    marks[rows, torch.randint(T // 2, T, (n,))] = 1.0
    x = torch.stack([values - 0.5, marks], dim=2)
    target = (values * marks).sum(1, keepdim=True) - 1.0
    return x, target


class IRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(HIDDEN, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.1)
        nn.init.zeros_(self.rnn.bias_ih_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.out(h[-1])


net = IRNN()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
criterion = nn.MSELoss()

for step in range(STEPS):
    x, y = make_batch(BATCH)
    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        print(step, round(loss.item(), 4))

net.eval()
with torch.no_grad():
    x, y = make_batch(1000)
    error = criterion(net(x), y).item()
print("metric:", 1 - error / y.var().item())
