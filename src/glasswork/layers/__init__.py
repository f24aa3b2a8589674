"""Layers: parts that two or more models share, and the preprocessing that travels inside a network."""

from glasswork.layers.attention import Attention as Attention
from glasswork.layers.attention import attention as attention
from glasswork.layers.attention import attention_formula as attention_formula
from glasswork.layers.bidirectional import Bidirectional as Bidirectional
from glasswork.layers.category_inputs import CategoryInputs as CategoryInputs
from glasswork.layers.category_inputs import embedding_width as embedding_width
from glasswork.layers.column_scale import ColumnScale as ColumnScale
from glasswork.layers.image_inputs import ImageInputs as ImageInputs
from glasswork.layers.network import Network as Network
from glasswork.layers.number_inputs import NumberInputs as NumberInputs
from glasswork.layers.padding import check_tokens as check_tokens
from glasswork.layers.padding import length_mask as length_mask
from glasswork.layers.padding import masked_max as masked_max
from glasswork.layers.padding import masked_mean as masked_mean
from glasswork.layers.padding import reverse_by_length as reverse_by_length
from glasswork.layers.periodic import Periodic as Periodic
from glasswork.layers.piecewise_linear import PiecewiseLinear as PiecewiseLinear
from glasswork.layers.piecewise_linear import knots_of as knots_of
from glasswork.layers.series_inputs import SeriesInputs as SeriesInputs
from glasswork.layers.sinusoid import sinusoid as sinusoid
from glasswork.layers.statistics import column_quantiles as column_quantiles
from glasswork.layers.statistics import mean_and_deviation as mean_and_deviation
from glasswork.layers.table_inputs import TableInputs as TableInputs
from glasswork.layers.target_scale import TargetScale as TargetScale
from glasswork.layers.transformer_block import TransformerBlock as TransformerBlock
