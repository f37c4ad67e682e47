CREATE TABLE journey (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    edition INTEGER NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    description VARCHAR,
    brand_promise VARCHAR,
    goal VARCHAR,
    owner VARCHAR,
    status VARCHAR COLLATE "C" NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_journey PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_journey_tenant_id_key_edition UNIQUE (tenant_id, key, edition),
    CONSTRAINT ck_journey_status CHECK (status = ANY ('{DRAFT,PUBLISHED,ARCHIVED}'::text[])),
    CONSTRAINT ck_journey_edition_counts_from_one CHECK (edition >= 1),
    CONSTRAINT ck_journey_published_has_its_time CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL)
);

CREATE INDEX ix_journey_created_at ON journey (tenant_id, created_at, id);

CREATE INDEX ix_journey_key ON journey (tenant_id, key, id);

CREATE INDEX ix_journey_name ON journey (tenant_id, name, id);

CREATE INDEX ix_journey_status ON journey (tenant_id, status, created_at, id);

CREATE TABLE journey_stage (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    journey_id UUID NOT NULL,
    position INTEGER NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    target_seconds INTEGER,
    CONSTRAINT pk_journey_stage PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_journey_stage_tenant_id_journey_id_key UNIQUE (tenant_id, journey_id, key),
    CONSTRAINT fk_journey_stage_tenant_id_journey_id FOREIGN KEY(tenant_id, journey_id) REFERENCES journey (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_journey_stage_kind CHECK (kind = ANY ('{AWARENESS,CONSIDERATION,ACQUISITION,ONBOARDING,USE,SERVICE,RETENTION,ADVOCACY}'::text[])),
    CONSTRAINT ck_journey_stage_target_is_positive CHECK (target_seconds > 0)
);

CREATE INDEX ix_journey_stage_journey ON journey_stage (tenant_id, journey_id, position, id);

CREATE TABLE journey_instance (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    customer_id UUID NOT NULL,
    journey_id UUID NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    current_stage_id UUID NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason VARCHAR,
    CONSTRAINT pk_journey_instance PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_journey_instance_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_journey_instance_tenant_id_journey_id FOREIGN KEY(tenant_id, journey_id) REFERENCES journey (tenant_id, id),
    CONSTRAINT fk_journey_instance_tenant_id_current_stage_id FOREIGN KEY(tenant_id, current_stage_id) REFERENCES journey_stage (tenant_id, id),
    CONSTRAINT ck_journey_instance_status CHECK (status = ANY ('{ACTIVE,COMPLETED,ABANDONED}'::text[])),
    CONSTRAINT ck_journey_instance_ended_has_its_time CHECK ((status = 'ACTIVE') = (ended_at IS NULL)),
    CONSTRAINT ck_journey_instance_ends_after_it_starts CHECK (ended_at >= started_at)
);

CREATE INDEX ix_journey_instance_customer ON journey_instance (tenant_id, customer_id, started_at, id);

CREATE INDEX ix_journey_instance_journey ON journey_instance (tenant_id, journey_id, started_at, id);

CREATE INDEX ix_journey_instance_stage ON journey_instance (tenant_id, current_stage_id, started_at, id);

CREATE INDEX ix_journey_instance_status ON journey_instance (tenant_id, journey_id, status, started_at, id);

CREATE TABLE stage_visit (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    instance_id UUID NOT NULL,
    stage_id UUID NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    exited_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_stage_visit PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_stage_visit_tenant_id_instance_id FOREIGN KEY(tenant_id, instance_id) REFERENCES journey_instance (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_stage_visit_tenant_id_stage_id FOREIGN KEY(tenant_id, stage_id) REFERENCES journey_stage (tenant_id, id),
    CONSTRAINT ck_stage_visit_leaves_after_it_enters CHECK (exited_at >= entered_at)
);

CREATE INDEX ix_stage_visit_instance ON stage_visit (tenant_id, instance_id, entered_at, id);

CREATE INDEX ix_stage_visit_stage ON stage_visit (tenant_id, stage_id, entered_at, id);
