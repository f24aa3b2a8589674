import torch
from torch import nn

from glasswork.layers import Network, SeriesInputs, TableInputs, TargetScale
from glasswork.models import MLP, NLinear


def test_a_tensor_goes_in_as_x_and_answers_come_in_the_targets_units():
    targets = torch.tensor([[100.0], [300.0]])
    inputs = TableInputs(numbers=1).fit(numbers=torch.tensor([[1.0], [3.0]]))
    body = MLP(inputs=inputs.outputs, outputs=1, hidden=[])
    network = Network(inputs=inputs, body=body, target=TargetScale(1).fit(targets))
    with torch.no_grad():
        body.head.weight.copy_(torch.tensor([[1.0, 5.0]]))
        body.head.bias.zero_()
    torch.testing.assert_close(network(numbers=torch.tensor([[1.0], [3.0]])), targets)


def test_a_dict_goes_in_by_name():
    series = torch.tensor([[1.0, 7.0], [3.0, 9.0]])
    body = NLinear(past=2, horizon=1, channels=2, targets=1)
    network = Network(inputs=SeriesInputs(2).fit(series), body=body, target=TargetScale(1).fit(series[:, :1]))
    # An untrained NLinear repeats the last value, through both scalings.
    torch.testing.assert_close(network(past=series.unsqueeze(0)), torch.tensor([[[3.0]]]))


def test_without_preprocessing_inputs_pass_untouched():
    class Sum(nn.Module):
        def forward(self, tokens, lengths):
            return tokens.sum(1, keepdim=True) + lengths.unsqueeze(1)

    network = Network(body=Sum())
    assert network(tokens=torch.ones(2, 3), lengths=torch.tensor([4, 5])).tolist() == [[7], [8]]


def test_one_state_carries_everything():
    network = Network(inputs=TableInputs(numbers=1), body=MLP(inputs=2, outputs=1), target=TargetScale(1))
    names = set(network.state_dict())
    assert {"inputs.numbers.median", "body.head.weight", "target.deviation"} <= names
