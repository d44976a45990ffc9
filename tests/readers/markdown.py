"""A digest is read by markdown-it as GitHub's dialect has it: short, and nothing of a name is markup in it."""

from markdown_it import MarkdownIt
from told import Told, same, true

# Source: the error GitHub gives, "Body is too long (maximum is 65536 characters)".
LIMIT = 65_536

told = Told()
text = told.report.read_text(encoding="utf-8")
true("it is short enough for GitHub", len(text.encode()) <= LIMIT)
tokens = []
for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
    tokens += [token, *(token.children or [])]
allowed = {"inline", "text", "softbreak", "code_inline", "strong_open", "strong_close"}
allowed |= {f"{block}_{end}" for block in ("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody",
                                            "tr", "th", "td") for end in ("open", "close")}
same("what it is made of beside this", {token.type for token in tokens} - allowed, set())
# Outside of code, GitHub would mention people and make links.
outside = "\n".join(token.content for token in tokens if token.type == "text")
same("mentions and links outside of code", [sign for sign in ("@", "://", "www.", "window.hacked") if sign in outside], [])
summary = told.document["summary"]
true("how many fail of how many", f"{summary['fail']:,} of {summary['judgements']:,} fail" in outside)
for severity, count in summary["failing"].items():
    assert (f"{count:,} {severity}" in outside) == (count > 0), (severity, count)
print("ok how many of each severity")
true("how much was seen", f"{summary['reached']:,} of {summary['judgements']:,} judgements were reached" in outside)
spans = {token.content for token in tokens if token.type == "code_inline"}
named = {finding["action"] for finding in summary["unknown_because"][:20]} | {row["action"] for row in summary["to_allow"][:20]}
same("actions that are missing and not named", {action for action in named if action and action not in spans}, set())
