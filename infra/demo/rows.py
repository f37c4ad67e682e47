"""What does one row look like that the demo sends? The public GraphQL inputs, written down as types."""

from typing import NotRequired, TypedDict


class ExternalId(TypedDict):
    """The name by which another system knows something."""

    system: str
    value: str


class ByExternalId(TypedDict):
    """A reference to a customer by an identifier of another system."""

    externalId: ExternalId


class CustomerRow(TypedDict):
    """A customer to be upserted."""

    externalIds: list[ExternalId]
    lifecycleStage: str
    displayName: NotRequired[str]
    locale: NotRequired[str]
    timeZone: NotRequired[str]
    segments: NotRequired[list[str]]
    attributes: NotRequired[dict[str, str | int]]


class StageRow(TypedDict):
    """A stage of a journey, in the order of its list."""

    key: str
    name: str
    kind: str
    touchpointKeys: list[str]


class JourneyRow(TypedDict):
    """A journey to be drafted and published."""

    key: str
    name: str
    brandPromise: str
    description: str
    owner: str
    stages: list[StageRow]


class TouchpointRow(TypedDict):
    """A touchpoint of the catalogue."""

    key: str
    name: str
    channel: str
    medium: str
    owner: str
    momentOfTruth: bool


class SurveyRow(TypedDict):
    """A question that is asked with a scale."""

    key: str
    name: str
    kind: str
    scaleMin: int
    scaleMax: int
    direction: str
    purpose: str
    question: str


class ReasonRow(TypedDict):
    """A contact reason; a parent comes before its children."""

    key: str
    name: str
    kind: str
    parentKey: NotRequired[str]


class TeamRow(TypedDict):
    """A team of the service organisation."""

    key: str
    name: str


class FeedbackRow(TypedDict):
    """One answer of one customer."""

    source: str
    key: str
    customer: ByExternalId
    submittedAt: str
    surveyKey: NotRequired[str]
    score: NotRequired[int]
    verbatim: NotRequired[str]
    language: NotRequired[str]
    channel: NotRequired[str]
    touchpointKey: NotRequired[str]
    contactReasonKeys: NotRequired[list[str]]
    weight: NotRequired[float]


class LedgerRow(TypedDict):
    """One entry of an interaction's ledger."""

    type: str
    at: str
    actor: str
    actorKind: str
    teamKey: NotRequired[str]
    status: NotRequired[str]
    body: NotRequired[str]
    visibility: NotRequired[str]


class InteractionRow(TypedDict):
    """One matter with its whole ledger."""

    source: str
    key: str
    customer: ByExternalId
    channel: str
    subject: str
    priority: str
    slaMet: bool
    openedAt: str
    events: list[LedgerRow]
    contactReasonKey: NotRequired[str]
    teamKey: NotRequired[str]


class PeriodRow(TypedDict):
    """A span of a weekday in which somebody is there."""

    weekday: str
    opens: str
    closes: str


class HolidayRow(TypedDict):
    """A day on which nobody is there."""

    day: str
    name: str


class HoursRow(TypedDict):
    """The hours of a calendar."""

    timeZone: str
    periods: list[PeriodRow]
    holidays: list[HolidayRow]


class CalendarRow(TypedDict):
    """A business calendar to be made."""

    key: str
    name: str
    hours: HoursRow


class TargetRow(TypedDict):
    """How soon something must happen, in seconds of open time."""

    target: str
    seconds: int


class WordingRow(TypedDict):
    """What a policy promises; without a calendar round the clock."""

    conditions: NotRequired[dict[str, list[str]]]
    targets: list[TargetRow]
    calendarKey: NotRequired[str]


class PolicyRow(TypedDict):
    """An SLA policy to be made."""

    key: str
    name: str
    wording: WordingRow


Row = (
    CustomerRow
    | JourneyRow
    | TouchpointRow
    | SurveyRow
    | ReasonRow
    | TeamRow
    | CalendarRow
    | PolicyRow
    | FeedbackRow
    | InteractionRow
)
