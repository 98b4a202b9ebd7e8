"""Check a session offline: python check_fairness.py FILE (its proof, or the reply of GET …/sessions/{id}/fairness)."""

import fileinput
import hashlib
import json
import sys

told = json.loads("".join(fileinput.input(encoding="utf-8")))
# RFC 8785. The names in `content` are plain ASCII, whose order is the same in UTF-16; its numbers are whole.
content = json.dumps(told["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
matches = hashlib.sha256((told["salt"] + content).encode("utf-8")).hexdigest() == told["commitment"]
print("matches: this was drawn before play" if matches else "DOES NOT MATCH: something was changed")
sys.exit(not matches)
