"""What do the closed sets of this chapter mean? A sentence for every value."""

from schema.ground.fields import closed_set
from service.interactions import PassageKind, tables

closed_set(
    tables.ReasonKind,
    "What kind of contact a reason stands for.",
    QUESTION="The customer wants to know something.",
    COMPLAINT="The customer is dissatisfied and says so.",
    REQUEST="The customer wants something done.",
    INCIDENT="Something does not work.",
    ADVICE="The customer wants help with a decision.",
    COMPLIMENT="The customer is pleased and says so.",
)
closed_set(
    tables.InteractionStatus,
    "Where a matter stands.",
    NEW="Nobody has taken it up yet.",
    OPEN="It is being worked on.",
    WAITING_ON_CUSTOMER="The customer has to answer first.",
    ON_HOLD="Somebody or something else has to come first.",
    RESOLVED="What the customer wanted is settled.",
    CLOSED="It is over, resolved or not.",
)
closed_set(
    tables.Priority,
    "How soon a matter needs attention.",
    LOW="Can wait.",
    NORMAL="In its turn.",
    HIGH="Before others.",
    URGENT="At once.",
)
closed_set(
    tables.Origin,
    "Who made the first step.",
    REACTIVE="The customer.",
    PROACTIVE="The organisation.",
)
closed_set(
    tables.LedgerType,
    "What happened in a matter.",
    OPENED="It began.",
    QUEUED="It began to wait for an agent.",
    MESSAGE="Somebody wrote or said something.",
    ASSIGNED="It was given to a team or an agent.",
    STATUS_CHANGED="Its status changed in another way than those that have a type of their own.",
    HELD="It began to wait for the customer or for somebody else.",
    HANDED_OVER="It went from a bot to a person, or from one person to another.",
    ABANDONED="The customer gave up before being served.",
    HANDLED="An agent was done with it, with the work after the contact too.",
    RESOLVED="What the customer wanted was settled.",
    REOPENED="It turned out not to be over.",
    CLOSED="It was over, resolved or not.",
    UPDATED="Something else about it changed.",
)
closed_set(
    tables.Party,
    "On which side somebody stands in a matter.",
    CUSTOMER="The customer.",
    AGENT="A person of the organisation.",
    BOT="A program that talks to the customer.",
    SYSTEM="A program that does not.",
)
closed_set(
    tables.Visibility,
    "Who may read what was written.",
    PUBLIC="The customer too.",
    INTERNAL="The organisation only.",
)
closed_set(
    PassageKind,
    "What happened on a customer's way to a person.",
    QUEUED="The customer waits for somebody to answer.",
    HANDED_OVER="A bot passed the customer on to people.",
    ABANDONED="The customer gave up before anybody answered, or while nothing was settled.",
    HANDLED="An agent has served the customer and done the work after it.",
)
