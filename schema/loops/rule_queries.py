"""How are rules, terms and authority found? The fields where reading them begins."""

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import Lookup, connection, extend, lookup, where
from schema.ground.roots import Query
from schema.interactions.types import Team
from schema.loops.queries import RecoveryFilter
from schema.loops.rule_types import AuthorityLimit, LoopPolicy, RecoveryRule
from schema.loops.types import Recovery
from service.loops import reads, rule_tables, tables


@strawberry.input(description="Which rules; all fields that are given must hold.")
class RecoveryRuleFilter:
    """A filter of rules."""

    status: list[rule_tables.RuleStatus] | None = where("In one of these states.")
    trigger: list[tables.RecoveryTrigger] | None = where("With one of these triggers.")
    key: str | None = where("Editions of the rule with this key.")


@extend(RecoveryRule)
class RuleRecoveries:
    """What a rule shows of what it opened."""

    recoveries: Connection[Recovery] = connection(
        "The recoveries that this edition opened, latest first.",
        reads.recoveries_of_rule,
        filter_by=RecoveryFilter,
    )


@extend(Team)
class TeamRecoveries:
    """What a team shows of those it is to win back."""

    recoveries: Connection[Recovery] = connection(
        "The recoveries that this team deals with, latest first.",
        reads.recoveries_of_team,
        filter_by=RecoveryFilter,
    )


@extend(Query)
class RuleQueries:
    """Where reading rules begins."""

    recovery_rule: RecoveryRule | None = lookup(
        "One edition of a rule; null where there is none.",
        Lookup(rule_tables.RecoveryRule, id=reads.by_id_of_rule),
        {"id": (strawberry.ID, "Its id.")},
    )
    recovery_rules: Connection[RecoveryRule] = connection(
        "All editions of all rules, by their place.", reads.RECOVERY_RULES, filter_by=RecoveryRuleFilter
    )
    loop_policy: LoopPolicy | None = lookup(
        "The terms that hold now; null where the tenant set none: then the usual ones hold.",
        Lookup(rule_tables.LoopPolicy, reads.by_edition),
        {},
    )
    authority_limits: Connection[AuthorityLimit] = connection(
        "All authority limits, by their holders.", reads.AUTHORITY_LIMITS
    )
