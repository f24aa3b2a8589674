"""Writers: a document as text, HTML, LaTeX or JSON. They print what is there, and never compute."""
