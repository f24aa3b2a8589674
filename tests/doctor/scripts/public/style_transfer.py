"""Not a weight is trained: an image is moved by LBFGS until a frozen net's features say what they should."""

import torch
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
import torch.optim as optim
from fingerprint import fingerprint
from sklearn.datasets import load_digits

torch.manual_seed(0)
images = torch.tensor(load_digits().images / 16, dtype=torch.float32).unsqueeze(1)
content_img, style_img = images[0:1], images[4:5]
cnn = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()).eval()
cnn.requires_grad_(False)


def gram_matrix(x):
    a, b, c, d = x.size()
    features = x.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


with torch.no_grad():
    content_target, style_target = cnn(content_img), gram_matrix(cnn(style_img))
input_img = content_img.clone() + 0.1 * torch.randn_like(content_img)
input_img.requires_grad_(True)
optimizer = optim.LBFGS([input_img])
run = [0]
while run[0] <= 60:

    def closure():
        with torch.no_grad():
            input_img.clamp_(0, 1)
        optimizer.zero_grad()
        features = cnn(input_img)
        style_score = F.mse_loss(gram_matrix(features), style_target) * 1000
        content_score = F.mse_loss(features, content_target)
        loss = style_score + content_score
        loss.backward()
        run[0] += 1
        if run[0] % 20 == 0:
            print(f"run {run[0]}: style {style_score.item():.5f} content {content_score.item():.5f}")
        return style_score + content_score

    optimizer.step(closure)
with torch.no_grad():
    input_img.clamp_(0, 1)
fingerprint(cnn, input_img)
