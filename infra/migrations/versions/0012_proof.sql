ALTER TABLE measurement_plan
    ADD COLUMN time_zone VARCHAR NOT NULL DEFAULT 'UTC',
    ADD COLUMN population VARCHAR COLLATE "C" NOT NULL DEFAULT 'EVERYBODY',
    ADD COLUMN exposure VARCHAR COLLATE "C" NOT NULL DEFAULT 'TIME',
    ADD COLUMN threshold_scale VARCHAR COLLATE "C" NOT NULL DEFAULT 'METRIC_UNIT',
    ADD COLUMN detectable_effect FLOAT,
    ADD COLUMN detectable_windows INTEGER,
    ADD COLUMN baseline_periods INTEGER,
    ADD COLUMN baseline_sample INTEGER,
    ADD COLUMN foreseen_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT ck_measurement_plan_population CHECK (population = ANY ('{EVERYBODY,COHORT}'::text[])),
    ADD CONSTRAINT ck_measurement_plan_exposure CHECK (exposure = ANY ('{TIME,CUSTOMERS,TOUCHPOINT_EVENTS}'::text[])),
    ADD CONSTRAINT ck_measurement_plan_threshold_scale CHECK (threshold_scale = ANY ('{RELATIVE,METRIC_UNIT}'::text[]));

ALTER TABLE impact_evaluation
    ADD COLUMN metric_id VARCHAR,
    ADD COLUMN method VARCHAR COLLATE "C",
    ADD COLUMN effect_scale VARCHAR COLLATE "C",
    ADD COLUMN threshold FLOAT,
    ADD COLUMN p_value FLOAT,
    ADD COLUMN dispersion FLOAT,
    ADD COLUMN autocorrelation FLOAT,
    ADD COLUMN comparison_estimate FLOAT,
    ADD COLUMN comparison_ci_low FLOAT,
    ADD COLUMN comparison_ci_high FLOAT,
    ADD COLUMN placebos_tried INTEGER,
    ADD COLUMN placebos_as_strong INTEGER,
    ADD COLUMN periods_before INTEGER,
    ADD COLUMN periods_after INTEGER,
    ADD COLUMN counted_from DATE,
    ADD COLUMN baseline_until DATE,
    ADD COLUMN resumed_at DATE,
    ADD COLUMN counted_until DATE,
    ADD COLUMN inputs_digest VARCHAR,
    ADD CONSTRAINT ck_impact_evaluation_method CHECK (method = ANY ('{INTERRUPTED_SERIES,RANDOMISED_ARMS}'::text[])),
    ADD CONSTRAINT ck_impact_evaluation_effect_scale CHECK (effect_scale = ANY ('{RELATIVE,METRIC_UNIT}'::text[]));

CREATE TABLE plan_scope (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    plan_id UUID NOT NULL,
    position INTEGER NOT NULL,
    side VARCHAR COLLATE "C" NOT NULL,
    contact_reason_id UUID,
    touchpoint_id UUID,
    team_id UUID,
    segment_id UUID,
    CONSTRAINT pk_plan_scope PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_plan_scope_tenant_id_plan_id FOREIGN KEY(tenant_id, plan_id) REFERENCES measurement_plan (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_scope_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_plan_scope_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_plan_scope_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id),
    CONSTRAINT fk_plan_scope_tenant_id_segment_id FOREIGN KEY(tenant_id, segment_id) REFERENCES segment (tenant_id, id),
    CONSTRAINT ck_plan_scope_side CHECK (side = ANY ('{TREATED,COMPARISON}'::text[])),
    CONSTRAINT ck_plan_scope_one_scope CHECK (num_nonnulls(contact_reason_id, touchpoint_id, team_id, segment_id) = 1)
);

CREATE INDEX ix_plan_scope_plan ON plan_scope (tenant_id, plan_id, position, id);

CREATE TABLE plan_metric (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    plan_id UUID NOT NULL,
    position INTEGER NOT NULL,
    metric_id VARCHAR COLLATE "C" NOT NULL,
    metric_version INTEGER NOT NULL,
    direction VARCHAR COLLATE "C" NOT NULL,
    practical_threshold FLOAT NOT NULL,
    threshold_scale VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_plan_metric PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_plan_metric_tenant_id_plan_id_metric_id UNIQUE (tenant_id, plan_id, metric_id),
    CONSTRAINT fk_plan_metric_tenant_id_plan_id FOREIGN KEY(tenant_id, plan_id) REFERENCES measurement_plan (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_plan_metric_direction CHECK (direction = ANY ('{INCREASE,DECREASE}'::text[])),
    CONSTRAINT ck_plan_metric_threshold_scale CHECK (threshold_scale = ANY ('{RELATIVE,METRIC_UNIT}'::text[])),
    CONSTRAINT ck_plan_metric_practical_threshold CHECK (practical_threshold > 0)
);

CREATE INDEX ix_plan_metric_plan ON plan_metric (tenant_id, plan_id, position, id);

CREATE TABLE proof_guard (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    plan_id UUID,
    evaluation_id UUID,
    position INTEGER NOT NULL,
    reason VARCHAR COLLATE "C" NOT NULL,
    passed BOOLEAN NOT NULL,
    CONSTRAINT pk_proof_guard PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_proof_guard_tenant_id_plan_id FOREIGN KEY(tenant_id, plan_id) REFERENCES measurement_plan (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_proof_guard_tenant_id_evaluation_id FOREIGN KEY(tenant_id, evaluation_id) REFERENCES impact_evaluation (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_proof_guard_reason CHECK (reason = ANY ('{TOO_FEW_PERIODS,TOO_FEW_EVENTS,DATA_GAP,CONFOUNDED,BEFORE_AFTER_ONLY,CONTROL_NOT_PARALLEL,CONTROL_DISAGREES,PLACEBO_RANK,MANY_METRICS,BELOW_THRESHOLD,WIDE_INTERVAL,NO_FIT}'::text[])),
    CONSTRAINT ck_proof_guard_one_subject CHECK (num_nonnulls(plan_id, evaluation_id) = 1)
);

CREATE INDEX ix_proof_guard_evaluation ON proof_guard (tenant_id, evaluation_id, position, id);

CREATE INDEX ix_proof_guard_plan ON proof_guard (tenant_id, plan_id, position, id);

CREATE TABLE evaluation_point (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    evaluation_id UUID NOT NULL,
    position INTEGER NOT NULL,
    starts_on DATE NOT NULL,
    phase VARCHAR COLLATE "C" NOT NULL,
    value FLOAT,
    weight FLOAT NOT NULL,
    expected FLOAT,
    comparison_value FLOAT,
    comparison_weight FLOAT,
    CONSTRAINT pk_evaluation_point PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_evaluation_point_tenant_id_evaluation_id_position UNIQUE (tenant_id, evaluation_id, position),
    CONSTRAINT fk_evaluation_point_tenant_id_evaluation_id FOREIGN KEY(tenant_id, evaluation_id) REFERENCES impact_evaluation (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_evaluation_point_phase CHECK (phase = ANY ('{BEFORE,RAMP_UP,AFTER}'::text[]))
);

CREATE TABLE evaluation_metric (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    evaluation_id UUID NOT NULL,
    position INTEGER NOT NULL,
    metric_id VARCHAR NOT NULL,
    verdict VARCHAR COLLATE "C" NOT NULL,
    reason_code VARCHAR,
    effect_scale VARCHAR COLLATE "C" NOT NULL,
    estimate FLOAT,
    ci_low FLOAT,
    ci_high FLOAT,
    p_value FLOAT,
    survives BOOLEAN NOT NULL,
    sample_size INTEGER NOT NULL,
    CONSTRAINT pk_evaluation_metric PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_evaluation_metric_tenant_id_evaluation_id_position UNIQUE (tenant_id, evaluation_id, position),
    CONSTRAINT fk_evaluation_metric_tenant_id_evaluation_id FOREIGN KEY(tenant_id, evaluation_id) REFERENCES impact_evaluation (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_evaluation_metric_verdict CHECK (verdict = ANY ('{IMPROVED,NO_CHANGE,WORSENED,INCONCLUSIVE}'::text[])),
    CONSTRAINT ck_evaluation_metric_effect_scale CHECK (effect_scale = ANY ('{RELATIVE,METRIC_UNIT}'::text[]))
);

CREATE TABLE evaluation_overlap (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    evaluation_id UUID NOT NULL,
    initiative_id UUID NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_evaluation_overlap PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_evaluation_overlap_tenant_id_evaluation_id_initiative_id UNIQUE (tenant_id, evaluation_id, initiative_id),
    CONSTRAINT fk_evaluation_overlap_tenant_id_evaluation_id FOREIGN KEY(tenant_id, evaluation_id) REFERENCES impact_evaluation (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_evaluation_overlap_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_evaluation_overlap_evaluation ON evaluation_overlap (tenant_id, evaluation_id, position, initiative_id);

CREATE INDEX ix_evaluation_overlap_initiative ON evaluation_overlap (tenant_id, initiative_id, evaluation_id, id);
