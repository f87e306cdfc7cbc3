"""A package, so that it keeps its name: odfpy appends to the path a folder of its own that holds a `script.py`."""
