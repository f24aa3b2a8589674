import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(340)
# the image is the parameter, the network only measures it
vgg = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()).eval()
for p in vgg.parameters():
    p.requires_grad_(False)
yy, xx = torch.meshgrid(torch.linspace(-1, 1, 16), torch.linspace(-1, 1, 16), indexing='ij')
style = torch.sin(8 * xx)[None, None]
content = torch.exp(-4 * (xx ** 2 + yy ** 2))[None, None]


def gram(f):
    f = f.flatten(2)[0]
    return f @ f.t() / f.shape[1]


with torch.no_grad():
    target_style, target_content = gram(vgg(style)), vgg(content)
image = torch.randn_like(content).requires_grad_(True)
opt = torch.optim.Adam([image], lr=0.02)
first = None
for step in range(150):
    opt.zero_grad()
    f = vgg(image)
    loss = 50 * F.mse_loss(gram(f), target_style) + F.mse_loss(f, target_content)
    loss.backward()
    opt.step()
    first = first or loss.item()
    if step % 30 == 0:
        print(step, loss.item())
print('metric:', 1 - loss.item() / first)
