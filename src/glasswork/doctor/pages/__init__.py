"""Pages: a checkup as one file of HTML that needs no network and no script."""

from glasswork.doctor.pages.page import as_page as as_page
