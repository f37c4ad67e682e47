CREATE TABLE touchpoint (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    channel VARCHAR COLLATE "C" NOT NULL,
    medium VARCHAR COLLATE "C" NOT NULL,
    owner VARCHAR,
    moment_of_truth BOOLEAN NOT NULL,
    standard VARCHAR,
    standard_measure VARCHAR COLLATE "C",
    standard_threshold FLOAT,
    CONSTRAINT pk_touchpoint PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_touchpoint_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT ck_touchpoint_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_touchpoint_medium CHECK (medium = ANY ('{DIGITAL,PHYSICAL,HUMAN,PARTNER}'::text[])),
    CONSTRAINT ck_touchpoint_standard_measure CHECK (standard_measure = ANY ('{SECONDS,SCORE}'::text[])),
    CONSTRAINT ck_touchpoint_threshold_has_its_measure CHECK ((standard_measure IS NULL) = (standard_threshold IS NULL))
);

CREATE INDEX ix_touchpoint_channel ON touchpoint (tenant_id, channel, key, id);

CREATE INDEX ix_touchpoint_created_at ON touchpoint (tenant_id, created_at, id);

CREATE INDEX ix_touchpoint_medium ON touchpoint (tenant_id, medium, key, id);

CREATE INDEX ix_touchpoint_moment_of_truth ON touchpoint (tenant_id, moment_of_truth, key, id);

CREATE INDEX ix_touchpoint_name ON touchpoint (tenant_id, name, id);

CREATE TABLE stage_touchpoint (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    stage_id UUID NOT NULL,
    touchpoint_id UUID NOT NULL,
    position INTEGER NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stage_touchpoint PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_stage_touchpoint_tenant_id_stage_id_touchpoint_id UNIQUE (tenant_id, stage_id, touchpoint_id),
    CONSTRAINT fk_stage_touchpoint_tenant_id_stage_id FOREIGN KEY(tenant_id, stage_id) REFERENCES journey_stage (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_stage_touchpoint_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id)
);

CREATE INDEX ix_stage_touchpoint_stage ON stage_touchpoint (tenant_id, stage_id, position, touchpoint_id);

CREATE INDEX ix_stage_touchpoint_touchpoint ON stage_touchpoint (tenant_id, touchpoint_id, placed_at, stage_id);

CREATE TABLE touchpoint_event (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    source VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    type VARCHAR COLLATE "C" NOT NULL,
    channel VARCHAR COLLATE "C" NOT NULL,
    customer_id UUID,
    touchpoint_id UUID,
    journey_instance_id UUID,
    unmatched VARCHAR COLLATE "C",
    unmatched_customer_system VARCHAR COLLATE "C",
    unmatched_customer_value VARCHAR COLLATE "C",
    unmatched_touchpoint_key VARCHAR COLLATE "C",
    properties JSONB NOT NULL,
    measured FLOAT,
    standard_met BOOLEAN,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_touchpoint_event PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_touchpoint_event_tenant_id_source_key UNIQUE (tenant_id, source, key),
    CONSTRAINT fk_touchpoint_event_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_touchpoint_event_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_touchpoint_event_tenant_id_journey_instance_id FOREIGN KEY(tenant_id, journey_instance_id) REFERENCES journey_instance (tenant_id, id),
    CONSTRAINT ck_touchpoint_event_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_touchpoint_event_unmatched CHECK (unmatched = ANY ('{CUSTOMER,TOUCHPOINT,BOTH}'::text[]))
);

CREATE INDEX ix_touchpoint_event_channel ON touchpoint_event (tenant_id, channel, occurred_at, id);

CREATE INDEX ix_touchpoint_event_customer ON touchpoint_event (tenant_id, customer_id, occurred_at, id);

CREATE INDEX ix_touchpoint_event_instance ON touchpoint_event (tenant_id, journey_instance_id, occurred_at, id) WHERE journey_instance_id IS NOT NULL;

CREATE INDEX ix_touchpoint_event_occurred_at ON touchpoint_event (tenant_id, occurred_at, id);

CREATE INDEX ix_touchpoint_event_touchpoint ON touchpoint_event (tenant_id, touchpoint_id, occurred_at, id);

CREATE INDEX ix_touchpoint_event_type ON touchpoint_event (tenant_id, type, occurred_at, id);

CREATE INDEX ix_touchpoint_event_unmatched ON touchpoint_event (tenant_id, unmatched, occurred_at, id) WHERE unmatched IS NOT NULL;
