CREATE TABLE analysis_run (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    model VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,
    parameters JSONB NOT NULL,
    read_count INTEGER NOT NULL,
    found_count INTEGER NOT NULL,
    note VARCHAR,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_analysis_run PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_analysis_run_kind CHECK (kind = ANY ('{DETECTION,FRICTION,DRIVERS,THEMES,SENTIMENT,CHURN}'::text[])),
    CONSTRAINT ck_analysis_run_counts CHECK (read_count >= 0 AND found_count >= 0)
);

CREATE INDEX ix_analysis_run_kind ON analysis_run (tenant_id, kind, ran_at, id);

CREATE INDEX ix_analysis_run_ran_at ON analysis_run (tenant_id, ran_at, id);

CREATE TABLE suggestion (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    contact_reason_id UUID,
    theme_id UUID,
    run_id UUID NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    title VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    observed INTEGER NOT NULL,
    expected FLOAT NOT NULL,
    usual FLOAT NOT NULL,
    growth FLOAT NOT NULL,
    season FLOAT NOT NULL,
    dispersion FLOAT NOT NULL,
    probability FLOAT NOT NULL,
    surprise FLOAT NOT NULL,
    baseline_periods INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    calmed_at TIMESTAMP WITH TIME ZONE,
    decided_by VARCHAR,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision_reason VARCHAR,
    insight_id UUID,
    CONSTRAINT pk_suggestion PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_suggestion_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_suggestion_tenant_id_theme_id FOREIGN KEY(tenant_id, theme_id) REFERENCES theme (tenant_id, id),
    CONSTRAINT fk_suggestion_tenant_id_run_id FOREIGN KEY(tenant_id, run_id) REFERENCES analysis_run (tenant_id, id),
    CONSTRAINT fk_suggestion_tenant_id_insight_id FOREIGN KEY(tenant_id, insight_id) REFERENCES insight (tenant_id, id),
    CONSTRAINT ck_suggestion_status CHECK (status = ANY ('{OPEN,ACCEPTED,DISMISSED}'::text[])),
    CONSTRAINT ck_suggestion_one_subject CHECK (num_nonnulls(contact_reason_id, theme_id) = 1),
    CONSTRAINT ck_suggestion_probability CHECK (probability BETWEEN 0 AND 1),
    CONSTRAINT ck_suggestion_decided_whole CHECK ((status = 'OPEN') = (decided_at IS NULL)),
    CONSTRAINT ck_suggestion_accepted_into_insight CHECK ((status = 'ACCEPTED') = (insight_id IS NOT NULL))
);

CREATE INDEX ix_suggestion_contact_reason ON suggestion (tenant_id, contact_reason_id, created_at, id);

CREATE INDEX ix_suggestion_created_at ON suggestion (tenant_id, created_at, id);

CREATE INDEX ix_suggestion_insight ON suggestion (tenant_id, insight_id, created_at, id);

CREATE INDEX ix_suggestion_run ON suggestion (tenant_id, run_id, created_at, id);

CREATE INDEX ix_suggestion_status ON suggestion (tenant_id, status, created_at, id);

CREATE INDEX ix_suggestion_surprise ON suggestion (tenant_id, surprise, id);

CREATE INDEX ix_suggestion_theme ON suggestion (tenant_id, theme_id, created_at, id);

CREATE UNIQUE INDEX uq_suggestion_open_contact_reason_id ON suggestion (tenant_id, contact_reason_id) WHERE status = 'OPEN' AND contact_reason_id IS NOT NULL;

CREATE UNIQUE INDEX uq_suggestion_open_theme_id ON suggestion (tenant_id, theme_id) WHERE status = 'OPEN' AND theme_id IS NOT NULL;

CREATE TABLE suggestion_signal (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    suggestion_id UUID NOT NULL,
    interaction_id UUID,
    feedback_id UUID,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_suggestion_signal PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_suggestion_signal_tenant_id_suggestion_id FOREIGN KEY(tenant_id, suggestion_id) REFERENCES suggestion (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_suggestion_signal_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_suggestion_signal_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_suggestion_signal_one_signal CHECK (num_nonnulls(interaction_id, feedback_id) = 1),
    CONSTRAINT uq_suggestion_signal_tenant_id_suggestion_id_interaction_id UNIQUE (tenant_id, suggestion_id, interaction_id),
    CONSTRAINT uq_suggestion_signal_tenant_id_suggestion_id_feedback_id UNIQUE (tenant_id, suggestion_id, feedback_id)
);

CREATE INDEX ix_suggestion_signal_suggestion ON suggestion_signal (tenant_id, suggestion_id, occurred_at, id);

CREATE TABLE friction_point (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    contact_reason_id UUID,
    touchpoint_id UUID,
    run_id UUID NOT NULL,
    period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    contacts INTEGER NOT NULL,
    customers_met INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    friction_rate FLOAT,
    friction_rate_low FLOAT,
    friction_rate_high FLOAT,
    previous_customers INTEGER NOT NULL,
    trend FLOAT NOT NULL,
    trend_low FLOAT NOT NULL,
    trend_high FLOAT NOT NULL,
    course VARCHAR COLLATE "C" NOT NULL,
    gap_measure VARCHAR COLLATE "C",
    gap FLOAT,
    gap_low FLOAT,
    gap_high FLOAT,
    priority FLOAT NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_friction_point PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_friction_point_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_friction_point_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_friction_point_tenant_id_run_id FOREIGN KEY(tenant_id, run_id) REFERENCES analysis_run (tenant_id, id),
    CONSTRAINT ck_friction_point_gap_measure CHECK (gap_measure = ANY ('{CSAT,NPS,FRICTION}'::text[])),
    CONSTRAINT ck_friction_point_course CHECK (course = ANY ('{RISING,STEADY,FALLING}'::text[])),
    CONSTRAINT ck_friction_point_one_place CHECK (num_nonnulls(contact_reason_id, touchpoint_id) = 1),
    CONSTRAINT ck_friction_point_hurt_among_met CHECK (customers <= customers_met),
    CONSTRAINT ck_friction_point_gap_whole CHECK (num_nulls(gap_measure, gap, gap_low, gap_high) IN (0, 4)),
    CONSTRAINT ck_friction_point_priority CHECK (priority >= 0),
    CONSTRAINT uq_friction_point_tenant_id_contact_reason_id UNIQUE (tenant_id, contact_reason_id),
    CONSTRAINT uq_friction_point_tenant_id_touchpoint_id UNIQUE (tenant_id, touchpoint_id)
);

CREATE INDEX ix_friction_point_customers ON friction_point (tenant_id, customers, id);

CREATE INDEX ix_friction_point_priority ON friction_point (tenant_id, priority, id);

CREATE INDEX ix_friction_point_trend ON friction_point (tenant_id, trend, id);

CREATE TABLE friction_period (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    friction_point_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    contacts INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    CONSTRAINT pk_friction_period PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_friction_period_tenant_id_friction_point_id FOREIGN KEY(tenant_id, friction_point_id) REFERENCES friction_point (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_friction_period_tenant_id_friction_point_id_starts_at UNIQUE (tenant_id, friction_point_id, starts_at)
);

CREATE INDEX ix_friction_period_friction_point ON friction_period (tenant_id, friction_point_id, starts_at, id);

CREATE TABLE driver (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    contact_reason_id UUID,
    touchpoint_id UUID,
    theme_id UUID,
    metric VARCHAR COLLATE "C" NOT NULL,
    answers INTEGER NOT NULL,
    other_answers INTEGER NOT NULL,
    score FLOAT NOT NULL,
    other_score FLOAT NOT NULL,
    impact FLOAT NOT NULL,
    impact_low FLOAT NOT NULL,
    impact_high FLOAT NOT NULL,
    current BOOLEAN NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_driver PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_driver_tenant_id_run_id FOREIGN KEY(tenant_id, run_id) REFERENCES analysis_run (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_driver_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_driver_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_driver_tenant_id_theme_id FOREIGN KEY(tenant_id, theme_id) REFERENCES theme (tenant_id, id),
    CONSTRAINT ck_driver_metric CHECK (metric = ANY ('{NPS,CSAT}'::text[])),
    CONSTRAINT ck_driver_one_driver CHECK (num_nonnulls(contact_reason_id, touchpoint_id, theme_id) = 1),
    CONSTRAINT ck_driver_within_interval CHECK (impact_low <= impact_high)
);

CREATE INDEX ix_driver_contact_reason ON driver (tenant_id, contact_reason_id, measured_at, id);

CREATE INDEX ix_driver_current ON driver (tenant_id, current, impact, id);

CREATE INDEX ix_driver_impact ON driver (tenant_id, impact, id);

CREATE INDEX ix_driver_run ON driver (tenant_id, run_id, impact, id);

CREATE INDEX ix_driver_theme ON driver (tenant_id, theme_id, measured_at, id);

CREATE INDEX ix_driver_touchpoint ON driver (tenant_id, touchpoint_id, measured_at, id);

CREATE TABLE churn_model (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    model_version VARCHAR COLLATE "C" NOT NULL,
    horizon_days INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    churned INTEGER NOT NULL,
    brier FLOAT NOT NULL,
    brier_of_rate FLOAT NOT NULL,
    calibration_error FLOAT NOT NULL,
    auc FLOAT NOT NULL,
    weights JSONB NOT NULL,
    trained_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_churn_model PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_churn_model_tenant_id_run_id FOREIGN KEY(tenant_id, run_id) REFERENCES analysis_run (tenant_id, id),
    CONSTRAINT uq_churn_model_tenant_id_model_version UNIQUE (tenant_id, model_version),
    CONSTRAINT ck_churn_model_learned_from_both CHECK (churned > 0 AND churned < customers)
);

CREATE INDEX ix_churn_model_trained_at ON churn_model (tenant_id, trained_at, id);

CREATE TABLE churn_calibration (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    churn_model_id UUID NOT NULL,
    position INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    predicted FLOAT NOT NULL,
    observed FLOAT NOT NULL,
    CONSTRAINT pk_churn_calibration PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_churn_calibration_tenant_id_churn_model_id FOREIGN KEY(tenant_id, churn_model_id) REFERENCES churn_model (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_churn_calibration_tenant_id_churn_model_id_position UNIQUE (tenant_id, churn_model_id, position),
    CONSTRAINT ck_churn_calibration_shares CHECK (predicted BETWEEN 0 AND 1 AND observed BETWEEN 0 AND 1)
);

CREATE INDEX ix_churn_calibration_churn_model ON churn_calibration (tenant_id, churn_model_id, position, id);

CREATE TABLE churn_risk (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    churn_model_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    probability FLOAT NOT NULL,
    predicted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_churn_risk PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_churn_risk_tenant_id_churn_model_id FOREIGN KEY(tenant_id, churn_model_id) REFERENCES churn_model (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_churn_risk_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_churn_risk_tenant_id_customer_id UNIQUE (tenant_id, customer_id),
    CONSTRAINT ck_churn_risk_probability CHECK (probability BETWEEN 0 AND 1)
);

CREATE INDEX ix_churn_risk_churn_model ON churn_risk (tenant_id, churn_model_id, probability, id);

CREATE INDEX ix_churn_risk_probability ON churn_risk (tenant_id, probability, id);

CREATE TABLE churn_risk_reason (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    churn_risk_id UUID NOT NULL,
    position INTEGER NOT NULL,
    feature VARCHAR NOT NULL,
    value FLOAT NOT NULL,
    usual FLOAT NOT NULL,
    contribution FLOAT NOT NULL,
    CONSTRAINT pk_churn_risk_reason PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_churn_risk_reason_tenant_id_churn_risk_id FOREIGN KEY(tenant_id, churn_risk_id) REFERENCES churn_risk (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_churn_risk_reason_tenant_id_churn_risk_id_position UNIQUE (tenant_id, churn_risk_id, position)
);

CREATE INDEX ix_churn_risk_reason_churn_risk ON churn_risk_reason (tenant_id, churn_risk_id, position, id);

ALTER TABLE theme ADD COLUMN analysis_run_id UUID, ADD COLUMN found_name VARCHAR, ADD COLUMN renamed_by VARCHAR, ADD COLUMN renamed_at TIMESTAMP WITH TIME ZONE, ADD COLUMN continues_id UUID, ADD COLUMN superseded_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE theme ADD CONSTRAINT fk_theme_tenant_id_analysis_run_id FOREIGN KEY(tenant_id, analysis_run_id) REFERENCES analysis_run (tenant_id, id) NOT VALID;

ALTER TABLE theme VALIDATE CONSTRAINT fk_theme_tenant_id_analysis_run_id;

ALTER TABLE theme ADD CONSTRAINT fk_theme_tenant_id_continues_id FOREIGN KEY(tenant_id, continues_id) REFERENCES theme (tenant_id, id) NOT VALID;

ALTER TABLE theme VALIDATE CONSTRAINT fk_theme_tenant_id_continues_id;

ALTER TABLE theme ADD CONSTRAINT ck_theme_renamed_whole CHECK ((renamed_by IS NULL) = (renamed_at IS NULL)) NOT VALID;

ALTER TABLE theme VALIDATE CONSTRAINT ck_theme_renamed_whole;

ALTER TABLE feedback_theme ADD COLUMN judge VARCHAR COLLATE "C" NOT NULL DEFAULT 'AGENT', ADD COLUMN judged_by VARCHAR NOT NULL DEFAULT '', ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE, ADD COLUMN withdrawn_by VARCHAR, ADD COLUMN withdraw_reason VARCHAR;

ALTER TABLE feedback_theme ALTER COLUMN judge DROP DEFAULT, ALTER COLUMN judged_by DROP DEFAULT;

ALTER TABLE feedback_theme ADD CONSTRAINT ck_feedback_theme_judge CHECK (judge = ANY ('{CUSTOMER,AGENT,MODEL}'::text[])) NOT VALID;

ALTER TABLE feedback_theme VALIDATE CONSTRAINT ck_feedback_theme_judge;

ALTER TABLE feedback_theme ADD CONSTRAINT ck_feedback_theme_withdrawn_whole CHECK (num_nulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3)) NOT VALID;

ALTER TABLE feedback_theme VALIDATE CONSTRAINT ck_feedback_theme_withdrawn_whole;

ALTER TABLE insight ADD COLUMN priority_gap_low FLOAT, ADD COLUMN priority_gap_high FLOAT, ADD COLUMN priority_gap_measure VARCHAR, ADD COLUMN priority_measured_at TIMESTAMP WITH TIME ZONE;
