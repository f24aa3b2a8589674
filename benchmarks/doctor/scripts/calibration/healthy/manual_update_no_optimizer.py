import torch
# logistic regression with nothing but autograd
torch.manual_seed(0)
X = torch.randn(500, 3)
w_true = torch.tensor([2.0, -1.0, 0.5])
Y = (X @ w_true + 0.2 > 0).float()
W = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.5
for i in range(150):
    p = torch.sigmoid(X[:400] @ W + b)
    loss = torch.nn.functional.binary_cross_entropy(p, Y[:400])
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
        W.grad.zero_()
        b.grad.zero_()
    if i % 30 == 0:
        print(i, loss.item())
print('metric:', ((X[400:] @ W + b > 0).float() == Y[400:]).float().mean().item())
