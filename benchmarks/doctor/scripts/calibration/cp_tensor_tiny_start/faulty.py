"""Completing a users x items x hours tensor with a CP model, T[u,i,h] = sum_r A[u,r] B[i,r] C[h,r]."""
import torch

torch.manual_seed(64)
N_USERS, N_ITEMS, N_HOURS, RANK = 40, 30, 24, 3
INIT_STD = 0.005

# ground truth with smooth daily profiles
true_u = torch.rand(N_USERS, RANK) * 1.5 + 0.2
true_i = torch.randn(N_ITEMS, RANK)
hours = torch.arange(N_HOURS) * (2 * torch.pi / 24)
true_h = torch.stack([1 + 0.5 * hours.sin(), 1 + 0.7 * hours.cos(), 1 - 0.6 * (2 * hours).sin()], 1)
full = torch.einsum("ur,ir,hr->uih", true_u, true_i, true_h)
full = full / full.std() + 0.1 * torch.randn_like(full)

index = torch.stack(torch.meshgrid(torch.arange(N_USERS), torch.arange(N_ITEMS), torch.arange(N_HOURS), indexing="ij"), -1).reshape(-1, 3)
index = index[torch.randperm(len(index))]
train, test = index[:9000], index[9000:12000]


def values(ix):
    return full[ix[:, 0], ix[:, 1], ix[:, 2]]


A = torch.nn.Parameter(INIT_STD * torch.randn(N_USERS, 6))
B = torch.nn.Parameter(INIT_STD * torch.randn(N_ITEMS, 6))
C = torch.nn.Parameter(INIT_STD * torch.randn(N_HOURS, 6))
opt = torch.optim.SGD([A, B, C], lr=1.0, momentum=0.9)


def model(ix):
    return (A[ix[:, 0]] * B[ix[:, 1]] * C[ix[:, 2]]).sum(1)


y_train, y_test = values(train), values(test)
for step in range(800):
    pick = torch.randint(len(train), (512,))
    loss = (model(train[pick]) - y_train[pick]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 99:
        print(f"step {step + 1}: mse {loss.item():.4f}")

with torch.no_grad():
    mse = (model(test) - y_test).square().mean()
print("metric:", (1 - mse / y_test.var(unbiased=False)).item())
