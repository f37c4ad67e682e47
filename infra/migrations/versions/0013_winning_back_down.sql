DROP INDEX ix_recovery_due_at, ix_recovery_untold, ix_recovery_rule, ix_recovery_team, ix_follow_up_due_at, ix_follow_up_sent_at;

ALTER TABLE recovery
    DROP CONSTRAINT ck_recovery_trigger,
    DROP CONSTRAINT ck_recovery_trigger_is_named,
    DROP CONSTRAINT ck_recovery_rule_has_its_trigger,
    DROP CONSTRAINT ck_recovery_waiting_is_recorded,
    DROP COLUMN rule_id,
    DROP COLUMN team_id,
    DROP COLUMN recover_within_seconds,
    DROP COLUMN waiting_since,
    DROP COLUMN due_at,
    DROP COLUMN told_due_at;

UPDATE recovery SET trigger = CASE trigger WHEN 'CSAT_LOW' THEN 'LOW_SATISFACTION' WHEN 'CES_LOW' THEN 'HIGH_EFFORT' END
WHERE trigger IN ('CSAT_LOW', 'CES_LOW');

UPDATE recovery SET trigger = NULL, origin = 'AGENT' WHERE trigger IN ('SLA_BREACH', 'ABANDONMENT', 'KEYWORD');

ALTER INDEX ix_recovery_trigger RENAME TO ix_recovery_rule;

ALTER TABLE recovery RENAME CONSTRAINT uq_recovery_tenant_id_feedback_id_trigger TO uq_recovery_tenant_id_feedback_id_rule;

ALTER TABLE recovery RENAME CONSTRAINT uq_recovery_tenant_id_follow_up_id_trigger TO uq_recovery_tenant_id_follow_up_id_rule;

ALTER TABLE recovery RENAME COLUMN trigger TO rule;

ALTER TABLE recovery
    ADD CONSTRAINT ck_recovery_rule CHECK (rule IN ('DETRACTOR', 'LOW_SATISFACTION', 'HIGH_EFFORT', 'FOLLOW_UP_DISPUTED')),
    ADD CONSTRAINT ck_recovery_rule_is_named CHECK ((origin = 'RULE') = (rule IS NOT NULL));

ALTER TABLE recovery_action
    DROP COLUMN decision,
    DROP COLUMN decided_by,
    DROP COLUMN decided_at,
    DROP COLUMN decision_reason;

ALTER TABLE feedback_loop DROP COLUMN closed_despite;

ALTER TABLE initiative DROP COLUMN untold_count;

ALTER TABLE survey DROP COLUMN needs_consent;
