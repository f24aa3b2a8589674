import random
import torch
from torch import nn, optim

random.seed(252); torch.manual_seed(252)


class Chain:
    """ten states in a row; 'forward' slips sometimes; reward at the end"""
    def __init__(self): self.s = 0
    def reset(self): self.s = 0; return self.s
    def step(self, a):
        if random.random() < 0.1: a = 1 - a
        self.s = min(9, self.s + 1) if a else max(0, self.s - 1)
        return self.s, float(self.s == 9), self.s == 9


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 16)
        self.out = nn.Linear(16, 2)
    def forward(self, s): return self.out(torch.relu(self.emb(s)))


online, slow = QNet(), QNet()
slow.load_state_dict(online.state_dict())
for p in slow.parameters(): p.requires_grad = False
opt = optim.RMSprop(online.parameters(), lr=3e-3)
buffer, env = [], Chain()
for episode in range(60):
    s = env.reset()
    for t in range(40):
        with torch.no_grad():
            a = random.randint(0, 1) if random.random() < max(.1, .8 - episode / 40) else int(online(torch.tensor(s)).argmax())
        s2, r, d = env.step(a)
        buffer.append((s, a, r, s2, float(d)))
        s = s2
        if len(buffer) > 50:
            S, A, R, S2, D = (torch.tensor(v) for v in zip(*random.sample(buffer, 32)))
            with torch.no_grad():
                y = R + .9 * (1 - D) * slow(S2).gather(1, online(S2).argmax(1, keepdim=True)).squeeze(1)
            loss = nn.functional.mse_loss(online(S).gather(1, A.unsqueeze(1)).squeeze(1), y)
            opt.zero_grad(); loss.backward(); opt.step()
            for p, q in zip(slow.parameters(), online.parameters()): p.data.mul_(.98).add_(q.data, alpha=.02)
        if d: break
    if episode % 20 == 0: print('episode', episode, 'steps', t + 1)
with torch.no_grad():
    print('metric:', (online(torch.arange(9)).argmax(1) == 1).float().mean().item())
