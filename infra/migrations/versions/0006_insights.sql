CREATE TABLE theme (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    run VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    description VARCHAR,
    origin VARCHAR COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_theme PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_theme_tenant_id_key_run UNIQUE (tenant_id, key, run),
    CONSTRAINT ck_theme_origin CHECK (origin = ANY ('{CODED,DISCOVERED,MANUAL}'::text[]))
);

CREATE INDEX ix_theme_created_at ON theme (tenant_id, created_at, id);

CREATE INDEX ix_theme_name ON theme (tenant_id, name, id);

CREATE TABLE insight (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    title VARCHAR NOT NULL,
    summary VARCHAR,
    kind VARCHAR COLLATE "C" NOT NULL,
    severity INTEGER NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    owner VARCHAR COLLATE "C",
    journey_stage_id UUID,
    touchpoint_id UUID,
    contact_reason_id UUID,
    theme_id UUID,
    sponsor_reason VARCHAR,
    root_cause VARCHAR,
    root_cause_method VARCHAR COLLATE "C",
    priority FLOAT,
    priority_affected_customers FLOAT,
    priority_gap FLOAT,
    priority_trend FLOAT,
    prioritised_at TIMESTAMP WITH TIME ZONE,
    initiative_active_at TIMESTAMP WITH TIME ZONE,
    verified_at TIMESTAMP WITH TIME ZONE,
    follow_up_due_at TIMESTAMP WITH TIME ZONE,
    regressed_at TIMESTAMP WITH TIME ZONE,
    merged_into_id UUID,
    CONSTRAINT pk_insight PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_insight_tenant_id_journey_stage_id FOREIGN KEY(tenant_id, journey_stage_id) REFERENCES journey_stage (tenant_id, id),
    CONSTRAINT fk_insight_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_insight_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_insight_tenant_id_theme_id FOREIGN KEY(tenant_id, theme_id) REFERENCES theme (tenant_id, id),
    CONSTRAINT fk_insight_tenant_id_merged_into_id FOREIGN KEY(tenant_id, merged_into_id) REFERENCES insight (tenant_id, id),
    CONSTRAINT ck_insight_kind CHECK (kind = ANY ('{PAIN,NEED,GAIN}'::text[])),
    CONSTRAINT ck_insight_status CHECK (status = ANY ('{DRAFT,EVIDENCED,VALIDATED,PRIORITISED,ADDRESSING,RESOLVED,REGRESSED,MERGED,REJECTED,DORMANT}'::text[])),
    CONSTRAINT ck_insight_root_cause_method CHECK (root_cause_method = ANY ('{FIVE_WHYS,DATA_QUERY,INTERVIEW,OTHER}'::text[])),
    CONSTRAINT ck_insight_severity CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT ck_insight_priority CHECK (priority >= 0),
    CONSTRAINT ck_insight_prioritised_whole CHECK (num_nulls(priority, priority_affected_customers, priority_gap, priority_trend, prioritised_at) IN (0, 5)),
    CONSTRAINT ck_insight_not_merged_into_itself CHECK (merged_into_id <> id)
);

CREATE INDEX ix_insight_contact_reason ON insight (tenant_id, contact_reason_id, updated_at, id) WHERE contact_reason_id IS NOT NULL;

CREATE INDEX ix_insight_created_at ON insight (tenant_id, created_at, id);

CREATE INDEX ix_insight_journey_stage ON insight (tenant_id, journey_stage_id, updated_at, id) WHERE journey_stage_id IS NOT NULL;

CREATE INDEX ix_insight_kind ON insight (tenant_id, kind, updated_at, id);

CREATE INDEX ix_insight_merged_into ON insight (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE INDEX ix_insight_owner ON insight (tenant_id, owner, updated_at, id) WHERE owner IS NOT NULL;

CREATE INDEX ix_insight_priority ON insight (tenant_id, coalesce(priority, -1), id);

CREATE INDEX ix_insight_severity ON insight (tenant_id, severity, updated_at, id);

CREATE INDEX ix_insight_status ON insight (tenant_id, status, updated_at, id);

CREATE INDEX ix_insight_theme ON insight (tenant_id, theme_id, updated_at, id) WHERE theme_id IS NOT NULL;

CREATE INDEX ix_insight_touchpoint ON insight (tenant_id, touchpoint_id, updated_at, id) WHERE touchpoint_id IS NOT NULL;

CREATE INDEX ix_insight_updated_at ON insight (tenant_id, updated_at, id);

CREATE TABLE elevation (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR,
    impact VARCHAR COLLATE "C" NOT NULL,
    frequency VARCHAR,
    suggested_fix VARCHAR,
    proposer VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    question VARCHAR,
    answer VARCHAR,
    decline_reason VARCHAR,
    insight_id UUID,
    merged_into_id UUID,
    CONSTRAINT pk_elevation PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_elevation_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id),
    CONSTRAINT fk_elevation_tenant_id_merged_into_id FOREIGN KEY(tenant_id, merged_into_id) REFERENCES elevation (tenant_id, id),
    CONSTRAINT ck_elevation_impact CHECK (impact = ANY ('{ATTRITION_RISK,COMPLAINT,ESCALATION,ANNOYANCE,OPPORTUNITY,UNKNOWN}'::text[])),
    CONSTRAINT ck_elevation_status CHECK (status = ANY ('{PROPOSED,ACCEPTED,MERGED,RETURNED,DECLINED}'::text[])),
    CONSTRAINT ck_elevation_not_merged_into_itself CHECK (merged_into_id <> id)
);

CREATE INDEX ix_elevation_created_at ON elevation (tenant_id, created_at, id);

CREATE INDEX ix_elevation_impact ON elevation (tenant_id, impact, created_at, id);

CREATE INDEX ix_elevation_insight ON elevation (tenant_id, insight_id, created_at, id) WHERE insight_id IS NOT NULL;

CREATE INDEX ix_elevation_merged_into ON elevation (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE INDEX ix_elevation_proposer ON elevation (tenant_id, proposer, created_at, id);

CREATE INDEX ix_elevation_status ON elevation (tenant_id, status, created_at, id);

CREATE INDEX ix_elevation_updated_at ON elevation (tenant_id, updated_at, id);

CREATE TABLE elevation_signal (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    elevation_id UUID NOT NULL,
    interaction_id UUID,
    feedback_id UUID,
    touchpoint_event_id UUID,
    quote VARCHAR,
    importance INTEGER NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_elevation_signal PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_elevation_signal_tenant_id_elevation_id FOREIGN KEY(tenant_id, elevation_id) REFERENCES elevation (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_elevation_signal_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_elevation_signal_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_elevation_signal_tenant_id_touchpoint_event_id FOREIGN KEY(tenant_id, touchpoint_event_id) REFERENCES touchpoint_event (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_elevation_signal_tenant_id_elevation_id_interaction_id UNIQUE (tenant_id, elevation_id, interaction_id),
    CONSTRAINT uq_elevation_signal_tenant_id_elevation_id_feedback_id UNIQUE (tenant_id, elevation_id, feedback_id),
    CONSTRAINT uq_elevation_signal_tenant_id_elevation_id_touchpoint_event_id UNIQUE (tenant_id, elevation_id, touchpoint_event_id),
    CONSTRAINT ck_elevation_signal_one_signal CHECK (num_nonnulls(interaction_id, feedback_id, touchpoint_event_id) = 1),
    CONSTRAINT ck_elevation_signal_importance CHECK (importance BETWEEN 0 AND 3)
);

CREATE INDEX ix_elevation_signal_elevation ON elevation_signal (tenant_id, elevation_id, added_at, id);

CREATE INDEX ix_elevation_signal_feedback ON elevation_signal (tenant_id, feedback_id) WHERE feedback_id IS NOT NULL;

CREATE INDEX ix_elevation_signal_interaction ON elevation_signal (tenant_id, interaction_id) WHERE interaction_id IS NOT NULL;

CREATE INDEX ix_elevation_signal_touchpoint_event ON elevation_signal (tenant_id, touchpoint_event_id) WHERE touchpoint_event_id IS NOT NULL;

CREATE TABLE evidence (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    insight_id UUID NOT NULL,
    interaction_id UUID,
    feedback_id UUID,
    touchpoint_event_id UUID,
    customer_id UUID,
    quote VARCHAR,
    importance INTEGER NOT NULL,
    linked_by VARCHAR NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    unlinked_by VARCHAR,
    unlinked_at TIMESTAMP WITH TIME ZONE,
    unlink_reason VARCHAR,
    CONSTRAINT pk_evidence PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_evidence_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id_touchpoint_event_id FOREIGN KEY(tenant_id, touchpoint_event_id) REFERENCES touchpoint_event (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evidence_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_evidence_one_signal CHECK (num_nonnulls(interaction_id, feedback_id, touchpoint_event_id) = 1),
    CONSTRAINT ck_evidence_importance CHECK (importance BETWEEN 0 AND 3),
    CONSTRAINT ck_evidence_unlinked_with_reason CHECK ((unlinked_at IS NULL) = (unlink_reason IS NULL))
);

CREATE INDEX ix_evidence_customer ON evidence (tenant_id, customer_id, linked_at, id) WHERE customer_id IS NOT NULL;

CREATE INDEX ix_evidence_feedback ON evidence (tenant_id, feedback_id, linked_at, id) WHERE feedback_id IS NOT NULL;

CREATE INDEX ix_evidence_insight ON evidence (tenant_id, insight_id, linked_at, id);

CREATE INDEX ix_evidence_interaction ON evidence (tenant_id, interaction_id, linked_at, id) WHERE interaction_id IS NOT NULL;

CREATE INDEX ix_evidence_touchpoint_event ON evidence (tenant_id, touchpoint_event_id, linked_at, id) WHERE touchpoint_event_id IS NOT NULL;

CREATE INDEX ix_evidence_unlinked ON evidence (tenant_id, insight_id, unlinked_at, id) WHERE unlinked_at IS NOT NULL;

CREATE UNIQUE INDEX uq_evidence_feedback_id ON evidence (tenant_id, feedback_id, insight_id) WHERE unlinked_at IS NULL AND feedback_id IS NOT NULL;

CREATE UNIQUE INDEX uq_evidence_interaction_id ON evidence (tenant_id, interaction_id, insight_id) WHERE unlinked_at IS NULL AND interaction_id IS NOT NULL;

CREATE UNIQUE INDEX uq_evidence_touchpoint_event_id ON evidence (tenant_id, touchpoint_event_id, insight_id) WHERE unlinked_at IS NULL AND touchpoint_event_id IS NOT NULL;

CREATE TABLE feedback_theme (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    theme_id UUID NOT NULL,
    feedback_id UUID NOT NULL,
    confidence FLOAT,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_feedback_theme PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_feedback_theme_tenant_id_theme_id_feedback_id UNIQUE (tenant_id, theme_id, feedback_id),
    CONSTRAINT fk_feedback_theme_tenant_id_theme_id FOREIGN KEY(tenant_id, theme_id) REFERENCES theme (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_feedback_theme_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_feedback_theme_confidence CHECK (confidence BETWEEN 0 AND 1)
);

CREATE INDEX ix_feedback_theme_feedback ON feedback_theme (tenant_id, feedback_id, linked_at, theme_id);

CREATE INDEX ix_feedback_theme_theme ON feedback_theme (tenant_id, theme_id, linked_at, feedback_id);
