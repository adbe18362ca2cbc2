"""
Write `lifecycles.md` and `api.md` beside this file anew, from the tables and from the source.

    python docs/reference/generate.py
"""

from __future__ import annotations

import ast
import copy
import functools

from itertools import groupby, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import itil_ops

from itil_ops import (
    APPROVAL_LIFECYCLE,
    INCIDENT_LIFECYCLE,
    KNOWN_ERROR_LIFECYCLE,
    PROBLEM_LIFECYCLE,
    REQUEST_LIFECYCLE,
    REVIEW_LIFECYCLE,
    TASK_LIFECYCLE,
    Lifecycle,
)
from itil_ops.diagrams import reference


if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping


# ---- Lifecycles -------------------------------------------------------------------------------

LIFECYCLES: tuple[Lifecycle, ...] = (
    REQUEST_LIFECYCLE,
    APPROVAL_LIFECYCLE,
    TASK_LIFECYCLE,
    INCIDENT_LIFECYCLE,
    PROBLEM_LIFECYCLE,
    REVIEW_LIFECYCLE,
    KNOWN_ERROR_LIFECYCLE,
)

LIFECYCLES_HEAD = """\
# Lifecycles

This page is generated from the tables: change a table, then run
`python docs/reference/generate.py`.

An action is possible in the states it leads from, and is taken where no rule speaks against it.
Rules marked (strict) are off unless the policies ask for them. An internal action leaves the state
alone, and is not drawn. What happens only as a consequence is no verb: it follows from another
step, and is told beside it.
"""


def lifecycles() -> str:
    """
    Return the page on lifecycles as it should be.
    """
    return "\n".join((LIFECYCLES_HEAD, *map(reference, LIFECYCLES)))


# ---- Source -----------------------------------------------------------------------------------
#
# Names are read from the source, not from what was imported: so the page is the same on each
# version of Python, and no extra has to be there.

SOURCE = Path(itil_ops.__file__).parents[1]

Function: TypeAlias = ast.FunctionDef


class Found(NamedTuple):
    """
    What a name stands for: the module that says so, the statement, and its docstring.
    """

    module: str
    node: ast.stmt
    doc: str


@functools.cache
def text_of(module: str) -> str:
    """
    Return the source of a module.
    """
    path = SOURCE.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text(encoding="utf-8")


@functools.cache
def tree(module: str) -> tuple[ast.stmt, ...]:
    """
    Return the statements of a module.
    """
    return tuple(ast.parse(text_of(module)).body)


@functools.cache
def find(module: str, name: str) -> Found | None:
    """
    Return what *name* stands for in *module*, wherever it comes from; `None` outside the package.
    """
    for place, node in enumerate(tree(module)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    ours = (node.module or "").startswith("itil_ops")
                    return find(str(node.module), alias.name) if ours else None
        elif name_of(node) == name and not is_overload(node):
            return Found(
                module, node, doc_of(tree(module)[place : place + 2]) or remark(module, node)
            )
    return None


def is_overload(node: ast.stmt) -> bool:
    """
    Whether a statement tells but one way to call a function.
    """
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(ast.unparse(one) == "overload" for one in decorators)


def name_of(node: ast.stmt) -> str | None:
    """
    Return the name that a statement defines, if it does.
    """
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    return ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else None


def doc_of(node_and_next: tuple[ast.stmt, ...]) -> str:
    """
    Return the docstring of a statement: within a class or a function, after a value.
    """
    node, *after = node_and_next
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return ast.get_docstring(node) or ""
    match after:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return text.strip()
    return ""


def remark(module: str, node: ast.stmt) -> str:
    """
    Return the comment before a statement that is meant for readers of the documents.
    """
    before = reversed(text_of(module).splitlines()[: node.lineno - 1])
    lines = [*takewhile(lambda line: line.startswith("#:"), before)]
    return " ".join(line.removeprefix("#:").strip() for line in reversed(lines))


@functools.cache
def exported(module: str) -> tuple[str, ...]:
    """
    Return the names in a module's `__all__`; without one those of its own classes and functions.
    """
    for node in tree(module):
        if isinstance(node, ast.Assign) and name_of(node) == "__all__":
            return tuple(ast.literal_eval(node.value))
    own = (node for node in tree(module) if isinstance(node, ast.ClassDef | ast.FunctionDef))
    return tuple(sorted(node.name for node in own if is_public(node.name)))


def is_public(name: str) -> bool:
    """
    Whether a name is meant for callers.
    """
    return not name.startswith("_")


def sentence(doc: str) -> str:
    """
    Return the first sentence of a docstring, on one line.
    """
    first = " ".join(doc.partition("\n\n")[0].split())
    end = first.find(". ")
    return first if end < 0 else first[: end + 1]


def bases(found: Found) -> tuple[Found, ...]:
    """
    Return the bases of a class that belong to the package.
    """
    named = getattr(found.node, "bases", ())
    known = (find(found.module, ast.unparse(base).partition("[")[0]) for base in named)
    return tuple(base for base in known if base is not None)


def line_of(found: Found) -> tuple[Found, ...]:
    """
    Return a class and all that it stems from in the package, the nearest first.
    """
    line = [found, *(one for base in bases(found) for one in line_of(base))]
    last = {one.node: place for place, one in enumerate(line)}
    return tuple(line[place] for place in sorted(last.values()))


# ---- Parameters -------------------------------------------------------------------------------

COMMON = frozenset({"by", "at", "note", "policies"})


def parameters(module: str, node: Function, without: frozenset[str] = frozenset()) -> str:
    """
    Return the parameters of a function, those *without* left out.
    """
    given, free = node.args, len(node.args.args) - len(node.args.defaults)
    placed = zip(given.args, [*[None] * free, *given.defaults], strict=True)
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    first = [written(module, *one) for one in placed if one[0].arg not in without]
    rest = [written(module, *one) for one in named if one[0].arg not in without]
    if given.vararg:
        first.append(f"*{written(module, given.vararg)}")
    elif rest:
        first.append("*")
    if given.kwarg:
        rest.append(f"**{written(module, given.kwarg)}")
    return code(", ".join((*first, *rest)))


def code(text: str) -> str:
    """
    Return a text as code, and nothing for nothing.
    """
    return text and f"`{text}`"


def written(module: str, argument: ast.arg, default: ast.expr | None = None) -> str:
    """
    Return a parameter with its type and its default.
    """
    text = argument.arg
    if argument.annotation:
        text += f": {type_of(module, argument.annotation)}"
    if default is None:
        return text
    value = ast.unparse(default)
    return f"{text.removesuffix(' | None') if value == 'None' else text} = {value}"


def type_of(module: str, annotation: ast.expr) -> str:
    """
    Return a type; for a variable, what it is bound to.
    """
    fresh = copy.deepcopy(annotation)
    for part in ast.walk(fresh):
        if isinstance(part, ast.Name):
            part.id = bound(module, part.id)
    return ast.unparse(fresh)


def bound(module: str, name: str) -> str:
    """
    Return what a variable for types is bound to, and other names as they are.
    """
    found = find(module, name)
    match found:
        case Found(
            node=ast.Assign(
                value=ast.Call(
                    func=ast.Name(id="TypeVar"), keywords=[ast.keyword(arg="bound", value=limit)]
                )
            )
        ):
            return ast.unparse(limit).strip("'")
    return name


# ---- What a class has -------------------------------------------------------------------------


def contents(found: Found) -> Iterator[str]:
    """
    Yield what a class has; of a base that is public its name, of others what they have.
    """
    stems_from = bases(found)
    for base in stems_from:
        name = name_of(base.node)
        if any(name in exported(door) for door in (FRONT, *DOORS)):
            yield f"what `{name}` has"
        elif name != "Term":
            yield from contents(base)
    yield from map(code, parts(found.node))
    if any(name_of(base.node) == "Term" for base in stems_from):
        yield "and words of your own"


def parts(node: ast.stmt) -> Iterator[str]:
    """
    Yield the public names that a class defines, methods with brackets, in order.
    """
    seen: dict[str, None] = {}
    for one in getattr(node, "body", ()):
        name = name_of(one)
        if name is None or name.startswith(("_", "test_")) or is_of_the_class(one):
            continue
        seen[f"{name}()" if isinstance(one, Function) and not is_property(one) else name] = None
    yield from seen


def is_of_the_class(node: ast.stmt) -> bool:
    """
    Whether a name tells of a class and not of its instances, like the lifecycle of a record.
    """
    if str(name_of(node)).isupper():
        return False
    is_class_variable = isinstance(node, ast.AnnAssign) and "ClassVar" in ast.unparse(
        node.annotation
    )
    return is_class_variable or isinstance(node, ast.Assign)


def is_property(node: Function) -> bool:
    """
    Whether a method is read like a field.
    """
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def value(node: ast.Assign | ast.AnnAssign) -> str:
    """
    Return the value of a constant, or its class where that is long.
    """
    if node.value is None:
        return ""
    text = ast.unparse(node.value)
    if len(text) > _SHORT and isinstance(node.value, ast.Call):
        text = f"{ast.unparse(node.value.func)}(...)"
    is_told = is_public(text) and (len(text) <= _SHORT or is_alias(node))
    return code(text) if is_told else ""


_SHORT = 60


def is_alias(node: ast.Assign | ast.AnnAssign) -> bool:
    """
    Whether a name stands for a type.
    """
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"


# ---- Tables -----------------------------------------------------------------------------------

Row: TypeAlias = tuple[str, ...]


def table(head: Row, rows: Iterable[Row]) -> str:
    """
    Return a table.
    """
    lines = (head, ("---",) * len(head), *rows)
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def row(name: str, found: Found | None, without: frozenset[str]) -> Row:
    """
    Return what there is to say of a name: what it takes or has, and its first sentence.
    """
    if found is None:
        return code(name), "", ""
    said = sentence(found.doc)
    match found.node:
        case ast.FunctionDef() as node:
            return code(f"{name}()"), parameters(found.module, drawn(node), without), said
        case ast.ClassDef() if name in RECORDS:
            return code(name), f"[verbs and facts](#{anchor(title_of(name))})", said
        case ast.ClassDef():
            return code(name), ", ".join(dict.fromkeys(contents(found))), said
        case ast.Assign() | ast.AnnAssign() as node:
            told = value(node)
            return code(name), told, said or SEE if told == "`Lifecycle(...)`" else said
    raise TypeError(found.node)


SEE = "See [lifecycles](lifecycles.md)."


def drawn(node: Function) -> Function:
    """
    Return a function without what Hypothesis hands to it.
    """
    if not any("composite" in ast.unparse(decorator) for decorator in node.decorator_list):
        return node
    fresh = copy.deepcopy(node)
    del (fresh.args.posonlyargs or fresh.args.args)[0]
    return fresh


def names(door: str, known: set[Found | None]) -> Iterator[str]:
    """
    Yield tables of the names of a door that are not *known* yet, by the room they come from.
    """
    every = ((name, find(door, name)) for name in exported(door))
    found = [(name, one) for name, one in every if one not in known]
    known.update(one for _, one in found if one is not None)
    without = COMMON if door == HANDOFFS else frozenset[str]()
    rooms = sorted((room(door, one), place) for place, (_, one) in enumerate(found))
    for title, group in groupby(rooms, key=lambda pair: pair[0]):
        if title != door:
            yield f"### From `{title}`\n"
        yield table(HEAD, (row(*found[place], without) for _, place in group))


HEAD = ("name", "takes or has", "what it is or does")


def room(door: str, found: Found | None) -> str:
    """
    Return where a name of the front door comes from; of another door, the door.
    """
    if found is None or door != FRONT:
        return door
    package = found.module.split(".")
    depth = 3 if package[1] == "sla" or package[2:3] == ["known_error"] else 2
    return ".".join(package[:depth])


# ---- Verbs ------------------------------------------------------------------------------------

RECORDS = {
    "Incident": INCIDENT_LIFECYCLE,
    "Problem": PROBLEM_LIFECYCLE,
    "KnownError": KNOWN_ERROR_LIFECYCLE,
    "ServiceRequest": REQUEST_LIFECYCLE,
}

PARTS = {
    "Of its approvals (`Approval`), each a step of the approval": {
        "ServiceRequest": APPROVAL_LIFECYCLE
    },
    "Of its tasks (`FulfillmentTask`), each a step of the task": {"ServiceRequest": TASK_LIFECYCLE},
}


def title_of(record: str) -> str:
    """
    Return the heading over the verbs of a record.
    """
    return f"Verbs and facts of {record}"


def anchor(title: str) -> str:
    """
    Return what a link to a heading names.
    """
    return title.lower().replace(" ", "-")


def record_section(name: str) -> Iterator[str]:
    """
    Yield what there is to say of a record: its verbs in the order of its table, and its facts.
    """
    line = line_of(find_class(FRONT, name))
    verbs = {action: method(line, action) for action in RECORDS[name].actions}
    of_reviews = {action for action, (_, node) in verbs.items() if takes_review(node)}
    yield f"### {title_of(name)}\n"
    yield verb_table({verb: it for verb, it in verbs.items() if verb not in of_reviews})
    if of_reviews:
        yield "Of its reviews (`MajorProblemReview`), each a step of the problem:\n"
        yield verb_table({verb: it for verb, it in verbs.items() if verb in of_reviews})
    for title, lifecycles_of in PARTS.items():
        if name in lifecycles_of:
            of_part = verbs_of_part(line, lifecycles_of[name])
            verbs |= of_part
            yield f"{title}:\n"
            yield verb_table(of_part)
    common = {one.node for one in line_of(find_class(FRONT, "Record"))}
    own = questions([one for one in line if one.node not in common], verbs)
    if own:
        yield "Questions:\n"
        yield question_table(own)
    facts = sorted(part for one in line for part in parts(one.node) if not part.endswith("()"))
    yield f"Facts: {', '.join(map(code, dict.fromkeys(facts)))}.\n"


def verbs_of_part(line: Iterable[Found], lifecycle: Lifecycle) -> dict[str, Method]:
    """
    Return the verbs of a part; what only follows from other steps has none.
    """
    known = {name: it for found in reversed(tuple(line)) for name, it in methods(found)}
    return {action: known[action] for action in lifecycle.actions if action in known}


def find_class(module: str, name: str) -> Found:
    """
    Return a class that is there.
    """
    found = find(module, name)
    if found is None:
        raise LookupError(name)
    return found


Method: TypeAlias = tuple[str, Function]


def methods(found: Found) -> Iterator[tuple[str, Method]]:
    """
    Yield the public methods of a class by name, each with the module it stands in.
    """
    for node in getattr(found.node, "body", ()):
        if isinstance(node, Function) and is_public(node.name) and not is_property(node):
            yield node.name, (found.module, node)


def method(line: Iterable[Found], name: str) -> Method:
    """
    Return the method that a class has by that name.
    """
    return next(it for found in line for known, it in methods(found) if known == name)


def questions(line: Iterable[Found], verbs: Container[str]) -> dict[str, Method]:
    """
    Return the methods that are no verbs, by name.
    """
    return {name: it for found in line for name, it in methods(found) if name not in verbs}


def takes_review(node: Function) -> bool:
    """
    Whether a verb is one of a review.
    """
    return any(one.arg == "review" for one in node.args.args)


def verb_table(verbs: Mapping[str, Method]) -> str:
    """
    Return a table of verbs.
    """
    return table(
        ("verb", "takes", "what it does"),
        (
            (code(name), parameters(module, node, COMMON | _ITSELF), sentence(doc_of((node,))))
            for name, (module, node) in verbs.items()
        ),
    )


def question_table(asked: Mapping[str, Method]) -> str:
    """
    Return a table of what can be asked of a record.
    """
    return table(
        ("question", "takes", "what it does"),
        (
            (code(f"{name}()"), parameters(module, node, _ITSELF), sentence(doc_of((node,))))
            for name, (module, node) in sorted(asked.items())
        ),
    )


_ITSELF = frozenset({"self", "cls"})


# ---- The page ---------------------------------------------------------------------------------

FRONT = "itil_ops"
HANDOFFS = "itil_ops.handoffs"

DOORS = (
    HANDOFFS,
    "itil_ops.timers",
    "itil_ops.catalog",
    "itil_ops.sla",
    "itil_ops.repositories",
    "itil_ops.diagrams",
    "itil_ops.adapters.serialization",
    "itil_ops.adapters.sql",
    "itil_ops.adapters.holidays",
    "itil_ops.adapters.icalendar",
    "itil_ops.testing",
    "itil_ops.testing.bridge",
    "itil_ops.testing.strategies",
)

API_HEAD = """\
# API

This page is generated from the source: change a docstring or a signature, then run
`python docs/reference/generate.py`.

It has every public name: from where it is imported, what it takes or has, and the first sentence
that is said of it. Argument by argument, and with the errors that are raised, it is told by
`help()`, or in a browser:

```console
python -m pip install pdoc
python -m pdoc --docformat google itil_ops itil_ops.handoffs itil_ops.timers
```

Parameters that verbs and handoffs have in common are told here, and left out below:

| parameter | what it says |
| --- | --- |
| `by: Actor` | Who acts. |
| `at: datetime` | When that is recorded: an aware instant, not before the record's last entry. |
| `note: str = None` | What the actor wrote. Where there is a reason or a text, that is the note. |
| `policies: ... = None` | The policies for this call; those of the record's class unless given. |

What stands after a bare `*` is given by keyword. What is `= None` may be left out. `effective_at`
is when it was so, if that was not when it is recorded. When a verb is possible, and by which rules,
is told by the [lifecycles](lifecycles.md); the attributes of errors are explained
[on their own page](errors.md).
"""

FRONT_HEAD = """\
The front door. What comes from `itil_ops.errors`, `itil_ops.sla` or `itil_ops.repositories` can be
imported from there as well.
"""


def api() -> str:
    """
    Return the page on the API as it should be.
    """
    known: set[Found | None] = set()
    asked = questions(line_of(find_class(FRONT, "Record")), ())
    sections = [API_HEAD, "## Records\n"]
    for record in RECORDS:
        sections += record_section(record)
    sections += ["### Questions to every record\n", question_table(asked)]
    sections += [f"## `{FRONT}`\n", FRONT_HEAD, *names(FRONT, known)]
    for door in DOORS:
        told = [*names(door, known)]
        if told:
            sections += [f"## `{door}`\n", f"{sentence(module_doc(door))}\n", *told]
    return "\n".join(sections)


def module_doc(module: str) -> str:
    """
    Return the docstring of a module.
    """
    match tree(module)[0]:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text.strip()
    return ""


def pages() -> dict[str, str]:
    """
    Return the pages as they should be, by the names of their files.
    """
    return {"api.md": api(), "lifecycles.md": lifecycles()}


if __name__ == "__main__":
    for file, page in pages().items():
        Path(__file__).with_name(file).write_text(page, encoding="utf-8", newline="\n")
