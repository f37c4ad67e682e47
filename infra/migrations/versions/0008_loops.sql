CREATE TABLE huddle (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    team_id UUID NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attendees VARCHAR,
    notes VARCHAR,
    recorded_by VARCHAR NOT NULL,
    CONSTRAINT pk_huddle PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_huddle_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id)
);

CREATE INDEX ix_huddle_held_at ON huddle (tenant_id, held_at, id);

CREATE INDEX ix_huddle_team ON huddle (tenant_id, team_id, held_at, id);

CREATE TABLE feedback_loop (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    insight_id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    name VARCHAR,
    owner VARCHAR COLLATE "C",
    status VARCHAR COLLATE "C" NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_by VARCHAR NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by VARCHAR,
    close_reason VARCHAR,
    CONSTRAINT pk_feedback_loop PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_feedback_loop_tenant_id_insight_id_initiative_id UNIQUE (tenant_id, insight_id, initiative_id),
    CONSTRAINT fk_feedback_loop_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id),
    CONSTRAINT fk_feedback_loop_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id),
    CONSTRAINT ck_feedback_loop_status CHECK (status IN ('OPEN', 'CLOSED')),
    CONSTRAINT ck_feedback_loop_closing_is_recorded CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL))
);

CREATE INDEX ix_feedback_loop_initiative ON feedback_loop (tenant_id, initiative_id, opened_at, id);

CREATE INDEX ix_feedback_loop_insight ON feedback_loop (tenant_id, insight_id, opened_at, id);

CREATE INDEX ix_feedback_loop_opened_at ON feedback_loop (tenant_id, opened_at, id);

CREATE INDEX ix_feedback_loop_status ON feedback_loop (tenant_id, status, opened_at, id);

CREATE TABLE huddle_decision (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    huddle_id UUID NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    note VARCHAR NOT NULL,
    elevation_id UUID,
    CONSTRAINT pk_huddle_decision PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_huddle_decision_tenant_id_huddle_id FOREIGN KEY(tenant_id, huddle_id) REFERENCES huddle (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_huddle_decision_tenant_id_elevation_id FOREIGN KEY(tenant_id, elevation_id) REFERENCES elevation (tenant_id, id),
    CONSTRAINT ck_huddle_decision_kind CHECK (kind IN ('FIX_LOCALLY', 'ELEVATE', 'COACH', 'NO_ACTION')),
    CONSTRAINT ck_huddle_decision_only_elevating_names_an_elevation CHECK (elevation_id IS NULL OR kind = 'ELEVATE')
);

CREATE INDEX ix_huddle_decision_elevation ON huddle_decision (tenant_id, elevation_id, id);

CREATE INDEX ix_huddle_decision_huddle ON huddle_decision (tenant_id, huddle_id, position, id);

CREATE TABLE follow_up (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    customer_id UUID NOT NULL,
    recorded_customer_id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    evidence_id UUID,
    status VARCHAR COLLATE "C" NOT NULL,
    news VARCHAR COLLATE "C",
    message VARCHAR,
    channel VARCHAR COLLATE "C",
    owed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    sent_by VARCHAR,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer_words VARCHAR,
    answer_recorded_by VARCHAR,
    suppressed_because VARCHAR COLLATE "C",
    waived_by VARCHAR,
    waived_because VARCHAR,
    folded_into_id UUID,
    folded_from VARCHAR COLLATE "C",
    CONSTRAINT pk_follow_up PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_follow_up_tenant_id_recorded_customer_id_initiative_id UNIQUE (tenant_id, recorded_customer_id, initiative_id),
    CONSTRAINT fk_follow_up_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_follow_up_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id),
    CONSTRAINT fk_follow_up_tenant_id_evidence_id FOREIGN KEY(tenant_id, evidence_id) REFERENCES evidence (tenant_id, id),
    CONSTRAINT fk_follow_up_tenant_id_folded_into_id FOREIGN KEY(tenant_id, folded_into_id) REFERENCES follow_up (tenant_id, id),
    CONSTRAINT ck_follow_up_status CHECK (status IN ('OWED', 'READY', 'SENT', 'CONFIRMED', 'DISPUTED', 'NO_REPLY', 'SUPPRESSED', 'WAIVED', 'FOLDED')),
    CONSTRAINT ck_follow_up_news CHECK (news IN ('CHANGED', 'DECLINED')),
    CONSTRAINT ck_follow_up_channel CHECK (channel IN ('WEB', 'APP', 'EMAIL', 'CHAT', 'PHONE', 'SMS', 'SOCIAL', 'IN_STORE', 'LETTER', 'SURVEY', 'API', 'OTHER')),
    CONSTRAINT ck_follow_up_suppressed_because CHECK (suppressed_because IN ('NO_CONSENT', 'OPTED_OUT', 'ERASED')),
    CONSTRAINT ck_follow_up_folded_from CHECK (folded_from IN ('OWED', 'READY', 'SENT', 'CONFIRMED', 'DISPUTED', 'NO_REPLY', 'SUPPRESSED', 'WAIVED', 'FOLDED')),
    CONSTRAINT ck_follow_up_not_folded_into_itself CHECK (folded_into_id <> id),
    CONSTRAINT ck_follow_up_folding_is_recorded CHECK ((status = 'FOLDED') = (num_nonnulls(folded_into_id, folded_from) = 2)),
    CONSTRAINT ck_follow_up_suppression_has_its_reason CHECK (status <> 'SUPPRESSED' OR suppressed_because IS NOT NULL)
);

CREATE INDEX ix_follow_up_customer ON follow_up (tenant_id, customer_id, owed_at, id);

CREATE INDEX ix_follow_up_evidence ON follow_up (tenant_id, evidence_id, owed_at, id);

CREATE INDEX ix_follow_up_folded_into ON follow_up (tenant_id, folded_into_id, owed_at, id);

CREATE INDEX ix_follow_up_initiative ON follow_up (tenant_id, initiative_id, owed_at, id);

CREATE INDEX ix_follow_up_owed_at ON follow_up (tenant_id, owed_at, id);

CREATE INDEX ix_follow_up_status ON follow_up (tenant_id, status, owed_at, id);

CREATE TABLE recovery (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    customer_id UUID NOT NULL,
    origin VARCHAR COLLATE "C" NOT NULL,
    rule VARCHAR COLLATE "C",
    feedback_id UUID,
    interaction_id UUID,
    touchpoint_event_id UUID,
    follow_up_id UUID,
    severity INTEGER NOT NULL,
    owner VARCHAR COLLATE "C",
    status VARCHAR COLLATE "C" NOT NULL,
    contact_reason_id UUID,
    root_cause VARCHAR,
    duplicate_of_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    acknowledge_due_at TIMESTAMP WITH TIME ZONE,
    remedied_at TIMESTAMP WITH TIME ZONE,
    remedy_due_at TIMESTAMP WITH TIME ZONE,
    answer VARCHAR COLLATE "C",
    answer_words VARCHAR,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer_recorded_by VARCHAR,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_recovery_tenant_id_feedback_id_rule UNIQUE (tenant_id, feedback_id, rule),
    CONSTRAINT uq_recovery_tenant_id_follow_up_id_rule UNIQUE (tenant_id, follow_up_id, rule),
    CONSTRAINT fk_recovery_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_touchpoint_event_id FOREIGN KEY(tenant_id, touchpoint_event_id) REFERENCES touchpoint_event (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_follow_up_id FOREIGN KEY(tenant_id, follow_up_id) REFERENCES follow_up (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_duplicate_of_id FOREIGN KEY(tenant_id, duplicate_of_id) REFERENCES recovery (tenant_id, id),
    CONSTRAINT ck_recovery_origin CHECK (origin IN ('RULE', 'AGENT')),
    CONSTRAINT ck_recovery_rule CHECK (rule IN ('DETRACTOR', 'LOW_SATISFACTION', 'HIGH_EFFORT', 'FOLLOW_UP_DISPUTED')),
    CONSTRAINT ck_recovery_status CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'IN_PROGRESS', 'WAITING_CUSTOMER', 'WAITING_INTERNAL', 'REMEDIED', 'REOPENED', 'RECOVERED', 'UNCONFIRMED', 'DUPLICATE', 'DISMISSED')),
    CONSTRAINT ck_recovery_answer CHECK (answer IN ('POSITIVE', 'NEGATIVE')),
    CONSTRAINT ck_recovery_severity_in_bounds CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT ck_recovery_rule_is_named CHECK ((origin = 'RULE') = (rule IS NOT NULL)),
    CONSTRAINT ck_recovery_answer_is_recorded CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT ck_recovery_not_a_duplicate_of_itself CHECK (duplicate_of_id <> id)
);

CREATE INDEX ix_recovery_contact_reason ON recovery (tenant_id, contact_reason_id, opened_at, id);

CREATE INDEX ix_recovery_customer ON recovery (tenant_id, customer_id, opened_at, id);

CREATE INDEX ix_recovery_duplicate_of ON recovery (tenant_id, duplicate_of_id, opened_at, id);

CREATE INDEX ix_recovery_feedback ON recovery (tenant_id, feedback_id, opened_at, id);

CREATE INDEX ix_recovery_interaction ON recovery (tenant_id, interaction_id, opened_at, id);

CREATE INDEX ix_recovery_opened_at ON recovery (tenant_id, opened_at, id);

CREATE INDEX ix_recovery_origin ON recovery (tenant_id, origin, opened_at, id);

CREATE INDEX ix_recovery_owner ON recovery (tenant_id, owner, opened_at, id);

CREATE INDEX ix_recovery_rule ON recovery (tenant_id, rule, opened_at, id);

CREATE INDEX ix_recovery_severity ON recovery (tenant_id, severity, id);

CREATE INDEX ix_recovery_status ON recovery (tenant_id, status, opened_at, id);

CREATE INDEX ix_recovery_touchpoint_event ON recovery (tenant_id, touchpoint_event_id, opened_at, id);

CREATE TABLE recovery_action (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    recovery_id UUID NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    note VARCHAR,
    amount_minor INTEGER,
    currency VARCHAR COLLATE "C",
    actor VARCHAR NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_recovery_action PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_recovery_action_tenant_id_recovery_id FOREIGN KEY(tenant_id, recovery_id) REFERENCES recovery (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_recovery_action_kind CHECK (kind IN ('APOLOGY', 'FIX', 'COMPENSATION', 'EXPLANATION', 'CONTACT_ATTEMPT')),
    CONSTRAINT ck_recovery_action_money_has_a_currency CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT ck_recovery_action_amount_is_positive CHECK (amount_minor > 0)
);

CREATE INDEX ix_recovery_action_recovery ON recovery_action (tenant_id, recovery_id, taken_at, id);
