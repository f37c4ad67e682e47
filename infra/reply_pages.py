"""What does a customer see who follows a link? One question with two answers, then a word of thanks."""

from html import escape

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>%(title)s</title>
<style>body{font:1.1rem/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.6rem 1.2rem;margin:1rem .5rem 0 0}textarea{width:100%%;font:inherit}</style>
</head><body><h1>%(title)s</h1>%(body)s</body></html>
"""

QUESTION = _FRAME % {
    "title": "Is it good now?",
    "body": """<form method="post">
<label for="words">If you like, tell us more:</label>
<textarea id="words" name="words" rows="4" maxlength="2000"></textarea>
<button name="answer" value="POSITIVE">Yes, it is</button>
<button name="answer" value="NEGATIVE">No, it is not</button></form>""",
}


def reply(refusal: str) -> str:
    """Returns what is said to an answer; empty where it was taken."""
    if refusal:
        return _FRAME % {"title": "We could not take this answer", "body": f"<p>{escape(refusal)}</p>"}
    return _FRAME % {"title": "Thank you", "body": "<p>Your answer was recorded.</p>"}
