CREATE TABLE business_calendar_edition (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    business_calendar_id UUID NOT NULL,
    edition INTEGER NOT NULL,
    time_zone VARCHAR NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR NOT NULL,
    CONSTRAINT pk_business_calendar_edition PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_business_calendar_edition_tenant_id_business_calenda_30ea UNIQUE (tenant_id, business_calendar_id, edition),
    CONSTRAINT fk_business_calendar_edition_tenant_id_business_calendar_id FOREIGN KEY(tenant_id, business_calendar_id) REFERENCES business_calendar (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_business_calendar_edition_counted_from_one CHECK (edition >= 1)
);

CREATE TABLE calendar_period (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition_id UUID NOT NULL,
    weekday VARCHAR COLLATE "C" NOT NULL,
    opens VARCHAR COLLATE "C" NOT NULL,
    closes VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_calendar_period PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_calendar_period_tenant_id_edition_id_weekday_opens UNIQUE (tenant_id, edition_id, weekday, opens),
    CONSTRAINT fk_calendar_period_tenant_id_edition_id FOREIGN KEY(tenant_id, edition_id) REFERENCES business_calendar_edition (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_calendar_period_weekday CHECK (weekday = ANY ('{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}'::text[])),
    CONSTRAINT ck_calendar_period_opens_before_it_closes CHECK (opens < closes)
);

CREATE TABLE calendar_holiday (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition_id UUID NOT NULL,
    day VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR,
    CONSTRAINT pk_calendar_holiday PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_calendar_holiday_tenant_id_edition_id_day UNIQUE (tenant_id, edition_id, day),
    CONSTRAINT fk_calendar_holiday_tenant_id_edition_id FOREIGN KEY(tenant_id, edition_id) REFERENCES business_calendar_edition (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE sla_policy (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sla_policy PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_sla_policy_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT ck_sla_policy_counts_editions CHECK (edition >= 1)
);

CREATE INDEX ix_sla_policy_position ON sla_policy (tenant_id, position, id);

CREATE TABLE sla_policy_edition (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    sla_policy_id UUID NOT NULL,
    edition INTEGER NOT NULL,
    business_calendar_id UUID,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sla_policy_edition PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_sla_policy_edition_tenant_id_sla_policy_id_edition UNIQUE (tenant_id, sla_policy_id, edition),
    CONSTRAINT fk_sla_policy_edition_tenant_id_sla_policy_id FOREIGN KEY(tenant_id, sla_policy_id) REFERENCES sla_policy (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_sla_policy_edition_tenant_id_business_calendar_id FOREIGN KEY(tenant_id, business_calendar_id) REFERENCES business_calendar (tenant_id, id),
    CONSTRAINT ck_sla_policy_edition_counted_from_one CHECK (edition >= 1)
);

CREATE INDEX ix_sla_policy_edition_calendar ON sla_policy_edition (tenant_id, business_calendar_id, id);

CREATE TABLE sla_condition (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition_id UUID NOT NULL,
    criterion VARCHAR COLLATE "C" NOT NULL,
    value VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_sla_condition PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_sla_condition_tenant_id_edition_id_criterion_value UNIQUE (tenant_id, edition_id, criterion, value),
    CONSTRAINT fk_sla_condition_tenant_id_edition_id FOREIGN KEY(tenant_id, edition_id) REFERENCES sla_policy_edition (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_sla_condition_criterion CHECK (criterion = ANY ('{CHANNEL,PRIORITY,ORIGIN,REASON_KIND,CONTACT_REASON,TEAM,ACCOUNT_TIER}'::text[]))
);

CREATE TABLE sla_target (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition_id UUID NOT NULL,
    target VARCHAR COLLATE "C" NOT NULL,
    seconds INTEGER NOT NULL,
    imminent_seconds INTEGER NOT NULL,
    pauses_on_customer BOOLEAN NOT NULL,
    pauses_on_hold BOOLEAN NOT NULL,
    CONSTRAINT pk_sla_target PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_sla_target_tenant_id_edition_id_target UNIQUE (tenant_id, edition_id, target),
    CONSTRAINT fk_sla_target_tenant_id_edition_id FOREIGN KEY(tenant_id, edition_id) REFERENCES sla_policy_edition (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_sla_target_target CHECK (target = ANY ('{FIRST_RESPONSE,NEXT_RESPONSE,FIRST_RESOLUTION,FULL_RESOLUTION,UPDATE}'::text[])),
    CONSTRAINT ck_sla_target_some_time CHECK (seconds >= 1),
    CONSTRAINT ck_sla_target_warns_within CHECK (imminent_seconds BETWEEN 0 AND seconds)
);

CREATE TABLE sla_application (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    interaction_id UUID NOT NULL,
    edition_id UUID,
    applied_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sla_application PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_sla_application_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_sla_application_tenant_id_edition_id FOREIGN KEY(tenant_id, edition_id) REFERENCES sla_policy_edition (tenant_id, id)
);

CREATE INDEX ix_sla_application_edition ON sla_application (tenant_id, edition_id, interaction_id, id);

CREATE INDEX ix_sla_application_interaction ON sla_application (tenant_id, interaction_id, applied_at, id);

CREATE TABLE clock (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    interaction_id UUID NOT NULL,
    target VARCHAR COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    latest BOOLEAN NOT NULL,
    state VARCHAR COLLATE "C" NOT NULL,
    why VARCHAR COLLATE "C" NOT NULL,
    running BOOLEAN NOT NULL,
    paused BOOLEAN NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    achieved_at TIMESTAMP WITH TIME ZONE,
    breached_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    target_seconds INTEGER NOT NULL,
    used_seconds FLOAT NOT NULL,
    paused_seconds FLOAT NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    policy_edition_id UUID NOT NULL,
    calendar_edition_id UUID,
    imminent_told_at TIMESTAMP WITH TIME ZONE,
    breach_told_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_clock PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_clock_tenant_id_interaction_id_target_number UNIQUE (tenant_id, interaction_id, target, number),
    CONSTRAINT fk_clock_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_clock_tenant_id_policy_edition_id FOREIGN KEY(tenant_id, policy_edition_id) REFERENCES sla_policy_edition (tenant_id, id),
    CONSTRAINT fk_clock_tenant_id_calendar_edition_id FOREIGN KEY(tenant_id, calendar_edition_id) REFERENCES business_calendar_edition (tenant_id, id),
    CONSTRAINT ck_clock_target CHECK (target = ANY ('{FIRST_RESPONSE,NEXT_RESPONSE,FIRST_RESOLUTION,FULL_RESOLUTION,UPDATE}'::text[])),
    CONSTRAINT ck_clock_state CHECK (state = ANY ('{PENDING,IMMINENT,BREACHED,ACHIEVED,CANCELLED}'::text[])),
    CONSTRAINT ck_clock_why CHECK (why = ANY ('{NOT_ANSWERED,NOT_RESOLVED,NOT_UPDATED,WAITING_ON_CUSTOMER,ON_HOLD,ANSWERED,RESOLVED,CLOSED,ABANDONED,NOT_PROMISED}'::text[])),
    CONSTRAINT ck_clock_counted_from_one CHECK (number >= 1),
    CONSTRAINT ck_clock_breached_at_a_time CHECK ((state = 'BREACHED') = (breached_at IS NOT NULL))
);

CREATE INDEX ix_clock_due_at ON clock (tenant_id, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_clock_next_at ON clock (tenant_id, next_at, id) WHERE next_at IS NOT NULL;

CREATE INDEX ix_clock_policy_edition ON clock (tenant_id, policy_edition_id, id) WHERE running;

CREATE INDEX ix_clock_running ON clock (tenant_id, running, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_clock_state ON clock (tenant_id, state, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE INDEX ix_clock_target ON clock (tenant_id, target, coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);

CREATE TABLE clock_pause (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    clock_id UUID NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    why VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_clock_pause PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_clock_pause_tenant_id_clock_id_began_at UNIQUE (tenant_id, clock_id, began_at),
    CONSTRAINT fk_clock_pause_tenant_id_clock_id FOREIGN KEY(tenant_id, clock_id) REFERENCES clock (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_clock_pause_why CHECK (why = ANY ('{NOT_ANSWERED,NOT_RESOLVED,NOT_UPDATED,WAITING_ON_CUSTOMER,ON_HOLD,ANSWERED,RESOLVED,CLOSED,ABANDONED,NOT_PROMISED}'::text[]))
);

CREATE TABLE periodic_job (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    holder VARCHAR,
    claimed_until TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL,
    CONSTRAINT pk_periodic_job PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_periodic_job_tenant_id_name UNIQUE (tenant_id, name)
);
