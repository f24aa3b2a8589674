import numpy as np
import torch
from torch import nn

torch.manual_seed(12)
rng = np.random.default_rng(12)

# A lift in a house of 12 floors: waiting people at one of the floors, three actions (down, stay, up).
FLOORS, GAMMA = 12, 0.9
STATES = [(here, call) for here in range(FLOORS) for call in range(FLOORS)]


def move(here, call, action):
    there = min(max(here + action - 1, 0), FLOORS - 1)
    if there == call:
        return there, int(rng.integers(FLOORS)), 1.0
    return there, call, 0.0


def exact_values():
    v = np.zeros((FLOORS, FLOORS))
    for _ in range(200):
        q = np.zeros((FLOORS, FLOORS, 3))
        for here, call in STATES:
            for a in range(3):
                there = min(max(here + a - 1, 0), FLOORS - 1)
                q[here, call, a] = 1 + GAMMA * v[there].mean() if there == call else GAMMA * v[there, call]
        v = q.max(axis=2)
    return q


def describe(here, call):
    here, call = np.asarray(here), np.asarray(call)
    eye = np.eye(FLOORS, dtype=np.float32)
    return torch.from_numpy(np.concatenate([eye[here], eye[call]], axis=-1))


class QNet(nn.Module):
    def __init__(self, encoder, n_actions=3):
        super().__init__()
        self.encoder = encoder
        self.q = nn.Linear(48, n_actions)

    def forward(self, s):
        return self.q(self.encoder(s))


# experience of a lift that moved at random
log = []
for _ in range(6000):
    here, call, action = rng.integers(FLOORS), rng.integers(FLOORS), rng.integers(3)
    there, next_call, reward = move(here, call, action)
    log.append((here, call, action, there, next_call, reward))
log = np.array(log)
s, s_next = (
    describe(log[:, 0].astype(int), log[:, 1].astype(int)),
    describe(log[:, 3].astype(int), log[:, 4].astype(int)),
)
a = torch.tensor(log[:, 2].astype(int))
r = torch.tensor(log[:, 5], dtype=torch.float32)

encoder = nn.Sequential(nn.Linear(2 * FLOORS, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
online = QNet(encoder)
target = QNet(encoder)
target.load_state_dict(online.state_dict())
target.requires_grad_(False)

q_exact = exact_values()
all_states = describe([x[0] for x in STATES], [x[1] for x in STATES])
truth = torch.tensor(q_exact.reshape(-1, 3), dtype=torch.float32)

optimizer = torch.optim.Adam((p for p in online.parameters() if p.requires_grad), lr=2e-3)
for step in range(1, 901):
    i = torch.randint(len(log), (128,))
    with torch.no_grad():
        goal = r[i] + GAMMA * target(s_next[i]).max(1).values
    value = online(s[i]).gather(1, a[i].unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(value, goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        target.load_state_dict(online.state_dict())
    if step % 150 == 0:
        with torch.no_grad():
            off = (online(all_states) - truth).abs().mean().item()
        print(f"step {step}: loss {loss.item():.4f}  mean distance to the exact values {off:.3f}")

with torch.no_grad():
    residual = ((online(all_states) - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
print(f"metric: {1 - residual.item():.4f}")
