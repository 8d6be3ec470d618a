"""What IPython's users type out of habit, and what serves for it here.

A command of `NEEDLESS` asks for what is the case anyway, so that a notebook's cell runs as it stands. None of these names
is one of our own commands.
"""

from __future__ import annotations

_DRAWN = "pictures are drawn in the terminal, by %plot, %hist, %heat and %image"
_SETTINGS = "%set has the settings"
_FILES = "the system is not at hand here; %load, %run and %save take a path"
_HELP = "%help lists what there is, name? tells what something is"
_WHO = "%who lists the variables"
_PASTE = "just paste: prompts and output are taken away"
_INSTALL = "nothing can be installed; torch, numpy and math are here"
_RERUN = "the up arrow and Ctrl-R bring earlier cells back"

NEEDLESS: dict[str, str] = {
    "matplotlib": _DRAWN,
    "config": _SETTINGS,
    "load_ext": "there are no extensions",
    "reload_ext": "there are no extensions",
    "autoreload": "nothing is imported from files",
    "autosave": "%save saves the session",
    "automagic": "commands begin with %",
}

INSTEAD: dict[str, str] = {
    **dict.fromkeys(("whos", "who_ls"), _WHO),
    **dict.fromkeys(("lsmagic", "magic", "quickref", "pinfo", "pinfo2", "pdoc", "pfile", "psource"), _HELP),
    **dict.fromkeys(("cpaste", "paste"), _PASTE),
    **dict.fromkeys(("pip", "conda", "mamba", "uv"), _INSTALL),
    **dict.fromkeys(("rerun", "recall", "rep", "r", "macro"), _RERUN),
    **dict.fromkeys(("cd", "ls", "ll", "pwd", "mkdir", "rm", "cp", "mv", "cat", "env", "sx", "system", "bash", "sh"), _FILES),
    **dict.fromkeys(("colors", "style", "page", "pprint", "xmode"), _SETTINGS),
    **dict.fromkeys(("pylab", "gui"), _DRAWN),
    **dict.fromkeys(("clear", "cls"), "Ctrl-L clears the screen"),
    **dict.fromkeys(("exit", "Exit", "Quit"), "%quit or Ctrl-D leaves"),
    **dict.fromkeys(("xdel", "reset_selective"), "del NAME forgets a variable"),
    **dict.fromkeys(("pdb", "tb"), "%debug shows the values of what failed"),
    **dict.fromkeys(("prun", "lprun", "mprun", "memit"), "%timeit measures time, %trace each operator, %mem memory"),
    **dict.fromkeys(("logstart", "store", "notebook", "writefile"), "%save and %export write the session to a file"),
    "capture": "a ; at the end of a line leaves its value out",
    "precision": "%set precision N sets how many digits are shown",
    "psearch": "?word* lists the names that match",
    "edit": "Ctrl-X Ctrl-E opens the cell in your editor",
}
