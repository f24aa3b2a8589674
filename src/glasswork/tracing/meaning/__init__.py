"""Meaning: composite operations in the steps and symbols of a lecture, checked against the tape where they are used.

>>> import torch, glasswork as gw
>>> step = gw.trace(torch.nn.LSTMCell(1, 1), lambda out: out[0].sum(), torch.ones(1, 1))
>>> cell = expand(next(call for call in step.tape.calls if call.name == "lstm_cell"), step.tape, step.sweep)
>>> [quantity.symbol for quantity in cell.computed]
['a', 'a', 'a', 'a', 'i', 'f', 'g', 'o', 'c', 'h']

`expand` explains one call, `expansions` all of a tape. An `Expansion` has `Quantity`s in order: values, gradients, and
per element a formula (``quantity.equation(element)``) and a line of the chain rule (``expansion.backward(quantity,
element)``; ``expansion.short`` has the closed form that everybody knows, such as p - y). ``quantity[element]`` is a
symbol of the algebra, whose value and letters are set. `chapter` makes a section of a document of it.

To explain an operation of your own, write one file in this folder, or hand a function to `expand`::

    def swish(steps, x):                       # the arguments of the call
        given = steps.given("x", x, ("n", "unit"))
        y = x * x.sigmoid()
        steps.name("y", y, ("n", "unit"), lambda n, j: given[n, j] * Apply("sigmoid", (given[n, j],)))
        return y                               # what the call returned

    EXPLAINS = {"swish": swish}                # the call's public name
"""

from glasswork.tracing.meaning.chapter import chapter as chapter
from glasswork.tracing.meaning.expand import expand as expand
from glasswork.tracing.meaning.expand import expandable as expandable
from glasswork.tracing.meaning.expand import expansions as expansions
from glasswork.tracing.meaning.expansion import Expansion as Expansion
from glasswork.tracing.meaning.quantity import Part as Part
from glasswork.tracing.meaning.quantity import Quantity as Quantity
from glasswork.tracing.meaning.quantity import dot as dot
from glasswork.tracing.meaning.steps import Decline as Decline
from glasswork.tracing.meaning.steps import Steps as Steps
