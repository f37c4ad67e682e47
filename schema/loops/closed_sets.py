"""Which words does closing the loop use? Its closed sets, with what each value means."""

from schema.ground.fields import closed_set
from service.loops import gates, rule_tables, tables
from service.loops.levels import LoopLevel

closed_set(
    tables.RecoveryOrigin,
    "Who saw that a customer needs to be won back.",
    RULE="A rule, from what the customer said.",
    AGENT="A person.",
)
closed_set(
    tables.RecoveryTrigger,
    "What calls for a recovery.",
    DETRACTOR="An answer of 0 to 6 to the question whether the customer would recommend.",
    CSAT_LOW="A satisfaction or rating in the lowest two fifths of its scale.",
    CES_LOW="An effort in the worst two fifths of its scale.",
    SLA_BREACH="A promise about a matter was broken.",
    ABANDONMENT="The customer gave up before being served.",
    KEYWORD="The customer wrote one of a rule's words.",
    FOLLOW_UP_DISPUTED="The customer was told that it is better and said that it is not.",
)
closed_set(
    tables.RecoveryStatus,
    "Where a recovery stands.",
    OPEN="Nobody has taken it up.",
    ACKNOWLEDGED="The customer knows that it was heard.",
    IN_PROGRESS="It is being worked on.",
    WAITING_CUSTOMER="It waits for the customer.",
    WAITING_INTERNAL="It waits for somebody inside the organisation.",
    REMEDIED="Something was done; whether it is good now is for the customer to say.",
    REOPENED="The customer says that it is not good; it has to be taken up again.",
    RECOVERED="The customer said that it is good now.",
    UNCONFIRMED="The customer did not answer: closed, but never counted as recovered.",
    DUPLICATE="Another recovery of the same customer deals with it.",
    DISMISSED="There was nothing to recover, for the reason in its history.",
)
closed_set(
    tables.Answer,
    "What a customer said when asked whether it is good now.",
    POSITIVE="It is good now.",
    NEGATIVE="It is not.",
)
closed_set(
    tables.ActionKind,
    "What was done for a customer.",
    APOLOGY="Somebody apologised.",
    FIX="What was wrong was put right.",
    COMPENSATION="The customer was given something, perhaps money.",
    EXPLANATION="The customer was told why it happened.",
    CONTACT_ATTEMPT="Somebody tried to reach the customer; not a remedy by itself.",
)
closed_set(
    tables.FollowUpStatus,
    "Where the telling of one customer about one initiative stands.",
    OWED="There is nothing to tell yet.",
    READY="There is something to tell, and nobody has.",
    SENT="The customer was told and has not replied.",
    CONFIRMED="The customer says that it is better.",
    DISPUTED="The customer says that it is not; a recovery was opened.",
    NO_REPLY="The customer was told and never replied.",
    SUPPRESSED="The customer must not be written to.",
    WAIVED="Somebody decided not to tell the customer.",
    FOLDED="The same person is told by another follow-up: of a merged record, or of another initiative.",
)
closed_set(
    tables.News,
    "What there is to tell a customer who spoke up.",
    CHANGED="The initiative has shipped.",
    DECLINED="The initiative was given up.",
)
closed_set(
    tables.Suppression,
    "Why a customer must not be written to.",
    NO_CONSENT="The customer never agreed to be written to.",
    OPTED_OUT="The customer asked not to be written to.",
    ERASED="The customer's data were erased.",
)
closed_set(
    tables.LoopStatus,
    "Whether a feedback loop is closed.",
    OPEN="Something is still missing.",
    CLOSED="Nothing is missing, or a sponsor closed it with a reason.",
)
closed_set(
    tables.ActionDecision,
    "Whether what was done for a customer may count.",
    GRANTED="It counts.",
    PROPOSED="It is more than its author may grant, and waits for somebody else.",
    REJECTED="Somebody else refused it.",
)
closed_set(
    rule_tables.RuleStatus,
    "Whether an edition of a rule opens recoveries.",
    DRAFT="Not yet.",
    ACTIVE="It does.",
    RETIRED="Not any more.",
)
closed_set(
    rule_tables.ConsentBasis,
    "Which customers may be told what came of their words.",
    OPT_OUT="All but those who objected.",
    OPT_IN="Only those who agreed.",
)
closed_set(
    rule_tables.HolderKind,
    "To whom an authority limit is given.",
    AGENT="One person, by the subject's name.",
    ROLE="Everybody who has a scope or role of this name.",
)
closed_set(
    gates.SendBlock,
    "Why a customer cannot be told now.",
    OPTED_OUT="The customer's latest word is no.",
    NO_CONSENT="The tenant's terms ask for consent, and there is none.",
    WRITTEN_TO_LATELY="The last message lies less far back than the tenant's terms ask for.",
)
closed_set(
    tables.HuddleDecisionKind,
    "What a team decided about something it looked at.",
    FIX_LOCALLY="The team puts it right itself.",
    ELEVATE="It is beyond the team's control and was raised.",
    COACH="Somebody is coached.",
    NO_ACTION="Nothing is done.",
)
closed_set(
    LoopLevel,
    "How far the loop of one signal has come, derived from everything that followed it.",
    HEARD="It is recorded.",
    ACKNOWLEDGED="Somebody answered the customer.",
    RECOVERED="The customer said that it is good now.",
    DECLINED_AND_TOLD="The customer was told that nothing will be changed.",
    CAUSE_ADDRESSED="An initiative for an insight that it backs has shipped.",
    TOLD="The customer was told what was changed.",
    VERIFIED="The customer confirmed it, or was told of an effect that an evaluation proved.",
)
