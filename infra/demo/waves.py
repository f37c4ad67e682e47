"""Under which name did each yearly wave of the airport survey keep which question? The tables below tell.

The instrument stayed; the column names did not. For 2010 and 2011 the items stand in the order of 2012, whose
columns are named: the shares of "never used" agree item by item.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LAST_NPS_SCORE = 10

_PLACES = (
    "art",
    "restaurants",
    "shops",
    "signs",
    "walkways",
    "screens",
    "info-lower",
    "info-upper",
    "wifi",
    "roads",
    "parking",
    "airtrain",
    "shuttle",
    "rental",
    "overall",
)
_PLACES_UNTIL_2012 = (*_PLACES[:8], "roads", "parking", "airtrain", "shuttle", "rental", "overall")
_CLEAN = (
    "clean-boarding",
    "clean-airtrain",
    "clean-rental",
    "clean-restaurants",
    "clean-restrooms",
    "clean-all",
)
_CLEAN_UNTIL_2012 = (
    "clean-boarding",
    "",
    "clean-airtrain",
    "clean-rental",
    "clean-restaurants",
    "clean-restrooms",
)


@dataclass(frozen=True, slots=True)
class Wave:
    """The columns of one year; an empty name means that the year did not ask or did not publish it."""

    year: int
    ratings: Mapping[str, str]
    weight: str = ""
    airline: str = ""
    area: str = ""
    purpose: str = ""
    first_time: str = ""
    nps: str = ""
    words: str = ""
    comments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _named(questions: tuple[str, ...], columns: str) -> dict[str, str]:
    return {question: column for question, column in zip(questions, columns.split(), strict=True) if question}


def _lettered(questions: tuple[str, ...], prefix: str) -> dict[str, str]:
    return {
        question: prefix + letter
        for question, letter in zip(questions, "ABCDEFGHIJKLMNO", strict=False)
        if question
    }


_EASE = ("getting", "finding", "security")
_RATINGS_SINCE_2014 = _named(
    (*_PLACES, *_CLEAN, "safety", *_EASE),
    "Q7ART Q7FOOD Q7STORE Q7SIGN Q7WALKWAYS Q7SCREENS Q7INFODOWN Q7INFOUP Q7WIFI Q7ROADS Q7PARK Q7AIRTRAIN "
    "Q7LTPARKING Q7RENTAL Q7ALL Q9BOARDING Q9AIRTRAIN Q9RENTAL Q9FOOD Q9RESTROOM Q9ALL Q10SAFE "
    "Q13GETRATE Q14FIND Q14PASSTHRU",
)

WAVES = (
    Wave(
        2018,
        _RATINGS_SINCE_2014
        | {"walkways": "Q7WALKWAY", "safety": "Q10Safe"}
        | _named(_CLEAN, "Q9Boarding Q9AirTrain Q9Rental Q9Food Q9Restroom Q9All"),
        weight="WEIGHT",
        airline="AIRLINE",
        area="BAREA",
        purpose="Q2PURP1",
        first_time="Q5FIRSTTIME",
        nps="NETPRO",
        words="Q15A",
        # The published code list is that of 2017. In 2018 it still fits these two questions (ratings and the
        # passengers' own words agree with it) but not the one on cleanliness, whose codes have moved.
        comments={
            "comment": ("Q8-1", "Q8-2", "Q8-3", "Q8-4", "Q8-5", "Q8-6"),
            "problem": ("Q15-1", "Q15-2", "Q15-3"),
        },
    ),
    Wave(
        2017,
        _RATINGS_SINCE_2014,
        weight="WEIGHT",
        airline="AIRLINE",
        area="BAREA",
        purpose="Q2PURP1",
        first_time="Q5FIRSTTIME",
        nps="NETPRO",
        comments={
            "comment": ("Q8COM1", "Q8COM2", "Q8COM3", "Q8COM4", "Q8COM5"),
            "cleanliness": ("Q9COM1", "Q9COM2", "Q9COM3"),
            "problem": ("Q15COM1", "Q15COM2", "Q15COM3"),
        },
    ),
    Wave(
        2016,
        _RATINGS_SINCE_2014,
        weight="WEIGHT",
        airline="AIRLINE",
        area="BAREA",
        purpose="Q2PURP1",
        first_time="Q5FIRSTTIME",
    ),
    Wave(
        2015, _RATINGS_SINCE_2014, weight="WEIGHT", area="BAREA", purpose="Q2PURP1", first_time="Q5FIRSTTIME"
    ),
    Wave(2014, _RATINGS_SINCE_2014, weight="WEIGHT", area="AREA"),
    Wave(
        2013,
        _named(
            (*_PLACES, *_CLEAN, "safety", *_EASE),
            "Q7A_ART Q7B_FOOD Q7C_SHOPS Q7D_SIGNS Q7E_WALK Q7F_SCREENS Q7G_INFOARR Q7H_INFODEP Q7I_WIFI "
            "Q7J_ROAD "
            "Q7K_PARK Q7L_AIRTRAIN Q7M_LTPARK Q7N_RENTAL Q7O_WHOLE Q9A_CLNBOARD Q9B_CLNAIRTRAIN Q9C_CLNRENT "
            "Q9D_CLNFOOD Q9E_CLNBATH Q9F_CLNWHOLE Q10SAFE Q13_RATEGETTO Q14A_FIND Q14B_SECURITY",
        ),
        weight="WEIGHT",
    ),
    Wave(
        2012,
        _named(
            (*_PLACES_UNTIL_2012, *_CLEAN_UNTIL_2012, "safety", *_EASE),
            "Q8A_ART Q8B_FOOD Q8C_SHOP Q8D_SIGNS Q8E_WALK Q8F_SCREENS Q8G_INFOARR Q8H_INFODEP Q8I_ROAD "
            "Q8J_PARK "
            "Q8K_AIRTRAIN Q8L_LTPARK Q8M_RENTAL Q8N_WHOLE Q10A_CLNBOARD Q10B_CLNPARK Q10C_CLNAIRTRAIN "
            "Q10D_CLNRENT "
            "Q10E_CLNFOOD Q10F_CLNBATH Q11SAFE Q14RATEGETTO Q15A_FIND Q15B_SECURITY",
        ),
        area="BAREA",
    ),
    Wave(
        2011,
        _lettered(_PLACES_UNTIL_2012, "Q8")
        | _lettered(_CLEAN_UNTIL_2012, "Q10")
        | {"safety": "Q11", "finding": "Q15A", "security": "Q15B"},
    ),
    Wave(
        2010,
        _lettered(_PLACES_UNTIL_2012, "Q6")
        | _lettered(_CLEAN_UNTIL_2012, "Q8")
        | {"safety": "Q9", "finding": "Q13A", "security": "Q13B"},
        weight="WEIGHT",
    ),
)
