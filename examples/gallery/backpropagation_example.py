"""What comes out of the course's solved back-propagation example when a machine does it again?"""

from math import isclose

from glasswork import course
from glasswork.tracing import Document
from glasswork.tracing.worked import lesson, worked_document


def run() -> tuple[Document, str, bool]:
    page = worked_document("WE-10")
    example, found = course.worked("WE-10"), lesson("WE-10")
    right = [
        name
        for name, expected in example["expected"].items()
        if isclose(found.numbers[name], expected, rel_tol=1e-12, abs_tol=1e-12)
    ]
    printed = ", ".join(f"{name} ({said})" for name, said in example["note_value"].items())
    answer = (
        f"{len(right)} of its {len(example['expected'])} numbers come out of the trace to twelve digits. Six that the "
        f"notes print differ in their last digit, because the notes go on with rounded values: {printed}."
    )
    six = len(example["note_value"]) == 6
    return page, answer, six and len(right) == len(example["expected"])
