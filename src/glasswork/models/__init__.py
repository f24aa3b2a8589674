"""Models: whole architectures, one a file."""

from glasswork.models.convnet import ConvNet as ConvNet
from glasswork.models.gpt import GPT as GPT
from glasswork.models.gpt import SquaredReLU as SquaredReLU
from glasswork.models.gpt import rotate as rotate
from glasswork.models.gru_text import GRUText as GRUText
from glasswork.models.linear import Linear as Linear
from glasswork.models.linear_forecaster import LinearForecaster as LinearForecaster
from glasswork.models.logistic_regression import LogisticRegression as LogisticRegression
from glasswork.models.lstm_forecaster import LSTMForecaster as LSTMForecaster
from glasswork.models.lstm_text import LSTMText as LSTMText
from glasswork.models.mlp import MLP as MLP
from glasswork.models.ngrams import NGrams as NGrams
from glasswork.models.nlinear import NLinear as NLinear
from glasswork.models.resnet import ResNet as ResNet
from glasswork.models.text_cnn import TextCNN as TextCNN
from glasswork.models.text_transformer import TextTransformer as TextTransformer
