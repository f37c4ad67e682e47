"""How do English words sound? VADER's lexicon and rules, for what nobody has judged."""

from datetime import UTC, date, datetime, time
from importlib.metadata import version

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from service.feedback import sentiments
from service.feedback.sentiments import Heard
from service.feedback.tables import Sentiment
from service.ground.session import Session
from service.insights import runs
from service.insights.finding_tables import AnalysisKind
from service.insights.runs import Method

LANGUAGE = "en"
LIMIT = 0.05
"""A compound from here up is positive, from its negative down negative (Hutto and Gilbert 2014)."""
BATCH = 2_000
METHOD = Method(AnalysisKind.SENTIMENT, "vader", version("vaderSentiment"), {"limit": LIMIT})
NOTE = "English only; words without a language are taken for English."


async def run(session: Session, today: date) -> int:
    """Judge all feedback that neither a person nor this version has judged; returns how many.

    Whatever a person said stays. Raises nothing for an empty tenant: then nothing is recorded either.
    """
    analyser = SentimentIntensityAnalyzer()
    read = judged = 0
    while rows := await sentiments.unjudged(session, METHOD.name, language=LANGUAGE, most=BATCH):
        heard = [Heard(row["id"], *sentiment(compound(analyser, row["verbatim"]))) for row in rows]
        judged += await sentiments.hear(session, METHOD.name, heard)
        read += len(rows)
    if read:
        until = datetime.combine(today, time(), UTC)
        runs.record(session, METHOD, until=until, read=read, found=judged, note=NOTE)
    return judged


def compound(analyser: SentimentIntensityAnalyzer, words: str) -> float:
    """Return how words sound, from -1, most negative, to 1."""
    found: float = analyser.polarity_scores(words)["compound"]
    return found


def sentiment(compound: float) -> tuple[Sentiment, float | None]:
    """Return the class of a compound, and how decided it is; a lexicon cannot tell how sure neutral is."""
    if compound >= LIMIT:
        return Sentiment.POSITIVE, compound
    if compound <= -LIMIT:
        return Sentiment.NEGATIVE, -compound
    return Sentiment.NEUTRAL, None
