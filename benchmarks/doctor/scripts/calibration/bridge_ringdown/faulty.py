# Ring-down of a footbridge after a jump test: one damped mode, six accelerometers.
# Fit amplitude and phase per sensor, and the mode's frequency and damping, by gradient descent.
import math
import torch

torch.manual_seed(2)

# --- the record (simulated) -------------------------------------------------------------
S = 6
t_all = torch.linspace(0, 3, 600)
f_true, zeta = 4.6, 0.9
amp = torch.rand(S) * 1.2 + 0.4
phi = torch.rand(S) * 2 * math.pi
signal = amp * torch.exp(-zeta * t_all[:, None]) * torch.sin(2 * math.pi * f_true * t_all[:, None] + phi)
record = signal + 0.04 * torch.randn(600, S)
perm = torch.randperm(600)
fit, held = perm[:450], perm[450:]
record = record / record[fit].std()


class Mode(torch.nn.Module):
    """a_s exp(-d t) sin(w t) + b_s exp(-d t) cos(w t)"""

    def __init__(self, frequency_guess):
        super().__init__()
        self.omega = torch.nn.Parameter(torch.tensor(frequency_guess))
        self.log_damping = torch.nn.Parameter(torch.tensor(0.0))
        self.a = torch.nn.Parameter(0.1 * torch.randn(S))
        self.b = torch.nn.Parameter(0.1 * torch.randn(S))

    def forward(self, t):
        envelope = torch.exp(-self.log_damping.exp() * t)[:, None]
        angle = (self.omega * t)[:, None]
        return envelope * (self.a * torch.sin(angle) + self.b * torch.cos(angle))


mode = Mode(frequency_guess=4.4)     # Hz, from the drawing office
opt = torch.optim.Adam(mode.parameters(), lr=0.02)
history = []
for epoch in range(100):
    for idx in fit[torch.randperm(450)].split(75):
        loss = ((mode(t_all[idx]) - record[idx]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    history.append(loss.item())
    if epoch % 20 == 19:
        print(f"{epoch + 1:4d}  loss {loss.item():.4f}  omega {mode.omega.item():.3f} rad/s")

with torch.no_grad():
    residual = (mode(t_all[held]) - record[held]).square().mean()
print("metric:", (1 - residual / record[held].var()).item())
