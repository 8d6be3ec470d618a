"""What a syntax error says, and where. `PYTHONS` and `LAYOUT` hold messages that CPython 3.11's `compile` gives for the
same source (`test_python_says_the_same` holds them against it where the tests run on 3.11); `OWN` are ours alone,
`FOREIGN` those for what is not Python.
"""

from __future__ import annotations

import sys
import warnings

import pytest

from tensorsh.errors import Span, TensorshError
from tensorsh.language.parser import parse

PYTHONS = [
    ("f() = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1),
    ("1 = x", "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1),
    ("None = 1", "cannot assign to None", 1, 1),
    ("a + b = 1", "cannot assign to expression here. Maybe you meant '==' instead of '='?", 1, 1),
    ("(a, f()) = 1", "cannot assign to function call", 1, 5),
    ("a, f() = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 4),
    ("f() += 1", "'function call' is an illegal expression for augmented assignment", 1, 1),
    ("(a, b) += 1", "'tuple' is an illegal expression for augmented assignment", 1, 1),
    ("for f() in x: pass", "cannot assign to function call", 1, 5),
    ("for 1 in x: pass", "cannot assign to literal", 1, 5),
    ("if x = 3: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1, 4),
    ("if x.y = 3: pass", "cannot assign to attribute here. Maybe you meant '==' instead of '='?", 1, 4),
    ("while f() = 3: pass", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 7),
    ("f(a.b=1)", 'expression cannot contain assignment, perhaps you meant "=="?', 1, 3),
    ("f(1=2)", 'expression cannot contain assignment, perhaps you meant "=="?', 1, 3),
    ("f(True=1)", "cannot assign to True", 1, 3),
    ("f(a=1, b)", "positional argument follows keyword argument", 1, 8),
    ("f(**k, a)", "positional argument follows keyword argument unpacking", 1, 8),
    ("f(**k, *a)", "iterable argument unpacking follows keyword argument unpacking", 1, 8),
    ("f(a=1, a=2)", "keyword argument repeated: a", 1, 8),
    ("def f(a, a): pass", "duplicate argument 'a' in function definition", 1, 10),
    ("def f(a=1, b): pass", "non-default argument follows default argument", 1, 12),
    ("def f(*): pass", "named arguments must follow bare *", 1, 7),
    ("def f(*, **k): pass", "named arguments must follow bare *", 1, 7),
    ("def f(a, /, b, /): pass", "/ may appear only once", 1, 16),
    ("def f(*a, *b): pass", "* argument may appear only once", 1, 11),
    ("def f(**k, a): pass", "arguments cannot follow var-keyword argument", 1, 12),
    ("def f(*a, /): pass", "/ must be ahead of *", 1, 11),
    ("lambda a, a: 1", "duplicate argument 'a' in function definition", 1, 11),
    ("return 1", "'return' outside function", 1, 1),
    ("break", "'break' outside loop", 1, 1),
    ("continue", "'continue' not properly in loop", 1, 1),
    ("nonlocal x", "nonlocal declaration not allowed at module level", 1, 1),
    ("def f():\n    x = 1\n    global x", "name 'x' is assigned to before global declaration", 3, 5),
    ("def f():\n    print(x)\n    global x", "name 'x' is used prior to global declaration", 3, 5),
    ("def f(x):\n    global x", "name 'x' is parameter and global", 2, 5),
    ("def f():\n    nonlocal zz", "no binding for nonlocal 'zz' found", 2, 5),
    ("def f():\n    x: int = 1\n    global x", "annotated name 'x' can't be global", 3, 5),
    ("def f():\n    global x\n    nonlocal x", "name 'x' is nonlocal and global", 3, 5),
    ("del 1", "cannot delete literal", 1, 5),
    ("del f()", "cannot delete function call", 1, 5),
    ("del (a, 1)", "cannot delete literal", 1, 9),
    ("del *a", "cannot delete starred", 1, 5),
    ("del a + b", "cannot delete expression", 1, 5),
    ('print "hello"', "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1),
    ("print x", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1),
    ("print x, y", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1),
    ('exec "x"', "Missing parentheses in call to 'exec'. Did you mean exec(...)?", 1, 1),
    ("(*a)", "cannot use starred expression here", 1, 2),
    ("*a", "can't use starred expression here", 1, 1),
    ("*a = 1", "starred assignment target must be in a list or tuple", 1, 1),
    ("*a, *b = 1", "multiple starred expressions in assignment", 1, 1),
    ("x = *a", "can't use starred expression here", 1, 5),
    ("(x for x in y) = 1", "cannot assign to generator expression", 1, 1),
    ("[x for x in y] = 1", "cannot assign to list comprehension here. Maybe you meant '==' instead of '='?", 1, 1),
    ("x if y else z = 1", "cannot assign to conditional expression", 1, 1),
    ("{1: 2} = 1", "cannot assign to dict literal here. Maybe you meant '==' instead of '='?", 1, 1),
    ("{1} = 1", "cannot assign to set display here. Maybe you meant '==' instead of '='?", 1, 1),
    ("a < b = 1", "cannot assign to comparison", 1, 1),
    ("lambda: 1 = 1", "cannot assign to lambda", 1, 1),
    ('"a" = 1', "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1),
    ('f"a" = 1', "cannot assign to f-string expression here. Maybe you meant '==' instead of '='?", 1, 1),
    ("... = 1", "cannot assign to ellipsis here. Maybe you meant '==' instead of '='?", 1, 1),
    ("(a", "'(' was never closed", 1, 1),
    ("(a]", "closing parenthesis ']' does not match opening parenthesis '('", 1, 3),
    ("a)", "unmatched ')'", 1, 2),
    ("f(a b)", "invalid syntax. Perhaps you forgot a comma?", 1, 3),
    ("f(a, b c)", "invalid syntax. Perhaps you forgot a comma?", 1, 6),
    ("[1 2]", "invalid syntax. Perhaps you forgot a comma?", 1, 2),
    ("[1, 2 3]", "invalid syntax. Perhaps you forgot a comma?", 1, 5),
    ("{1: 2 3: 4}", "invalid syntax. Perhaps you forgot a comma?", 1, 5),
    ("{1: 2, 3}", "':' expected after dictionary key", 1, 8),
    ("{1: }", "expression expected after dictionary key and ':'", 1, 3),
    ("{1: 2, 3: }", "expression expected after dictionary key and ':'", 1, 9),
    ("x = (1 +\ny = 3", "'(' was never closed", 1, 5),
    ("if x\n    y", "expected ':'", 1, 5),
    ("for x in y\n    z", "expected ':'", 1, 11),
    ("while x\n    z", "expected ':'", 1, 8),
    ("def f()\n    z", "expected ':'", 1, 8),
    ("if x:\n    y\nelse\n    z", "expected ':'", 3, 5),
    ("try:\n    x\ny = 1", "expected 'except' or 'finally' block", 3, 1),
    ("try\n    x", "expected ':'", 1, 4),
    ("x = 1 if y", "expected 'else' after 'if' expression", 1, 5),
    ("[x, y for x, y in z]", "did you forget parentheses around the comprehension target?", 1, 5),
    ("f(x for x in y, 1)", "Generator expression must be parenthesized", 1, 3),
    ("f(1, x for x in y)", "Generator expression must be parenthesized", 1, 6),
    ("f(x, y for x in z)", "Generator expression must be parenthesized", 1, 6),
    ("from a import b,", "trailing comma not allowed without surrounding parentheses", 1, 16),
    ("from a import (b, c", "'(' was never closed", 1, 15),
    ("try:\n    x\nexcept A, B:\n    y", "multiple exception types must be parenthesized", 3, 8),
    ("try:\n    x\nexcept:\n    y\nexcept A:\n    z", "default 'except:' must be last", 3, 1),
    ("with x\n    y", "expected ':'", 1, 7),
    ("with f() as 1: pass", "cannot assign to literal", 1, 13),
    ("(a, b): int", "only single target (not tuple) can be annotated", 1, 1),
    ("[a]: int", "only single target (not list) can be annotated", 1, 1),
    ("f(): int", "illegal target for annotation", 1, 1),
    ("a + b: int", "illegal target for annotation", 1, 1),
    ("1a", "invalid decimal literal", 1, 1),
    ("0x", "invalid hexadecimal literal", 1, 1),
    ("0xg", "invalid hexadecimal literal", 1, 1),
    ("0o8", "invalid digit '8' in octal literal", 1, 1),
    ("0b2", "invalid digit '2' in binary literal", 1, 1),
    ("0b", "invalid binary literal", 1, 1),
    ("0o", "invalid octal literal", 1, 1),
    ("1__0", "invalid decimal literal", 1, 1),
    ("1_", "invalid decimal literal", 1, 1),
    ("012", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", 1, 1),
    ("1e", "invalid decimal literal", 1, 1),
    ("1.5a", "invalid decimal literal", 1, 1),
    ("1jx", "invalid imaginary literal", 1, 1),
    ('"abc', "unterminated string literal (detected at line 1)", 1, 1),
    ("'abc", "unterminated string literal (detected at line 1)", 1, 1),
    ("'''abc", "unterminated triple-quoted string literal (detected at line 1)", 1, 1),
    ('x = "abc\n', "unterminated string literal (detected at line 1)", 1, 5),
    ('f"{"', "f-string: expecting '}'", 1, 3),
    ('f"{x"', "f-string: expecting '}'", 1, 3),
    ('f"{}"', "f-string: empty expression not allowed", 1, 3),
    ('f"}"', "f-string: single '}' is not allowed", 1, 3),
    ('f"{x!z}"', "f-string: invalid conversion character: expected 's', 'r', or 'a'", 1, 6),
    ('f"{x!}"', "f-string: invalid conversion character: expected 's', 'r', or 'a'", 1, 6),
    ('f"{a b}"', "f-string: invalid syntax. Perhaps you forgot a comma?", 1, 4),
    ('f"{a:{b:{c:{d}}}}"', "f-string: expressions nested too deeply", 1, 9),
    ('f"{x#}"', "f-string expression part cannot include '#'", 1, 5),
    ("f\"{'\\\n'}\"", "f-string expression part cannot include a backslash", 1, 5),
    ('f"{a[}"', "f-string: closing parenthesis '}' does not match opening parenthesis '['", 1, 6),
    ('f"{*a}"', "f-string: cannot use starred expression here", 1, 4),
    ('b"é"', "bytes can only contain ASCII literal characters", 1, 1),
    ('b"a" "b"', "cannot mix bytes and nonbytes literals", 1, 1),
    (
        '"\\x1"',
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \\xXX escape",
        1,
        1,
    ),
    (
        '"\\u12"',
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-3: truncated \\uXXXX escape",
        1,
        1,
    ),
    (
        '"\\N{foo}"',
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: unknown Unicode character name",
        1,
        1,
    ),
    (
        '"\\U99999999"',
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-9: illegal Unicode character",
        1,
        1,
    ),
    ('b"\\x1"', "(value error) invalid \\x escape at position 0", 1, 1),
    ("é = 1; € = 2", "invalid character '€' (U+20AC)", 1, 8),
    ("if x:\n\\ta\n        b", "unexpected character after line continuation character", 2, 2),
    ("if x:\n        a\n\\tb", "unexpected character after line continuation character", 3, 2),
    ("x = \\ y", "unexpected character after line continuation character", 1, 6),
    ("def f", "expected '('", 1, 6),
    ("def f(", "'(' was never closed", 1, 6),
    ("(x.y := 1)", "cannot use assignment expressions with attribute", 1, 2),
    ("(f() := 1)", "cannot use assignment expressions with function call", 1, 2),
    ("[x := 1 for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 2),
    ("(x := 1 for x in y)", "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 2),
    ("x = [1, 2", "'[' was never closed", 1, 5),
    ("x = {1, 2", "'{' was never closed", 1, 5),
    ("[*a for a in b]", "iterable unpacking cannot be used in comprehension", 1, 2),
    ("{**a for a in b}", "dict unpacking cannot be used in dict comprehension", 1, 1),
    ("{a: *b}", "cannot use a starred expression in a dictionary value", 1, 5),
    ("def f():\n    from a import *", "import * only allowed at module level", 2, 5),
    ("a[", "'[' was never closed", 1, 2),
    ("True = 1", "cannot assign to True", 1, 1),
    ("f(x=1, x=2)", "keyword argument repeated: x", 1, 8),
    ("print(1", "'(' was never closed", 1, 6),
    (")", "unmatched ')'", 1, 1),
    ("]", "unmatched ']'", 1, 1),
    ("}", "unmatched '}'", 1, 1),
    ("a = 'x' 'y", "unterminated string literal (detected at line 1)", 1, 9),
    ("print(a, 'x)", "unterminated string literal (detected at line 1)", 1, 10),
    ("def f(a, (b, c)): pass", "Function parameters cannot be parenthesized", 1, 10),
    ("lambda (a, b): c", "Lambda expression parameters cannot be parenthesized", 1, 8),
    ("x = 'a' b'c'", "cannot mix bytes and nonbytes literals", 1, 5),
]
LAYOUT = [
    ("if x:\ny", "IndentationError", "expected an indented block after 'if' statement on line 1", 2, 1),
    ("if x:", "IndentationError", "expected an indented block after 'if' statement on line 1", 2, 1),
    ("a = 1\n  b = 2", "IndentationError", "unexpected indent", 2, 1),
    ("if x:\n    a\n  b", "IndentationError", "unindent does not match any outer indentation level", 3, 1),
    (
        "if x:\n    pass\n  else:\n    pass",
        "IndentationError",
        "unindent does not match any outer indentation level",
        3,
        1,
    ),
]
CLASS = "'class' is not supported yet: define functions with 'def', and keep what belongs together in a dict or a tuple"
FOREIGN = [
    ("x = torch.ones（2，3）", "invalid character '（' (U+FF08): write '('", 1, 15),
    ("x = 1； y", "invalid character '；' (U+FF1B): write ';'", 1, 6),
    ("if x：\n    y", "invalid character '：' (U+FF1A): write ':'", 1, 5),
    ("x = 5％3", "invalid character '％' (U+FF05): write '%'", 1, 6),
    ("print(‘a’)", "invalid character '‘' (U+2018): write \"'\"", 1, 7),
    ("x = a − b", "invalid character '−' (U+2212): write '-'", 1, 7),
    ("x = 2 × 3", "invalid character '×' (U+00D7): write '*'", 1, 7),
    ("x = y …", "invalid character '…' (U+2026): write '...'", 1, 7),
    ("x\xa0= 1", "invalid non-printable character U+00A0: it looks like a space; write a plain one", 1, 2),
    ("x = 1\u3000", "invalid non-printable character U+3000: it looks like a space; write a plain one", 1, 6),
    ("x = 1\u200b+ 2", "invalid non-printable character U+200B: it cannot be seen; delete it", 1, 6),
    ("if a:\n    b\nelse if c:\n    d", "invalid syntax: write 'elif' for 'else if'", 3, 1),
    ("if a:\n    b\nelseif c:\n    d", "invalid syntax: write 'elif' for 'elseif'", 3, 1),
    ("x++", "invalid syntax: there is no '++': write '+= 1'", 1, 2),
    ("f(x--)", "invalid syntax: there is no '--': write '-= 1'", 1, 4),
    ("x === y", "invalid syntax: write '==' for '==='", 1, 3),
    ("x !== y", "invalid syntax: write '!=' for '!=='", 1, 3),
    ("if x => y: z", "invalid syntax: write '>=' for '=>'", 1, 6),
    ("if x =< y: z", "invalid syntax: write '<=' for '=<'", 1, 6),
    ("let x = 3", "invalid syntax: a name needs no 'let' before it", 1, 1),
    ("int x = 3", "invalid syntax: a name needs no 'int' before it", 1, 1),
    ("x = new Foo()", "invalid syntax: a call needs no 'new' before it", 1, 5),
    ("for i range(3): x", "invalid syntax: expected 'in', not 'range'", 1, 7),
    ("for i, j on x: y", "invalid syntax: expected 'in', not 'on'", 1, 10),
    ("for (i = 0; i < 3; i++) { x }", "invalid syntax: a loop over numbers is written 'for i in range(3):'", 1, 5),
    ("for (int i = 0; i < 3; i++)", "invalid syntax: a loop over numbers is written 'for i in range(3):'", 1, 5),
    ("x = y ? 1 : 2", "invalid syntax: '?' has no meaning here; a choice is written 'a if condition else b'", 1, 7),
    ("x = if y then 1 else 2", "invalid syntax: a choice is written 'a if condition else b'", 1, 5),
    (
        'print("say "hello" again")',
        "invalid syntax: the string ends before 'hello'; a string with quotes inside stands in the other quotes", 1, 13,
    ),
    ("function f(x) { return x }", "invalid syntax: write 'def' for 'function'", 1, 1),
    ("if (x) { y }", "invalid syntax: write ':' and indent the lines that follow, instead of braces", 1, 8),
    ("if x then y", "invalid syntax: write ':' for 'then'", 1, 6),
    ("while True print(1)", "invalid syntax: expected an operator or ':', not 'print'", 1, 12),
    ("for = 2", "invalid syntax: 'for' is a keyword and cannot be a name", 1, 1),
    ("lambda = 2", "invalid syntax: 'lambda' is a keyword and cannot be a name", 1, 1),
    ("// x", "invalid syntax: a comment begins with '#'", 1, 1),
    ("/* x */", "invalid syntax: a comment begins with '#'", 1, 1),
    ("raise ValueError, 'x'", "invalid syntax: write the text in brackets, as in raise ValueError('text')", 1, 17),
    (">>> x = 1", "invalid syntax: '>>>' is Python's prompt: leave it out", 1, 1),
    ("x = 1\n... b", "invalid syntax: '...' is Python's prompt: leave it out", 2, 1),
    ("%matplotlib inline", "invalid syntax: commands with '%' belong to a prompt; a script has none", 1, 1),
    ("!ls", "invalid syntax: commands with '!' are Jupyter's; for a negation write 'not'", 1, 1),
    ("x?", "invalid syntax: write help(x) for 'x?'", 1, 2),
    ("?x", "invalid syntax: write help(x) for 'x?'", 1, 1),
    ("$ ls", "invalid syntax: '$' is the prompt of another program: leave it out", 1, 1),
    ("pip install torch", "invalid syntax: 'pip' is a command of the system, to be given outside", 1, 1),
]

OWN = [
    ("x = ", "invalid syntax: expected an expression, not the end of the line", 1, 4),
    ("x y", "invalid syntax: expected an operator or the end of the line, not 'y'", 1, 3),
    ("a.1", "invalid syntax: expected an operator or the end of the line, not a number", 1, 2),
    ("for x: pass", "invalid syntax: expected 'in', not ':'", 1, 6),
    ("from x", "invalid syntax: expected 'import', not the end of the line", 1, 7),
    ("def None(): pass", "invalid syntax: expected a name, not the keyword 'None'", 1, 5),
    ("a[1:2:3:4]", "invalid syntax: expected ']', not ':'", 1, 8),
    ("%who", "invalid syntax: commands with '%' belong to a prompt; a script has none", 1, 1),
    ("@x\ny", "invalid syntax: expected a function after the decorator, not 'y'", 2, 1),
    ("else: x", "invalid syntax: there is no statement before this that 'else' could belong to", 1, 1),
    ("x := 1", "invalid syntax: ':=' needs parentheses here, as in (x := 1)", 1, 3),
    ("a && b", "invalid syntax: write 'and' for '&&'", 1, 3),
    ("a || b", "invalid syntax: write 'or' for '||'", 1, 3),
    ("a <> b", "invalid syntax: write '!=' for '<>'", 1, 3),
    ("!x", "invalid syntax: commands with '!' are Jupyter's; for a negation write 'not'", 1, 1),
    ("x = $", "invalid syntax: '$' has no meaning here", 1, 5),
    ("a |> b", "what follows '|>' must be a call: write b()", 1, 6),
    ("a |> b() + c", "what follows '|>' must be a call, as in `x |> relu()`", 1, 6),
    ("def f(/): pass", "at least one argument must precede /", 1, 7),
    ("a = 1\nclass A: pass", CLASS, 2, 1),
    ("@f\nclass A: pass", CLASS, 2, 1),
    ("async def f(): pass", "'async' is not supported yet: write a plain 'def', 'for' or 'with'", 1, 1),
    ("x = await y", "'await' is not supported yet: call the function as it is", 1, 5),
    ("def f():\n    yield 1", "'yield' is not supported yet: return a list, or use a generator expression", 2, 5),
    ("match x:\n    case 1: pass", "'match' is not supported yet: use 'if' and 'elif'", 1, 1),
    ("try: x\nexcept* A: y", "'except*' is not supported yet: use 'except'", 2, 7),
]  # fmt: skip


def error_of(source: str | bytes) -> TensorshError:
    with pytest.raises(TensorshError) as caught:
        parse(source, "script.tsh")
    return caught.value


@pytest.mark.parametrize(("source", "message", "line", "column"), PYTHONS + OWN + FOREIGN)
def test_the_message_and_the_place(source: str, message: str, line: int, column: int) -> None:
    error = error_of(source)
    assert (error.type_name, error.message) == ("SyntaxError", message)
    assert error.span is not None and error.span[:2] == (line, column)


@pytest.mark.parametrize(("source", "type_name", "message", "line", "column"), LAYOUT)
def test_an_error_of_indentation(source: str, type_name: str, message: str, line: int, column: int) -> None:
    error = error_of(source)
    assert (error.type_name, error.message) == (type_name, message)
    assert error.span is not None and error.span[:2] == (line, column)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="messages differ between Python's versions")
@pytest.mark.parametrize(("source", "message"), [row[:2] for row in PYTHONS] + [(row[0], row[2]) for row in LAYOUT])
def test_python_says_the_same(source: str, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SyntaxError) as caught:
            compile(source, "script.tsh", "exec")
    assert caught.value.msg == message


def test_the_error_carries_the_text_that_its_span_counts() -> None:
    error = error_of("a = 1\r\nb = = 2\r\n")
    assert (error.source, error.filename) == ("a = 1\nb = = 2\n", "script.tsh")
    assert error.span == Span(2, 5, 2, 6)


SURROGATE = "(unicode error) 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed"
UNREADABLE = [
    (b'x = "\xff"', "(unicode error) 'utf-8' codec can't decode byte 0xff in position 5: invalid start byte", 1, 6),
    (b"a\n\xe9", "(unicode error) 'utf-8' codec can't decode byte 0xe9 in position 2: unexpected end of data", 2, 1),
    ("a\nb\0c", "source code cannot contain null bytes", 2, 2),
    ('"\ud800"', SURROGATE, 1, 2),
    ("x\u200b", "invalid non-printable character U+200B: it cannot be seen; delete it", 1, 2),
    ("\u201cx\u201d", "invalid character '\u201c' (U+201C): write '\"'", 1, 1),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message", "line", "column"), UNREADABLE)
def test_a_text_that_cannot_be_read(source: str | bytes, message: str, line: int, column: int) -> None:
    error = error_of(source)
    assert (error.type_name, error.message) == ("SyntaxError", message)
    assert error.span is not None and error.span[:2] == (line, column)
    assert error.source is not None and error.source.encode("utf-8")


def test_more_digits_than_python_converts() -> None:
    assert error_of("9" * 5000).message.startswith("Exceeds the limit (4300 digits) for integer string conversion")


def test_a_bracket_that_a_later_line_shows_to_be_open() -> None:
    error = error_of("x = (1 +\ny = 3\n")
    assert (error.message, error.span) == ("'(' was never closed", Span(1, 5, 1, 6))
