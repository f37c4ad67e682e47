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
    closed_despite VARCHAR,
    CONSTRAINT pk_feedback_loop PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_feedback_loop_tenant_id_insight_id_initiative_id UNIQUE (tenant_id, insight_id, initiative_id),
    CONSTRAINT fk_feedback_loop_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id),
    CONSTRAINT fk_feedback_loop_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id),
    CONSTRAINT ck_feedback_loop_status CHECK (status = ANY ('{OPEN,CLOSED}'::text[])),
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
    CONSTRAINT ck_huddle_decision_kind CHECK (kind = ANY ('{FIX_LOCALLY,ELEVATE,COACH,NO_ACTION}'::text[])),
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
    CONSTRAINT ck_follow_up_status CHECK (status = ANY ('{OWED,READY,SENT,CONFIRMED,DISPUTED,NO_REPLY,SUPPRESSED,WAIVED,FOLDED}'::text[])),
    CONSTRAINT ck_follow_up_news CHECK (news = ANY ('{CHANGED,DECLINED}'::text[])),
    CONSTRAINT ck_follow_up_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_follow_up_suppressed_because CHECK (suppressed_because = ANY ('{NO_CONSENT,OPTED_OUT,ERASED}'::text[])),
    CONSTRAINT ck_follow_up_folded_from CHECK (folded_from = ANY ('{OWED,READY,SENT,CONFIRMED,DISPUTED,NO_REPLY,SUPPRESSED,WAIVED,FOLDED}'::text[])),
    CONSTRAINT ck_follow_up_not_folded_into_itself CHECK (folded_into_id <> id),
    CONSTRAINT ck_follow_up_folding_is_recorded CHECK ((status = 'FOLDED') = (num_nonnulls(folded_into_id, folded_from) = 2)),
    CONSTRAINT ck_follow_up_suppression_has_its_reason CHECK (status <> 'SUPPRESSED' OR suppressed_because IS NOT NULL)
);

CREATE INDEX ix_follow_up_customer ON follow_up (tenant_id, customer_id, owed_at, id);

CREATE INDEX ix_follow_up_due_at ON follow_up (tenant_id, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_follow_up_evidence ON follow_up (tenant_id, evidence_id, owed_at, id);

CREATE INDEX ix_follow_up_folded_into ON follow_up (tenant_id, folded_into_id, owed_at, id);

CREATE INDEX ix_follow_up_initiative ON follow_up (tenant_id, initiative_id, owed_at, id);

CREATE INDEX ix_follow_up_owed_at ON follow_up (tenant_id, owed_at, id);

CREATE INDEX ix_follow_up_sent_at ON follow_up (tenant_id, customer_id, sent_at, id) WHERE sent_at IS NOT NULL;

CREATE INDEX ix_follow_up_status ON follow_up (tenant_id, status, owed_at, id);

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
    business_calendar_id UUID,
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
    CONSTRAINT fk_recovery_rule_tenant_id_business_calendar_id FOREIGN KEY(tenant_id, business_calendar_id) REFERENCES business_calendar (tenant_id, id),
    CONSTRAINT ck_recovery_rule_status CHECK (status = ANY ('{DRAFT,ACTIVE,RETIRED}'::text[])),
    CONSTRAINT ck_recovery_rule_trigger CHECK (trigger = ANY ('{DETRACTOR,CSAT_LOW,CES_LOW,SLA_BREACH,ABANDONMENT,KEYWORD,FOLLOW_UP_DISPUTED}'::text[])),
    CONSTRAINT ck_recovery_rule_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_recovery_rule_edition CHECK (edition >= 1),
    CONSTRAINT ck_recovery_rule_severity_in_bounds CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT ck_recovery_rule_worst_part_is_a_share CHECK (worst_part > 0 AND worst_part <= 1),
    CONSTRAINT ck_recovery_rule_keywords_are_for_words CHECK ((trigger = 'KEYWORD') = (keywords IS NOT NULL)),
    CONSTRAINT ck_recovery_rule_times_are_positive CHECK (acknowledge_within_seconds > 0 AND recover_within_seconds > 0),
    CONSTRAINT ck_recovery_rule_quiet_days_count CHECK (quiet_days >= 0)
);

CREATE INDEX ix_recovery_rule_calendar ON recovery_rule (tenant_id, business_calendar_id, id);

CREATE INDEX ix_recovery_rule_contact_reason ON recovery_rule (tenant_id, contact_reason_id, id);

CREATE INDEX ix_recovery_rule_place ON recovery_rule (tenant_id, place, id);

CREATE INDEX ix_recovery_rule_segment ON recovery_rule (tenant_id, segment_id, id);

CREATE INDEX ix_recovery_rule_status ON recovery_rule (tenant_id, status, place, id);

CREATE INDEX ix_recovery_rule_survey ON recovery_rule (tenant_id, survey_id, id);

CREATE INDEX ix_recovery_rule_team ON recovery_rule (tenant_id, team_id, id);

CREATE INDEX ix_recovery_rule_touchpoint ON recovery_rule (tenant_id, touchpoint_id, id);

CREATE INDEX ix_recovery_rule_trigger ON recovery_rule (tenant_id, trigger, place, id);

CREATE TABLE recovery (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    customer_id UUID NOT NULL,
    origin VARCHAR COLLATE "C" NOT NULL,
    trigger VARCHAR COLLATE "C",
    rule_id UUID,
    feedback_id UUID,
    interaction_id UUID,
    touchpoint_event_id UUID,
    follow_up_id UUID,
    severity INTEGER NOT NULL,
    owner VARCHAR COLLATE "C",
    team_id UUID,
    status VARCHAR COLLATE "C" NOT NULL,
    contact_reason_id UUID,
    root_cause VARCHAR,
    duplicate_of_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    acknowledge_due_at TIMESTAMP WITH TIME ZONE,
    remedied_at TIMESTAMP WITH TIME ZONE,
    remedy_due_at TIMESTAMP WITH TIME ZONE,
    recover_within_seconds INTEGER,
    waiting_since TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    told_due_at TIMESTAMP WITH TIME ZONE,
    answer VARCHAR COLLATE "C",
    answer_words VARCHAR,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer_recorded_by VARCHAR,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_recovery_tenant_id_feedback_id_trigger UNIQUE (tenant_id, feedback_id, trigger),
    CONSTRAINT uq_recovery_tenant_id_follow_up_id_trigger UNIQUE (tenant_id, follow_up_id, trigger),
    CONSTRAINT fk_recovery_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_touchpoint_event_id FOREIGN KEY(tenant_id, touchpoint_event_id) REFERENCES touchpoint_event (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_follow_up_id FOREIGN KEY(tenant_id, follow_up_id) REFERENCES follow_up (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_duplicate_of_id FOREIGN KEY(tenant_id, duplicate_of_id) REFERENCES recovery (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_rule_id FOREIGN KEY(tenant_id, rule_id) REFERENCES recovery_rule (tenant_id, id),
    CONSTRAINT fk_recovery_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id),
    CONSTRAINT ck_recovery_origin CHECK (origin = ANY ('{RULE,AGENT}'::text[])),
    CONSTRAINT ck_recovery_trigger CHECK (trigger = ANY ('{DETRACTOR,CSAT_LOW,CES_LOW,SLA_BREACH,ABANDONMENT,KEYWORD,FOLLOW_UP_DISPUTED}'::text[])),
    CONSTRAINT ck_recovery_status CHECK (status = ANY ('{OPEN,ACKNOWLEDGED,IN_PROGRESS,WAITING_CUSTOMER,WAITING_INTERNAL,REMEDIED,REOPENED,RECOVERED,UNCONFIRMED,DUPLICATE,DISMISSED}'::text[])),
    CONSTRAINT ck_recovery_answer CHECK (answer = ANY ('{POSITIVE,NEGATIVE}'::text[])),
    CONSTRAINT ck_recovery_severity_in_bounds CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT ck_recovery_trigger_is_named CHECK ((origin = 'RULE') = (trigger IS NOT NULL)),
    CONSTRAINT ck_recovery_rule_has_its_trigger CHECK (rule_id IS NULL OR trigger IS NOT NULL),
    CONSTRAINT ck_recovery_waiting_is_recorded CHECK ((status = 'WAITING_CUSTOMER') = (waiting_since IS NOT NULL)),
    CONSTRAINT ck_recovery_answer_is_recorded CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT ck_recovery_not_a_duplicate_of_itself CHECK (duplicate_of_id <> id)
);

CREATE INDEX ix_recovery_contact_reason ON recovery (tenant_id, contact_reason_id, opened_at, id);

CREATE INDEX ix_recovery_customer ON recovery (tenant_id, customer_id, opened_at, id);

CREATE INDEX ix_recovery_due_at ON recovery (tenant_id, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_recovery_untold ON recovery (tenant_id, due_at, id) WHERE due_at IS DISTINCT FROM told_due_at;

CREATE INDEX ix_recovery_duplicate_of ON recovery (tenant_id, duplicate_of_id, opened_at, id);

CREATE INDEX ix_recovery_feedback ON recovery (tenant_id, feedback_id, opened_at, id);

CREATE INDEX ix_recovery_interaction ON recovery (tenant_id, interaction_id, opened_at, id);

CREATE INDEX ix_recovery_opened_at ON recovery (tenant_id, opened_at, id);

CREATE INDEX ix_recovery_origin ON recovery (tenant_id, origin, opened_at, id);

CREATE INDEX ix_recovery_owner ON recovery (tenant_id, owner, opened_at, id);

CREATE INDEX ix_recovery_rule ON recovery (tenant_id, rule_id, opened_at, id);

CREATE INDEX ix_recovery_severity ON recovery (tenant_id, severity, id);

CREATE INDEX ix_recovery_status ON recovery (tenant_id, status, opened_at, id);

CREATE INDEX ix_recovery_team ON recovery (tenant_id, team_id, opened_at, id);

CREATE INDEX ix_recovery_touchpoint_event ON recovery (tenant_id, touchpoint_event_id, opened_at, id);

CREATE INDEX ix_recovery_trigger ON recovery (tenant_id, trigger, opened_at, id);

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
    decision VARCHAR COLLATE "C" NOT NULL,
    decided_by VARCHAR,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision_reason VARCHAR,
    CONSTRAINT pk_recovery_action PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_recovery_action_tenant_id_recovery_id FOREIGN KEY(tenant_id, recovery_id) REFERENCES recovery (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_recovery_action_kind CHECK (kind = ANY ('{APOLOGY,FIX,COMPENSATION,EXPLANATION,CONTACT_ATTEMPT}'::text[])),
    CONSTRAINT ck_recovery_action_decision CHECK (decision = ANY ('{GRANTED,PROPOSED,REJECTED}'::text[])),
    CONSTRAINT ck_recovery_action_decision_is_recorded CHECK ((decision <> 'PROPOSED' OR decided_at IS NULL) AND (decision <> 'REJECTED' OR decided_at IS NOT NULL)),
    CONSTRAINT ck_recovery_action_decision_has_its_author CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT ck_recovery_action_money_has_a_currency CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT ck_recovery_action_amount_is_positive CHECK (amount_minor > 0)
);

CREATE INDEX ix_recovery_action_recovery ON recovery_action (tenant_id, recovery_id, taken_at, id);
