"""Tracing: any training step of any torch model as arithmetic that a person can check.

>>> import torch, glasswork as gw
>>> net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sigmoid(), torch.nn.Linear(2, 1))
>>> adam = torch.optim.SGD(net.parameters(), lr=0.1)
>>> step = gw.trace(net, torch.nn.functional.mse_loss, torch.ones(1, 2), torch.ones(1, 1), optimizer=adam)
>>> step.check().ok
True

The room's layers, each alone testable; data flows down, and writers never compute:

1. **record** (`record`, `recorder`, `live`, `modes`, `tape`): a `Tape` of every primitive operation with its values.
   `live` knows which variable a tensor stands for after in-place writes, `untouched` leaves no mark on the user's
   objects, `transparent` opens fused kernels, `precision` draws the numbers that the real step would draw, `closures`
   finds the tensors of plain functions.
2. **sweep** (`replay`, `sweep`): the chain rule from the loss back, ours; torch gives the derivative of each single
   operation only. ``Sweep.cotangents[variable]`` is dL/d(variable): the delta of whatever that variable is. Beyond
   100 MB of values `Trace.sweep` keeps gradients alone; ``sweep(tape, keep={variables})`` keeps what a page needs.
3. **local**, **paths**: single numbers. `products` gives an output number as the list of the input numbers that are
   multiplied; `terms` the chain rule for one number; `paths` all ways to the loss, the strongest k and the exact rest.
4. **update**, **templates**: the optimizer's formula per parameter, as expressions, verified
   (``Update.equations(element)``).
5. **algebra**: `Sum Prod Frac Apply Num Sym Rest`, `Equation`; `Ref` ties a symbol to a number of the tape.
   **reread** computes a printed line again from its printed numbers.
6. **check** (`check`, `differences`, `by_hand`): autograd, central differences, plain-Python formulas, sums of terms,
   optimizers.
7. **document**: what a page says, plain data for the writers: `Line`, `Table`, `Heat`, `Graph` ... in `Section`s.
   **notation** names every number (w^k_ij, or PyTorch's names); **elements** follows single numbers past the plumbing,
   with a formula (`rules`) and a local derivative (`slopes`) for each.
8. **selection**: which numbers stand on the page for one weight, unit, layer or net. `backward` follows the strongest
   terms within a `budget`, `sections` groups the lines and adds paths and update, `readable` the composite operations
   in the lecture's symbols, `overview` is the view from above, `pages` resolves names. `settling` rounds each line
   (`figures`) so that its text (`plain`) comes true when `reread` computes it again.
9. **trace**: the public face, `trace(...)` -> `Trace`; ``trace.document(name)`` is for writers, ``trace.text(name)``
   for the terminal.

How to build on it:

- *Which operation made this value?* ``tape.variables[v].record`` (None for leaves), ``tape.records[r]``. Who uses it:
  ``tape.users()[v]`` -> (record, which use).
- *What did an operation get?* ``record.uses[n].variable``; its arguments in full are ``record.arguments`` and
  ``record.keywords``, nested structures in which ``Slot(n)`` is the n-th use. `tape.fill` puts values in.
- *What is the step called?* ``tape.calls[record.call]`` is the innermost named call (`linear`, `softmax`), its
  ``parent`` the one around it (`multi_head_attention_forward`); ``call.first`` and ``call.last`` bound its records.
  In ``call.arguments`` and ``call.result`` a ``Slot(v)`` is *variable* v. A readable expansion re-runs the formula twin
  on these values (under `record`, if its own tape is wanted) and compares with ``call.result``.
- *Where?* ``tape.visits[record.visit]``: module path, number of the visit (the time step of a recurrent cell), parent,
  its arguments and result; ``record.source``: the user's line.
- *Does a derivative flow here?* ``use.needs``; it is what autograd said. Where `detach` cuts, the variable is the same
  and the use does not need.
- *In place?* A written tensor is a new variable; ``use.written`` marks the argument. Records of kind ``scatter`` (a
  base after one of its views was written), ``gather`` (a view read anew) and ``overwritten`` (written behind
  autograd's back) move numbers and do no arithmetic: show them as "the same numbers".
- *Random?* ``record.random``; the outcome is the output variable's value (dropout's mask is ``bernoulli_`` then
  ``div_``). It is a constant.
- *Custom function?* ``record.kind == "declared"``: a black box with both sides in ``record.extra``.
- *Branch on a value?* ``record.answer`` is the number or bool that the program then decided on.
- *The step failed?* ``trace.failure`` has the error, the module, the operation and the shapes that went in.
"""

from glasswork.tracing.check import Check as Check
from glasswork.tracing.check import check as check
from glasswork.tracing.document import Document as Document
from glasswork.tracing.document import Section as Section
from glasswork.tracing.exercise import Exercise as Exercise
from glasswork.tracing.exercise import exercise as exercise
from glasswork.tracing.local import products as products
from glasswork.tracing.local import terms as terms
from glasswork.tracing.notation import Notation as Notation
from glasswork.tracing.paths import paths as paths
from glasswork.tracing.plane import decision_plane as decision_plane
from glasswork.tracing.plane import descent_plane as descent_plane
from glasswork.tracing.record import record as record
from glasswork.tracing.reread import reread as reread
from glasswork.tracing.reread import reread_line as reread_line
from glasswork.tracing.sweep import Sweep as Sweep
from glasswork.tracing.sweep import sweep as sweep
from glasswork.tracing.tape import Tape as Tape
from glasswork.tracing.together import together as together
from glasswork.tracing.trace import Trace as Trace
from glasswork.tracing.trace import trace as trace
from glasswork.tracing.update import update as update
