CREATE TABLE initiative (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR NOT NULL,
    hypothesis VARCHAR,
    owner VARCHAR COLLATE "C" NOT NULL,
    sponsor VARCHAR,
    status VARCHAR COLLATE "C" NOT NULL,
    health VARCHAR COLLATE "C" NOT NULL,
    cost_minor BIGINT,
    currency VARCHAR,
    goal VARCHAR,
    target_metric VARCHAR,
    planned_start DATE,
    planned_end DATE,
    approved_by VARCHAR,
    approved_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    plan_locked_at TIMESTAMP WITH TIME ZONE,
    untold_count INTEGER NOT NULL,
    shipped_at TIMESTAMP WITH TIME ZONE,
    shipped_scope VARCHAR,
    change_reference VARCHAR,
    verdict VARCHAR COLLATE "C",
    verdict_reason VARCHAR,
    overridden_by VARCHAR,
    override_reason VARCHAR,
    overridden_at TIMESTAMP WITH TIME ZONE,
    learning_note VARCHAR,
    CONSTRAINT pk_initiative PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_initiative_status CHECK (status = ANY ('{PROPOSED,APPROVED,PLANNED,ACTIVE,PAUSED,SHIPPED,OBSERVING,IMPROVED,NO_CHANGE,WORSENED,INCONCLUSIVE,CLOSED,CANCELLED}'::text[])),
    CONSTRAINT ck_initiative_health CHECK (health = ANY ('{ON_TRACK,AT_RISK,OFF_TRACK}'::text[])),
    CONSTRAINT ck_initiative_verdict CHECK (verdict = ANY ('{IMPROVED,NO_CHANGE,WORSENED,INCONCLUSIVE}'::text[])),
    CONSTRAINT ck_initiative_untold CHECK (untold_count >= 0),
    CONSTRAINT ck_initiative_cost CHECK (cost_minor >= 0),
    CONSTRAINT ck_initiative_cost_with_currency CHECK ((cost_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT ck_initiative_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_initiative_planned_span CHECK (planned_start <= planned_end),
    CONSTRAINT ck_initiative_overridden_with_reason CHECK ((overridden_by IS NULL) = (override_reason IS NULL))
);

CREATE INDEX ix_initiative_created_at ON initiative (tenant_id, created_at, id);

CREATE INDEX ix_initiative_health ON initiative (tenant_id, health, updated_at, id);

CREATE INDEX ix_initiative_owner ON initiative (tenant_id, owner, updated_at, id);

CREATE INDEX ix_initiative_shipped_at ON initiative (tenant_id, coalesce(shipped_at, '1970-01-01 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_initiative_status ON initiative (tenant_id, status, updated_at, id);

CREATE INDEX ix_initiative_updated_at ON initiative (tenant_id, updated_at, id);

CREATE TABLE impact_evaluation (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    edition INTEGER NOT NULL,
    computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    verdict VARCHAR COLLATE "C" NOT NULL,
    reason_code VARCHAR,
    estimate FLOAT,
    ci_low FLOAT,
    ci_high FLOAT,
    sample_size INTEGER NOT NULL,
    evidence_grade VARCHAR COLLATE "C" NOT NULL,
    is_final BOOLEAN NOT NULL,
    annotation VARCHAR,
    annotated_by VARCHAR,
    CONSTRAINT pk_impact_evaluation PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_impact_evaluation_tenant_id_initiative_id_edition UNIQUE (tenant_id, initiative_id, edition),
    CONSTRAINT fk_impact_evaluation_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_impact_evaluation_verdict CHECK (verdict = ANY ('{IMPROVED,NO_CHANGE,WORSENED,INCONCLUSIVE}'::text[])),
    CONSTRAINT ck_impact_evaluation_evidence_grade CHECK (evidence_grade = ANY ('{A,B,C,D}'::text[])),
    CONSTRAINT ck_impact_evaluation_never_improved_by_before_and_after CHECK (verdict <> 'IMPROVED' OR evidence_grade <> 'D'),
    CONSTRAINT ck_impact_evaluation_inconclusive_with_reason CHECK (verdict <> 'INCONCLUSIVE' OR reason_code IS NOT NULL),
    CONSTRAINT ck_impact_evaluation_interval CHECK (ci_low <= ci_high),
    CONSTRAINT ck_impact_evaluation_sample_size CHECK (sample_size >= 0)
);

CREATE INDEX ix_impact_evaluation_initiative ON impact_evaluation (tenant_id, initiative_id, computed_at, id);

CREATE TABLE initiative_touchpoint (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    touchpoint_id UUID NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_initiative_touchpoint PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_initiative_touchpoint_tenant_id_initiative_id_touchpoint_id UNIQUE (tenant_id, initiative_id, touchpoint_id),
    CONSTRAINT fk_initiative_touchpoint_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_initiative_touchpoint_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_initiative_touchpoint_initiative ON initiative_touchpoint (tenant_id, initiative_id, linked_at, touchpoint_id);

CREATE INDEX ix_initiative_touchpoint_touchpoint ON initiative_touchpoint (tenant_id, touchpoint_id, linked_at, initiative_id);

CREATE TABLE initiative_update (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    health VARCHAR COLLATE "C" NOT NULL,
    note VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_initiative_update PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_initiative_update_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_initiative_update_health CHECK (health = ANY ('{ON_TRACK,AT_RISK,OFF_TRACK}'::text[]))
);

CREATE INDEX ix_initiative_update_initiative ON initiative_update (tenant_id, initiative_id, reported_at, id);

CREATE TABLE measurement_plan (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    initiative_id UUID NOT NULL,
    metric_id VARCHAR NOT NULL,
    metric_version INTEGER NOT NULL,
    direction VARCHAR COLLATE "C" NOT NULL,
    bucket VARCHAR COLLATE "C" NOT NULL,
    practical_threshold FLOAT NOT NULL,
    minimum_sample INTEGER,
    baseline_start TIMESTAMP WITH TIME ZONE NOT NULL,
    baseline_end TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ramp_up_days INTEGER NOT NULL,
    evaluation_end TIMESTAMP WITH TIME ZONE NOT NULL,
    comparison_kind VARCHAR COLLATE "C" NOT NULL,
    comparison VARCHAR,
    cohort_size INTEGER,
    locked_at TIMESTAMP WITH TIME ZONE,
    locked_by VARCHAR,
    CONSTRAINT pk_measurement_plan PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_measurement_plan_tenant_id_initiative_id UNIQUE (tenant_id, initiative_id),
    CONSTRAINT fk_measurement_plan_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_measurement_plan_direction CHECK (direction = ANY ('{INCREASE,DECREASE}'::text[])),
    CONSTRAINT ck_measurement_plan_bucket CHECK (bucket = ANY ('{DAY,WEEK,MONTH}'::text[])),
    CONSTRAINT ck_measurement_plan_comparison_kind CHECK (comparison_kind = ANY ('{RANDOMISED,STAGED_ROLLOUT,COMPARISON_GROUP,NONE}'::text[])),
    CONSTRAINT ck_measurement_plan_practical_threshold CHECK (practical_threshold > 0),
    CONSTRAINT ck_measurement_plan_minimum_sample CHECK (minimum_sample >= 1),
    CONSTRAINT ck_measurement_plan_ramp_up CHECK (ramp_up_days >= 0),
    CONSTRAINT ck_measurement_plan_baseline_before_start CHECK (baseline_start < baseline_end AND baseline_end <= starts_at),
    CONSTRAINT ck_measurement_plan_evaluation_after_start CHECK (starts_at < evaluation_end),
    CONSTRAINT ck_measurement_plan_locked_by_somebody CHECK ((locked_at IS NULL) = (locked_by IS NULL))
);

CREATE INDEX ix_measurement_plan_evaluation_end ON measurement_plan (tenant_id, evaluation_end, id);

CREATE TABLE plan_cohort_member (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    plan_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    CONSTRAINT pk_plan_cohort_member PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_plan_cohort_member_tenant_id_plan_id FOREIGN KEY(tenant_id, plan_id) REFERENCES measurement_plan (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_cohort_member_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_plan_cohort_member_customer ON plan_cohort_member (tenant_id, customer_id, id);

CREATE INDEX ix_plan_cohort_member_plan ON plan_cohort_member (tenant_id, plan_id, customer_id, id);

CREATE TABLE initiative_insight (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    insight_id UUID NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_initiative_insight PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_initiative_insight_tenant_id_initiative_id_insight_id UNIQUE (tenant_id, initiative_id, insight_id),
    CONSTRAINT fk_initiative_insight_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_initiative_insight_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_initiative_insight_initiative ON initiative_insight (tenant_id, initiative_id, linked_at, insight_id);

CREATE INDEX ix_initiative_insight_insight ON initiative_insight (tenant_id, insight_id, linked_at, initiative_id);
