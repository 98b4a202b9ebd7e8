"""The commitment of a session, recomputed by hand and by the script for players."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from games import fairness
from games.engines import ENGINES
from games.tests.samples import PLAYED, SAMPLES, question, started, walk

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "check_fairness.py"
every_played_engine = pytest.mark.parametrize("key", PLAYED, ids=lambda key: "-".join(filter(None, key)))
#: Texts in which ways to write JSON differ.
ODD = 'ä 中 😀 "quoted" \\ / \b\f\n\r\t\x0b\x1f\x7f \u2028 </script> '


def by_hand(salt: str, content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((salt + text).encode()).hexdigest()


def told(content: Any) -> dict[str, Any]:
    """What GET /sessions/{id}/fairness tells after the end."""
    salt = fairness.new_salt()
    return {"commitment": fairness.commitment(salt, content), "salt": salt, "content": content}


def check(document: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        check=False,
        input=json.dumps(document),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@every_played_engine
def test_the_commitment_is_the_hash_of_the_salts_text_and_the_canonical_content(key):
    engine, state = started(key)
    content, salt = engine.content(state), "00ff" * 16
    assert fairness.commitment(salt, content) == by_hand(salt, content)


@every_played_engine
def test_the_commitment_of_the_start_holds_at_the_end(key):
    engine: Any = ENGINES[key]
    states = [state for state, _ in walk(key, 7)]
    salt = fairness.new_salt()
    assert fairness.commitment(salt, engine.content(states[-1])) == fairness.commitment(
        salt, engine.content(states[0])
    )


def test_a_salt_is_32_random_bytes_in_hex():
    salts = {fairness.new_salt() for _ in range(50)}
    assert len(salts) == 50 and all(len(bytes.fromhex(salt)) == 32 and salt == salt.lower() for salt in salts)


def test_what_was_drawn_is_in_the_content_of_a_quiz():
    engine, state = started(("quiz", ""))
    questions = engine.content(state)["questions"]
    assert [one["id"] for one in questions] == [1, 2, 3, 4, 5]
    assert questions[0]["right_answer"] == "hush-1" and questions[0]["accepted"] == ["hush-1", "hush-1b"]
    assert (questions[1]["right_answer"], questions[1]["tolerance"]) == ("271828.25", "0.5")
    by_id = {option["id"]: option["text"] for option in questions[2]["options"]}
    assert by_id[questions[2]["right_answer"]] == "three"
    many = {option["id"]: option["text"] for option in questions[3]["options"]}
    assert {many[id] for id in questions[3]["right_answer"]} == {"one", "four"}
    assert questions[4]["right_answer"] == "true"


def test_what_was_drawn_is_in_the_content_of_a_codebreaker():
    engine, state = started(("puzzle", "codebreaker"))
    assert engine.content(state) == {"seed": state.seed, "code": state.code}


def changed(value: Any) -> list[Any]:
    """Every way to change one leaf of a JSON value."""
    if isinstance(value, dict):
        return [{**value, name: other} for name in value for other in changed(value[name])]
    if isinstance(value, list):
        inner = [
            [*value[:at], other, *value[at + 1 :]] for at, one in enumerate(value) for other in changed(one)
        ]
        return [*inner, [*value, "more"]]
    return [f"{value}x" if isinstance(value, str) else value + 1]


@every_played_engine
def test_a_content_changed_anywhere_is_found_out(key):
    engine, state = started(key)
    document = told(engine.content(state))
    others = changed(document["content"])
    assert len(others) >= 2
    for content in others:
        assert fairness.commitment(document["salt"], content) != document["commitment"]


@every_played_engine
def test_the_script_agrees_and_notices_a_change(key):
    engine, state = started(key)
    document = told(engine.content(state))
    assert check(document).returncode == 0
    tampered = check({**document, "content": changed(document["content"])[-1]})
    assert tampered.returncode == 1 and "NOT MATCH" in tampered.stdout
    assert check({**document, "salt": fairness.new_salt()}).returncode == 1


def test_the_script_writes_odd_texts_as_the_server_does():
    engine: Any = ENGINES["quiz", ""]
    row = question(10**15, "short", [ODD], text=ODD, tags=[ODD], options=[])
    material = SAMPLES["quiz", ""].material
    material = type(material)(questions=[row], stake_max=material.stake_max)
    _, state = started(("quiz", ""))
    state = engine.start(state.config, state.seed, state.started_at, material)
    done = check(told(engine.content(state)))
    assert done.returncode == 0, done.stderr


def test_the_script_reads_a_file_or_what_is_piped_to_it(tmp_path):
    document = told({"seed": "00", "code": "AABB"})
    file = tmp_path / "fairness.json"
    file.write_text(json.dumps(document))
    for done in (check(None, str(file)), check(document, "-"), check(document)):
        assert done.returncode == 0 and done.stdout.startswith("matches")


def test_the_script_is_ten_lines_and_needs_nothing_installed():
    lines = SCRIPT.read_text().splitlines()
    code = [line for line in lines if line and not line.startswith(("#", '"""'))]
    assert len(code) <= 10
    assert {line.split()[1] for line in code if line.startswith("import")} <= sys.stdlib_module_names
