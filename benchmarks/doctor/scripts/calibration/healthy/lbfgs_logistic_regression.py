import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(212)
X, y = load_breast_cancer(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.3, random_state=212)
mu, sd = Xa.mean(0), Xa.std(0)
Xa, Xb = torch.tensor((Xa - mu) / sd), torch.tensor((Xb - mu) / sd)
ya, yb = torch.tensor(ya).double(), torch.tensor(yb).double()
lr = torch.nn.Linear(30, 1).double()
opt = torch.optim.LBFGS(lr.parameters(), max_iter=5, line_search_fn='strong_wolfe')
for it in range(10):
    def closure():
        opt.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(lr(Xa)[:, 0], ya) + 1e-2 * lr.weight.pow(2).sum()
        loss.backward()
        return loss
    print(it, opt.step(closure).item())
print('metric:', ((lr(Xb)[:, 0] > 0) == yb.bool()).double().mean().item())
