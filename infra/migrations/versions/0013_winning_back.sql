CREATE TABLE customer_consent (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    purpose VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    source VARCHAR,
    proof VARCHAR,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by VARCHAR NOT NULL,
    CONSTRAINT pk_customer_consent PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_customer_consent_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_customer_consent_purpose CHECK (purpose IN ('FEEDBACK', 'MARKETING', 'ANALYTICS')),
    CONSTRAINT ck_customer_consent_status CHECK (status IN ('GRANTED', 'DENIED', 'REVOKED'))
);

CREATE INDEX ix_customer_consent_customer ON customer_consent (tenant_id, customer_id, given_at, id);

CREATE INDEX ix_customer_consent_purpose ON customer_consent (tenant_id, customer_id, purpose, given_at, id);

CREATE TABLE survey_invitation (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    survey_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    interaction_id UUID,
    channel VARCHAR COLLATE "C" NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_by VARCHAR NOT NULL,
    CONSTRAINT pk_survey_invitation PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_survey_id FOREIGN KEY(tenant_id, survey_id) REFERENCES survey (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id),
    CONSTRAINT ck_survey_invitation_channel CHECK (channel IN ('WEB', 'APP', 'EMAIL', 'CHAT', 'PHONE', 'SMS', 'SOCIAL', 'IN_STORE', 'LETTER', 'SURVEY', 'API', 'OTHER'))
);

CREATE INDEX ix_survey_invitation_customer ON survey_invitation (tenant_id, customer_id, sent_at, id);

CREATE INDEX ix_survey_invitation_interaction ON survey_invitation (tenant_id, interaction_id, sent_at, id);

CREATE INDEX ix_survey_invitation_sent_at ON survey_invitation (tenant_id, sent_at, id);

CREATE INDEX ix_survey_invitation_survey ON survey_invitation (tenant_id, survey_id, sent_at, id);

CREATE TABLE recovery_rule (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    edition INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    trigger VARCHAR COLLATE "C" NOT NULL,
    place INTEGER NOT NULL,
    worst_part FLOAT,
    survey_id UUID,
    touchpoint_id UUID,
    contact_reason_id UUID,
    segment_id UUID,
    channel VARCHAR COLLATE "C",
    keywords VARCHAR,
    severity INTEGER,
    owner VARCHAR,
    team_id UUID,
    acknowledge_within_seconds INTEGER,
    recover_within_seconds INTEGER,
    quiet_days INTEGER NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_rule PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_recovery_rule_tenant_id_key_edition UNIQUE (tenant_id, key, edition),
    CONSTRAINT fk_recovery_rule_tenant_id_survey_id FOREIGN KEY(tenant_id, survey_id) REFERENCES survey (tenant_id, id),
    CONSTRAINT fk_recovery_rule_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_recovery_rule_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_recovery_rule_tenant_id_segment_id FOREIGN KEY(tenant_id, segment_id) REFERENCES segment (tenant_id, id),
    CONSTRAINT fk_recovery_rule_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id),
    CONSTRAINT ck_recovery_rule_status CHECK (status IN ('DRAFT', 'ACTIVE', 'RETIRED')),
    CONSTRAINT ck_recovery_rule_trigger CHECK (trigger IN ('DETRACTOR', 'CSAT_LOW', 'CES_LOW', 'SLA_BREACH', 'ABANDONMENT', 'KEYWORD', 'FOLLOW_UP_DISPUTED')),
    CONSTRAINT ck_recovery_rule_channel CHECK (channel IN ('WEB', 'APP', 'EMAIL', 'CHAT', 'PHONE', 'SMS', 'SOCIAL', 'IN_STORE', 'LETTER', 'SURVEY', 'API', 'OTHER')),
    CONSTRAINT ck_recovery_rule_edition CHECK (edition >= 1),
    CONSTRAINT ck_recovery_rule_severity_in_bounds CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT ck_recovery_rule_worst_part_is_a_share CHECK (worst_part > 0 AND worst_part <= 1),
    CONSTRAINT ck_recovery_rule_keywords_are_for_words CHECK ((trigger = 'KEYWORD') = (keywords IS NOT NULL)),
    CONSTRAINT ck_recovery_rule_times_are_positive CHECK (acknowledge_within_seconds > 0 AND recover_within_seconds > 0),
    CONSTRAINT ck_recovery_rule_quiet_days_count CHECK (quiet_days >= 0)
);

CREATE INDEX ix_recovery_rule_contact_reason ON recovery_rule (tenant_id, contact_reason_id, id);

CREATE INDEX ix_recovery_rule_place ON recovery_rule (tenant_id, place, id);

CREATE INDEX ix_recovery_rule_segment ON recovery_rule (tenant_id, segment_id, id);

CREATE INDEX ix_recovery_rule_status ON recovery_rule (tenant_id, status, place, id);

CREATE INDEX ix_recovery_rule_survey ON recovery_rule (tenant_id, survey_id, id);

CREATE INDEX ix_recovery_rule_team ON recovery_rule (tenant_id, team_id, id);

CREATE INDEX ix_recovery_rule_touchpoint ON recovery_rule (tenant_id, touchpoint_id, id);

CREATE INDEX ix_recovery_rule_trigger ON recovery_rule (tenant_id, trigger, place, id);

CREATE TABLE loop_policy (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition INTEGER NOT NULL,
    acknowledge_within_seconds INTEGER NOT NULL,
    recover_within_seconds INTEGER NOT NULL,
    answer_window_days INTEGER NOT NULL,
    same_reason_days INTEGER NOT NULL,
    reply_window_days INTEGER NOT NULL,
    tell_within_days INTEGER NOT NULL,
    quiet_days INTEGER NOT NULL,
    consent_basis VARCHAR COLLATE "C" NOT NULL,
    set_by VARCHAR NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_loop_policy PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_loop_policy_tenant_id_edition UNIQUE (tenant_id, edition),
    CONSTRAINT ck_loop_policy_consent_basis CHECK (consent_basis IN ('OPT_OUT', 'OPT_IN')),
    CONSTRAINT ck_loop_policy_times_are_positive CHECK (acknowledge_within_seconds > 0 AND recover_within_seconds > 0),
    CONSTRAINT ck_loop_policy_windows_are_positive CHECK (answer_window_days > 0 AND same_reason_days > 0 AND reply_window_days > 0 AND tell_within_days > 0),
    CONSTRAINT ck_loop_policy_quiet_days_count CHECK (quiet_days >= 0)
);

CREATE TABLE authority_limit (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    holder_kind VARCHAR COLLATE "C" NOT NULL,
    holder VARCHAR COLLATE "C" NOT NULL,
    currency VARCHAR COLLATE "C" NOT NULL,
    amount_minor INTEGER NOT NULL,
    CONSTRAINT pk_authority_limit PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_authority_limit_tenant_id_currency_holder_kind_holder UNIQUE (tenant_id, currency, holder_kind, holder),
    CONSTRAINT ck_authority_limit_holder_kind CHECK (holder_kind IN ('AGENT', 'ROLE')),
    CONSTRAINT ck_authority_limit_limit_is_no_debt CHECK (amount_minor >= 0),
    CONSTRAINT ck_authority_limit_currency_code CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE INDEX ix_authority_limit_holder ON authority_limit (tenant_id, holder, id);

CREATE TABLE reply_link (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    recovery_id UUID,
    follow_up_id UUID,
    channel VARCHAR COLLATE "C" NOT NULL,
    remedied_at TIMESTAMP WITH TIME ZONE,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer VARCHAR,
    CONSTRAINT pk_reply_link PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_recovery_id FOREIGN KEY(tenant_id, recovery_id) REFERENCES recovery (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_follow_up_id FOREIGN KEY(tenant_id, follow_up_id) REFERENCES follow_up (tenant_id, id),
    CONSTRAINT ck_reply_link_channel CHECK (channel IN ('WEB', 'APP', 'EMAIL', 'CHAT', 'PHONE', 'SMS', 'SOCIAL', 'IN_STORE', 'LETTER', 'SURVEY', 'API', 'OTHER')),
    CONSTRAINT ck_reply_link_asks_one_question CHECK (num_nonnulls(recovery_id, follow_up_id) = 1),
    CONSTRAINT ck_reply_link_expires_after_it_was_made CHECK (asked_at < expires_at)
);

CREATE INDEX ix_reply_link_customer ON reply_link (tenant_id, customer_id, asked_at, id);

CREATE INDEX ix_reply_link_follow_up ON reply_link (tenant_id, follow_up_id, asked_at, id);

CREATE INDEX ix_reply_link_recovery ON reply_link (tenant_id, recovery_id, asked_at, id);


ALTER TABLE survey ADD COLUMN needs_consent BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE survey ALTER COLUMN needs_consent DROP DEFAULT;

ALTER TABLE initiative
    ADD COLUMN untold_count INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_initiative_untold CHECK (untold_count >= 0);

ALTER TABLE initiative ALTER COLUMN untold_count DROP DEFAULT;

UPDATE initiative SET untold_count = owed.untold
FROM (
    SELECT tenant_id, initiative_id, count(*) AS untold FROM follow_up
    WHERE status IN ('OWED', 'READY', 'SENT') GROUP BY tenant_id, initiative_id
) AS owed
WHERE initiative.tenant_id = owed.tenant_id AND initiative.id = owed.initiative_id;

ALTER TABLE feedback_loop ADD COLUMN closed_despite VARCHAR;

CREATE INDEX ix_follow_up_due_at ON follow_up (tenant_id, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_follow_up_sent_at ON follow_up (tenant_id, customer_id, sent_at, id) WHERE sent_at IS NOT NULL;

ALTER TABLE recovery_action
    ADD COLUMN decision VARCHAR COLLATE "C" NOT NULL DEFAULT 'GRANTED',
    ADD COLUMN decided_by VARCHAR,
    ADD COLUMN decided_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN decision_reason VARCHAR,
    ADD CONSTRAINT ck_recovery_action_decision CHECK (decision IN ('GRANTED', 'PROPOSED', 'REJECTED')),
    ADD CONSTRAINT ck_recovery_action_decision_is_recorded CHECK ((decision <> 'PROPOSED' OR decided_at IS NULL) AND (decision <> 'REJECTED' OR decided_at IS NOT NULL)),
    ADD CONSTRAINT ck_recovery_action_decision_has_its_author CHECK ((decided_at IS NULL) = (decided_by IS NULL));

ALTER TABLE recovery_action ALTER COLUMN decision DROP DEFAULT;

ALTER TABLE recovery
    DROP CONSTRAINT ck_recovery_rule,
    DROP CONSTRAINT ck_recovery_rule_is_named;

ALTER TABLE recovery RENAME COLUMN rule TO trigger;

ALTER TABLE recovery RENAME CONSTRAINT uq_recovery_tenant_id_feedback_id_rule TO uq_recovery_tenant_id_feedback_id_trigger;

ALTER TABLE recovery RENAME CONSTRAINT uq_recovery_tenant_id_follow_up_id_rule TO uq_recovery_tenant_id_follow_up_id_trigger;

ALTER INDEX ix_recovery_rule RENAME TO ix_recovery_trigger;

UPDATE recovery SET trigger = CASE trigger WHEN 'LOW_SATISFACTION' THEN 'CSAT_LOW' ELSE 'CES_LOW' END
WHERE trigger IN ('LOW_SATISFACTION', 'HIGH_EFFORT');

ALTER TABLE recovery
    ADD COLUMN rule_id UUID,
    ADD COLUMN team_id UUID,
    ADD COLUMN recover_within_seconds INTEGER,
    ADD COLUMN waiting_since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN due_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN told_due_at TIMESTAMP WITH TIME ZONE;

UPDATE recovery SET waiting_since = updated_at WHERE status = 'WAITING_CUSTOMER';

ALTER TABLE recovery
    ADD CONSTRAINT ck_recovery_trigger CHECK (trigger IN ('DETRACTOR', 'CSAT_LOW', 'CES_LOW', 'SLA_BREACH', 'ABANDONMENT', 'KEYWORD', 'FOLLOW_UP_DISPUTED')),
    ADD CONSTRAINT ck_recovery_trigger_is_named CHECK ((origin = 'RULE') = (trigger IS NOT NULL)),
    ADD CONSTRAINT ck_recovery_rule_has_its_trigger CHECK (rule_id IS NULL OR trigger IS NOT NULL),
    ADD CONSTRAINT ck_recovery_waiting_is_recorded CHECK ((status = 'WAITING_CUSTOMER') = (waiting_since IS NOT NULL)),
    ADD CONSTRAINT fk_recovery_tenant_id_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES recovery_rule (tenant_id, id),
    ADD CONSTRAINT fk_recovery_tenant_id_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id);

CREATE INDEX ix_recovery_due_at ON recovery (tenant_id, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_recovery_untold ON recovery (tenant_id, due_at, id) WHERE due_at IS DISTINCT FROM told_due_at;

CREATE INDEX ix_recovery_rule ON recovery (tenant_id, rule_id, opened_at, id);

CREATE INDEX ix_recovery_team ON recovery (tenant_id, team_id, opened_at, id);
