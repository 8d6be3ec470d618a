"""Pictures of tensors for a terminal: plot, histogram, heat map, image, summary.

Each picture is one file with a `*_facts` function (a NumPy array in, a frozen dataclass out), a `render_*` function
(the facts, a width, a height and a level of colour in, text out) and a `describe_*` function that says the same in
words, for a screen reader. No line is wider than the width. At the level "none" the text holds no escape sequence, and
the characters alone carry the picture. Nothing here is imported before a picture is asked for, and nothing here imports
more than NumPy.
"""
