"""Data: read, recognised, split and encoded, before any tensor library is loaded.

`prepare` is what training starts from, `encode` reads new data by the contract of a run, `inspect` looks for trouble.
"""

from glasswork.data.bundled import bundled_table as bundled_table
from glasswork.data.contract import CategoryColumn as CategoryColumn
from glasswork.data.contract import Column as Column
from glasswork.data.contract import Contract as Contract
from glasswork.data.contract import ImageFacts as ImageFacts
from glasswork.data.contract import SeriesFacts as SeriesFacts
from glasswork.data.contract import TokenFacts as TokenFacts
from glasswork.data.dataset import Examples as Examples
from glasswork.data.dataset import ImageFiles as ImageFiles
from glasswork.data.dataset import Inspection as Inspection
from glasswork.data.dataset import Prepared as Prepared
from glasswork.data.dataset import Ragged as Ragged
from glasswork.data.encode import encode as encode
from glasswork.data.files import content_hash as content_hash
from glasswork.data.inspect import inspect as inspect
from glasswork.data.kinds import recognise_kind as recognise_kind
from glasswork.data.options import DataOptions as DataOptions
from glasswork.data.options import SplitOptions as SplitOptions
from glasswork.data.prepare import prepare as prepare
from glasswork.data.split import split as split
from glasswork.data.table import Table as Table
from glasswork.data.table import read_table as read_table
from glasswork.data.table_examples import encode_table as encode_table
from glasswork.data.table_examples import prepare_frame as prepare_frame
