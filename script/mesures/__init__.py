"""Measurements of script/bench: what the application costs, as a ratio to a floor run in the same minute.

Every comparison is interleaved (floor, ours, floor, ours…), counted in CPU time of the process, and summed up by its
median: wall time doubles on a busy machine while CPU time moves by a few percent.
"""
