"""The colours of the shell: a style for each class of text, by theme, and the escape sequences of what it prints.

`THEMES` is in prompt_toolkit's words and colours what is typed (Pygments' token types are classes here). `PRINTED`
colours what the shell prints around a value, with the terminal's own sixteen colours, which every theme shares.
"""

from __future__ import annotations

# What is printed → SGR parameters.
PRINTED = {
    "out": "31",
    "footer": "2",
    "error": "31;1",
    "caret": "31;1",
    "place": "2",
    "heading": "1",
    "name": "36",
}

# Class → style, in prompt_toolkit's words. The colours of "terminal" are the user's own sixteen.
_COMMON = {
    "completion-menu": "bg:ansibrightblack fg:ansiwhite",
    "completion-menu.completion.current": "bg:ansicyan fg:ansiblack noreverse",
    "completion-menu.meta.completion": "bg:ansibrightblack fg:ansiwhite",
    "completion-menu.meta.completion.current": "bg:ansicyan fg:ansiblack",
    "bottom-toolbar": "noreverse",
    "hint.argument": "bold underline",
    "hint.summary": "italic",
    "auto-suggestion": "fg:ansibrightblack",
}
THEMES: dict[str, dict[str, str]] = {
    "terminal": {
        **_COMMON,
        "prompt": "fg:ansigreen",
        "prompt.number": "fg:ansigreen bold",
        "prompt-continuation": "fg:ansigreen",
        "pygments.keyword": "fg:ansigreen bold",
        "pygments.keyword.constant": "fg:ansimagenta",
        "pygments.operator.word": "fg:ansigreen bold",
        "pygments.name.builtin": "fg:ansicyan",
        "pygments.name.function": "fg:ansiblue bold",
        "pygments.name.decorator": "fg:ansimagenta bold",
        "pygments.literal.number": "fg:ansimagenta",
        "pygments.literal.string": "fg:ansiyellow",
        "pygments.literal.string.escape": "fg:ansiyellow bold",
        "pygments.comment": "fg:ansibrightblack italic",
        "pygments.error": "fg:ansired",
    },
    "dark": {
        **_COMMON,
        "completion-menu": "bg:#303841 fg:#d8dee9",
        "completion-menu.meta.completion": "bg:#3b4550 fg:#aab4c0",
        "auto-suggestion": "fg:#7a828c",
        "prompt": "fg:#8fce72",
        "prompt.number": "fg:#b2f08f bold",
        "prompt-continuation": "fg:#6c9c56",
        "pygments.keyword": "fg:#d9a0f0",
        "pygments.keyword.constant": "fg:#f0a36b",
        "pygments.operator.word": "fg:#d9a0f0",
        "pygments.name.builtin": "fg:#6fcbe0",
        "pygments.name.function": "fg:#82aaff bold",
        "pygments.name.decorator": "fg:#e88fb0 bold",
        "pygments.literal.number": "fg:#f0a36b",
        "pygments.literal.string": "fg:#b8d977",
        "pygments.literal.string.escape": "fg:#e5d37a",
        "pygments.comment": "fg:#8a929c italic",
        "pygments.error": "fg:#ff7b72",
    },
    "light": {
        **_COMMON,
        "completion-menu": "bg:#e4e7eb fg:#1f2933",
        "completion-menu.meta.completion": "bg:#d5dae0 fg:#3e4c59",
        "auto-suggestion": "fg:#7b8794",
        "prompt": "fg:#1a7f37",
        "prompt.number": "fg:#116329 bold",
        "prompt-continuation": "fg:#4f8f62",
        "pygments.keyword": "fg:#8031a7",
        "pygments.keyword.constant": "fg:#a3480a",
        "pygments.operator.word": "fg:#8031a7",
        "pygments.name.builtin": "fg:#0b6e8a",
        "pygments.name.function": "fg:#0550ae bold",
        "pygments.name.decorator": "fg:#a0306a bold",
        "pygments.literal.number": "fg:#a3480a",
        "pygments.literal.string": "fg:#3d6b00",
        "pygments.literal.string.escape": "fg:#7a5a00",
        "pygments.comment": "fg:#656f7a italic",
        "pygments.error": "fg:#c0221d",
    },
}
