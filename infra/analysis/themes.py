"""What do the words of many customers have in common? TF-IDF and non-negative matrix factorisation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sklearn import __version__ as sklearn_version
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfVectorizer

from service.ground.session import Session
from service.insights import discovery
from service.insights.finding_tables import AnalysisKind
from service.insights.runs import Method
from service.insights.themes import ThemeFound

LANGUAGE = "en"
WORDS_OF = timedelta(days=365)
MOST = 20_000
"""How many verbatims are read, the latest first."""
FEWEST = 30
"""Fewer than this have nothing in common that could be counted."""
FEWEST_WITH_TERM = 3
COMMONEST = 0.5
FEWEST_THEMES, MOST_THEMES = 2, 20
OF_A_THEME = 25
SURE = 0.4
"""Feedback speaks of a theme that has at least this part of all its themes."""
TERMS_OF_NAME, TERMS_OF_DESCRIPTION = 3, 10
SEED = 20_260_301
PERSONAL = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|@\w+|\S*\d\S*")
"""Addresses, links, handles, and whatever holds a digit: none of them becomes a term."""
METHOD = Method(
    AnalysisKind.THEMES,
    "nmf",
    f"1 (scikit-learn {sklearn_version})",
    {"days": WORDS_OF.days, "most": MOST, "sure": SURE, "seed": SEED},
)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a run found: the terms that stand for it, and how much of each text is about it, 0 to 1."""

    terms: tuple[str, ...]
    shares: Matrix


async def run(session: Session, today: date) -> UUID | None:
    """Find themes in what was said in the year before `today`; returns the run, None for too few words."""
    until = datetime.combine(today, time(), UTC)
    rows = await discovery.words(session, until - WORDS_OF, until, language=LANGUAGE, most=MOST)
    topics = find([row["verbatim"] for row in rows])
    if not topics:
        return None
    ids = [row["id"] for row in rows]
    found = [_found(number, topic, ids) for number, topic in enumerate(topics)]
    return await discovery.keep(session, METHOD, found, until=until, read=len(rows))


def find(texts: Sequence[str]) -> list[Topic]:
    """Return the topics of texts, the largest first; none where the texts are few or share no terms.

    The same texts give the same topics: nothing is drawn by chance.
    """
    if len(texts) < FEWEST:
        return []
    vectorizer = TfidfVectorizer(
        preprocessor=scrubbed,
        token_pattern=r"(?u)\b[^\W\d_]{3,}\b",  # noqa: S106 - the shape of a word
        ngram_range=(1, 2),
        min_df=FEWEST_WITH_TERM,
        max_df=COMMONEST,
        stop_words="english",
        sublinear_tf=True,
    )
    try:
        weights = vectorizer.fit_transform(texts)
    except ValueError:  # no term is left: the texts are empty, or have nothing in common
        return []
    count = min(themes_of(len(texts)), weights.shape[1])
    model = NMF(count, init="nndsvd", random_state=SEED, max_iter=500)
    documents: Matrix = model.fit_transform(weights)
    terms = vectorizer.get_feature_names_out()
    shares = documents / np.maximum(documents.sum(axis=1, keepdims=True), 1e-12)
    ordered = np.argsort(-(shares >= SURE).sum(axis=0), kind="stable")
    return [Topic(_terms(model.components_[n], terms), shares[:, n]) for n in ordered]


def scrubbed(text: str) -> str:
    """Return a text in small letters, without what may name a person."""
    return PERSONAL.sub(" ", text.lower())


def themes_of(texts: int) -> int:
    """Return how many themes so many texts are worth."""
    return int(min(MOST_THEMES, max(FEWEST_THEMES, round((texts / OF_A_THEME) ** 0.5))))


def _terms(weights: Matrix, terms: NDArray[np.str_]) -> tuple[str, ...]:
    """Return the terms with weight, the heaviest first; of a pair and its halves only what comes first."""
    heaviest = np.argsort(-weights, kind="stable")
    chosen: list[str] = []
    for n in heaviest:
        words = set(str(terms[n]).split())
        if weights[n] <= 0 or len(chosen) == TERMS_OF_DESCRIPTION:
            break
        if not any(words & set(other.split()) for other in chosen):
            chosen.append(str(terms[n]))
    return tuple(chosen)


def _found(number: int, topic: Topic, ids: Sequence[UUID]) -> ThemeFound:
    sure = np.flatnonzero(topic.shares >= SURE)
    return ThemeFound(
        key=f"{number + 1:02}-" + "-".join(topic.terms[:TERMS_OF_NAME]).replace(" ", "-"),
        name=", ".join(topic.terms[:TERMS_OF_NAME]),
        description=", ".join(topic.terms),
        feedback={ids[int(n)]: round(float(topic.shares[n]), 4) for n in sure},
    )
