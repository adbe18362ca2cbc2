"""
Diagrams and the reference page: what is in the table is drawn, and nothing else.
"""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys

from operator import attrgetter
from pathlib import Path

import pytest

import itil_ops

from itil_ops import (
    INCIDENT_LIFECYCLE,
    RETURN,
    START,
    STAY,
    Composite,
    Incident,
    KnownError,
    Lifecycle,
    Phase,
    Problem,
    ServiceRequest,
    State,
    Transition,
    catalog,
    completeness,
    handoffs,
    integrity,
    repositories,
    sla,
)
from itil_ops.diagrams import dot, mermaid, reference


REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

DRAFT = State("draft", Phase.ACTIVE, meaning="It is written.")
REVIEW = State("review", Phase.ACTIVE, meaning="It is read | and marked.")
AWAY = State("away", Phase.WAITING)
PRINTED = State("printed", Phase.ENDED, final=True)


@integrity
def it_has_a_title(letter, step):
    """
    A letter has a title.
    """


@completeness
def is_signed(letter, step):
    """
    A letter is signed.
    """


def is_short(letter, step):
    return True


class IsLong:
    def __call__(self, letter, step):
        return True


LETTER = Lifecycle(
    "letter",
    states=(DRAFT, REVIEW, AWAY, PRINTED),
    transitions=(
        Transition("write", START, DRAFT, guards=(it_has_a_title,)),
        Transition("submit", DRAFT, PRINTED, when=is_short),
        Transition("submit", DRAFT, REVIEW, guards=(is_signed,), when=IsLong()),
        Transition("rush", DRAFT, REVIEW),
        Transition("shelve", (DRAFT, REVIEW), AWAY),
        Transition("fetch", Phase.WAITING, RETURN),
        Transition("print", REVIEW, PRINTED),
        Transition("mark", REVIEW, REVIEW),
        Transition("read", (Phase.ACTIVE, Phase.WAITING, Phase.ENDED), STAY),
        Transition("note", REVIEW, STAY),
        Transition("study", PRINTED, STAY),
    ),
    composites=(
        Composite("print", ("submit", "print")),
        Composite("print", ("write", "rush", "print")),
        Composite("study", ("read", "note")),
    ),
    version=3,
)

BARE = Lifecycle(
    'a "bare" \\ one',
    states=(DRAFT, PRINTED),
    transitions=(Transition("write", START, DRAFT), Transition("print", DRAFT, PRINTED)),
)


def drawn_by_mermaid(text):
    """
    The arrows of a Mermaid text, as (from, label, to), one for each action.
    """
    arrows = re.findall(r"^    (\S+) --> (\S+?)(?:: (.+))?$", text, re.MULTILINE)
    return [
        (source, label, to)
        for source, to, labels in arrows
        for label in re.findall(r"\w+(?: \([^)]*\))?", labels) or [""]
    ]


def drawn_by_dot(text):
    """
    The same of a Graphviz text, with the line's style.
    """
    line = r'^    "(\S+)" -> "(\S+)" \[label="(.+)", style=(\w+)\];$'
    arrows = re.findall(line, text, re.MULTILINE)
    return [
        (source, label, to, style)
        for source, to, labels, style in arrows
        for label in re.findall(r"\w+(?: \([^)]*\))?", labels)
    ]


def told_by_table(lifecycle):
    """
    The moving steps, asked from the index, state by state.
    """
    return {
        (source or "[*]", row.action, row.to)
        for source in (None, *(state.name for state in lifecycle.states))
        for action in lifecycle.actions
        for row in lifecycle.rows(source, action)
        if not row.is_internal
    }


class TestMermaid:
    def test_a_small_lifecycle_is_drawn_as_it_stands(self):
        assert mermaid(LETTER) == (
            "stateDiagram-v2\n"
            '    state "draft" as draft\n'
            '    state "review" as review\n'
            '    state "away" as away\n'
            '    state "printed" as printed\n'
            "    [*] --> draft: write\n"
            "    [*] --> printed: print (write, rush, print)\n"
            "    draft --> review: submit, rush\n"
            "    draft --> away: shelve\n"
            "    draft --> printed: submit, print (submit, print)\n"
            "    review --> review: mark\n"
            "    review --> away: shelve\n"
            "    review --> printed: print\n"
            "    away --> draft: fetch\n"
            "    away --> review: fetch\n"
            "    printed --> [*]\n"
        )

    def test_every_moving_step_of_the_incident_is_drawn_and_nothing_else(self):
        moves = told_by_table(INCIDENT_LIFECYCLE)
        leaps = {
            (state.name, "close (resolve, close)", "closed")
            for state in INCIDENT_LIFECYCLE.states
            if state.phase in {Phase.ACTIVE, Phase.WAITING}
        }
        ends = {("closed", "", "[*]"), ("cancelled", "", "[*]")}

        drawn = drawn_by_mermaid(mermaid(INCIDENT_LIFECYCLE))

        assert set(drawn) == moves | leaps | ends
        assert len(drawn) == len(set(drawn))

    def test_a_state_that_a_caller_adds_is_drawn(self):
        vendor = State("vendor", Phase.WAITING)
        extended = INCIDENT_LIFECYCLE.extend(
            states=[vendor], transitions=[Transition("hand_out", Phase.ACTIVE, vendor)]
        )

        drawn = set(drawn_by_mermaid(mermaid(extended)))

        assert ("new", "hand_out", "vendor") in drawn
        assert ("vendor", "resume", "new") in drawn
        assert told_by_table(extended) <= drawn

    @pytest.mark.parametrize("name", ["end", "state_of_grace", "defaulted", "acctitle", "root_end"])
    def test_a_name_that_is_a_word_of_mermaids_is_drawn_under_another(self, name):
        odd = State(name, Phase.ACTIVE)
        rows = [Transition("begin", START, odd), Transition("finish", odd, PRINTED)]

        text = mermaid(Lifecycle("odd", [odd, PRINTED], rows))

        assert f'    state "{name}" as _{name}\n' in text
        assert drawn_by_mermaid(text) == [
            ("[*]", "begin", f"_{name}"),
            (f"_{name}", "finish", "printed"),
            ("printed", "", "[*]"),
        ]


class TestDot:
    def test_a_small_lifecycle_is_drawn_as_it_stands(self):
        assert dot(BARE) == (
            'digraph "a \\"bare\\" \\\\ one" {\n'
            "    node [shape=box, style=rounded];\n"
            '    "[*]" [shape=point, label=""];\n'
            '    "draft";\n'
            '    "printed" [peripheries=2];\n'
            '    "[*]" -> "draft" [label="write", style=solid];\n'
            '    "draft" -> "printed" [label="print", style=solid];\n'
            "}\n"
        )

    @pytest.mark.parametrize("lifecycle", [LETTER, INCIDENT_LIFECYCLE], ids=lambda it: it.name)
    def test_it_draws_what_mermaid_draws(self, lifecycle):
        drawn = drawn_by_dot(dot(lifecycle))

        assert [(source, label, to) for source, label, to, _ in drawn] == [
            arrow for arrow in drawn_by_mermaid(mermaid(lifecycle)) if arrow[1]
        ]

    def test_only_what_is_done_in_several_steps_is_dashed(self):
        styles = {(label, style) for _, label, _, style in drawn_by_dot(dot(LETTER))}

        assert {label for label, style in styles if style == "dashed"} == {
            "print (submit, print)",
            "print (write, rush, print)",
        }


class TestReference:
    def test_states_stand_with_phase_final_and_meaning(self):
        text = reference(LETTER)

        assert text.startswith("## Letter\n\nVersion 3 of the table.\n")
        assert "| `draft` | active |  | It is written. |\n" in text
        assert "| `review` | active |  | It is read \\| and marked. |\n" in text
        assert "| `printed` | ended | yes |  |\n" in text

    def test_actions_stand_in_the_order_of_the_table(self):
        text = reference(LETTER)

        rows = text[text.index("| Action |") :].split("\n\n")[0].splitlines()[2:]
        assert rows == [
            "| `write` | the start | `draft` | `it_has_a_title` |",
            "| `submit` | `draft` | `printed` | only where `is_short` |",
            "| `submit` | `draft` | `review` | only where `its condition`, `is_signed` (strict) |",
            "| `rush` | `draft` | `review` |  |",
            "| `shelve` | `draft`, `review` | `away` |  |",
            "| `fetch` | `away` | the state that was left: `draft`, `review` |  |",
            "| `print` | `review` | `printed` |  |",
            "| `mark` | `review` | `review` |  |",
            "| `read` | any state | stays (internal) |  |",
            "| `note` | `review` | stays (internal) |  |",
            "| `study` | `printed` | stays (internal) |  |",
        ]

    def test_what_no_verb_takes_is_marked(self):
        text = reference(LETTER.extend(consequences=["note", "submit"]))

        marked = re.findall(r"^\| `(\w+)` \(only as a consequence\) \|", text, re.MULTILINE)
        assert marked == ["submit", "submit", "note"]
        assert "only as a consequence" not in reference(LETTER)

    def test_several_steps_in_one_say_where(self):
        text = reference(LETTER)

        assert "| `print` | `submit`, `print` | `draft` |\n" in text
        assert "| `print` | `write`, `rush`, `print` | the start |\n" in text
        assert "| `study` | `read`, `note` | `draft`, `review`, `away` |\n" in text

    def test_rules_stand_once_with_kind_and_meaning(self):
        text = reference(LETTER)

        assert text.count("| `it_has_a_title` | always | A letter has a title. |\n") == 1
        assert "| `is_signed` | where the policies ask (strict) | A letter is signed. |" in text

    def test_what_a_lifecycle_does_not_have_has_no_heading(self):
        headings = re.findall(r"^### (.+)$", reference(BARE), re.MULTILINE)

        assert headings == ["States", "Actions", "Diagram"]

    def test_the_picture_stands_in_a_block_of_its_own(self):
        assert reference(BARE).endswith(f"\n\n```mermaid\n{mermaid(BARE)}```\n")


@pytest.mark.parametrize("name", ["api.md", "lifecycles.md"])
class TestReferencePages:
    def test_the_page_is_what_tables_and_source_say(self, name):
        expected = runpy.run_path(str(REFERENCE / "generate.py"))["pages"]()[name]

        assert (REFERENCE / name).read_text(encoding="utf-8") == expected, (
            f"docs/reference/{name} is not what tables and source say:"
            " run `python docs/reference/generate.py` and commit the page"
        )


class TestApiPage:
    @pytest.mark.parametrize(
        "door", [itil_ops, catalog, handoffs, repositories, sla], ids=attrgetter("__name__")
    )
    def test_it_has_every_public_name(self, door):
        page = (REFERENCE / "api.md").read_text(encoding="utf-8")

        assert [name for name in door.__all__ if f"\n| `{name}" not in page] == []

    @pytest.mark.parametrize("record", [Incident, KnownError, Problem, ServiceRequest])
    def test_it_has_every_verb(self, record):
        page = (REFERENCE / "api.md").read_text(encoding="utf-8")
        part = page.partition(f"### Verbs and facts of {record.__name__}\n")[2].partition("\n#")[0]

        assert [verb for verb in record.lifecycle.actions if f"\n| `{verb}` |" not in part] == []


class TestReferenceCommand:
    def test_it_writes_the_pages_beside_itself(self, tmp_path):
        script = shutil.copy(REFERENCE / "generate.py", tmp_path)

        subprocess.run([sys.executable, script], check=True, cwd=tmp_path)

        written = {page.name: page.read_bytes() for page in tmp_path.glob("*.md")}
        assert written == {name: (REFERENCE / name).read_bytes() for name in written}
        assert sorted(written) == ["api.md", "lifecycles.md"]
