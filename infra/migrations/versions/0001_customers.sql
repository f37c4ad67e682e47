CREATE TABLE account (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    tier VARCHAR,
    CONSTRAINT pk_account PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_account_created_at ON account (tenant_id, created_at, id);

CREATE INDEX ix_account_name ON account (tenant_id, name, id);

CREATE TABLE outbox_event (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    type VARCHAR NOT NULL,
    subject_id UUID NOT NULL,
    payload JSONB NOT NULL,
    actor VARCHAR NOT NULL,
    traceparent VARCHAR,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    customer_id UUID,
    position BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_outbox_event PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_outbox_event_position ON outbox_event (tenant_id, position, id);

CREATE INDEX ix_outbox_event_subject ON outbox_event (tenant_id, subject_id, id);

CREATE INDEX ix_outbox_event_type ON outbox_event (tenant_id, type, position, id);

CREATE INDEX ix_outbox_event_waiting ON outbox_event (tenant_id, id) WHERE position = 0;

CREATE TABLE segment (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    CONSTRAINT pk_segment PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_segment_tenant_id_key UNIQUE (tenant_id, key)
);

CREATE TABLE state_change (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    subject_type VARCHAR NOT NULL,
    subject_id UUID NOT NULL,
    source VARCHAR,
    target VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    reason VARCHAR,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_state_change PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_state_change_moved CHECK (source IS DISTINCT FROM target)
);

CREATE INDEX ix_state_change_subject ON state_change (tenant_id, subject_id, occurred_at, id);

CREATE TABLE tenant (
    id UUID NOT NULL,
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    CONSTRAINT pk_tenant PRIMARY KEY (id),
    CONSTRAINT uq_tenant_key UNIQUE (key)
);

CREATE TABLE account_external_id (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    system VARCHAR COLLATE "C" NOT NULL,
    value VARCHAR COLLATE "C" NOT NULL,
    url VARCHAR,
    synced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_account_external_id PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_account_external_id_tenant_id_system_value UNIQUE (tenant_id, system, value),
    CONSTRAINT fk_account_external_id_tenant_id_account_id FOREIGN KEY(tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_account_external_id_account ON account_external_id (tenant_id, account_id, system, id);

CREATE TABLE customer (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    display_name VARCHAR COLLATE "C",
    email VARCHAR COLLATE "C",
    phone VARCHAR,
    locale VARCHAR,
    time_zone VARCHAR,
    lifecycle_stage VARCHAR COLLATE "C" NOT NULL,
    attributes JSONB NOT NULL,
    account_id UUID,
    merged_into_id UUID,
    CONSTRAINT pk_customer PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_customer_tenant_id_account_id FOREIGN KEY(tenant_id, account_id) REFERENCES account (tenant_id, id),
    CONSTRAINT fk_customer_tenant_id_merged_into_id FOREIGN KEY(tenant_id, merged_into_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT ck_customer_lifecycle_stage CHECK (lifecycle_stage = ANY ('{PROSPECT,ONBOARDING,ACTIVE,AT_RISK,CHURNED,WON_BACK}'::text[])),
    CONSTRAINT ck_customer_not_merged_into_itself CHECK (merged_into_id <> id)
);

CREATE INDEX ix_customer_account ON customer (tenant_id, account_id, created_at, id);

CREATE INDEX ix_customer_created_at ON customer (tenant_id, created_at, id);

CREATE INDEX ix_customer_email ON customer (tenant_id, email);

CREATE INDEX ix_customer_lifecycle_stage ON customer (tenant_id, lifecycle_stage, created_at, id);

CREATE INDEX ix_customer_merged_into ON customer (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE INDEX ix_customer_name ON customer (tenant_id, coalesce(display_name, ''), id);

CREATE INDEX ix_customer_updated_at ON customer (tenant_id, updated_at, id);

CREATE TABLE customer_external_id (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    system VARCHAR COLLATE "C" NOT NULL,
    value VARCHAR COLLATE "C" NOT NULL,
    url VARCHAR,
    synced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_customer_external_id PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_customer_external_id_tenant_id_system_value UNIQUE (tenant_id, system, value),
    CONSTRAINT fk_customer_external_id_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_customer_external_id_customer ON customer_external_id (tenant_id, customer_id, system, id);

CREATE TABLE customer_merge (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    survivor_id UUID NOT NULL,
    merged_id UUID NOT NULL,
    reason VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    merged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    unmerged_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_customer_merge PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_customer_merge_tenant_id_survivor_id FOREIGN KEY(tenant_id, survivor_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_customer_merge_tenant_id_merged_id FOREIGN KEY(tenant_id, merged_id) REFERENCES customer (tenant_id, id)
);

CREATE INDEX ix_customer_merge_merged ON customer_merge (tenant_id, merged_id, merged_at, id);

CREATE INDEX ix_customer_merge_survivor ON customer_merge (tenant_id, survivor_id, merged_at, id);

CREATE TABLE lifecycle_change (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    stage VARCHAR COLLATE "C" NOT NULL,
    actor VARCHAR NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lifecycle_change PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_lifecycle_change_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_lifecycle_change_stage CHECK (stage = ANY ('{PROSPECT,ONBOARDING,ACTIVE,AT_RISK,CHURNED,WON_BACK}'::text[]))
);

CREATE INDEX ix_lifecycle_change_customer ON lifecycle_change (tenant_id, customer_id, changed_at, id);

CREATE TABLE segment_membership (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    segment_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_segment_membership PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_segment_membership_tenant_id_segment_id FOREIGN KEY(tenant_id, segment_id) REFERENCES segment (tenant_id, id),
    CONSTRAINT fk_segment_membership_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_segment_membership_customer ON segment_membership (tenant_id, customer_id, joined_at, segment_id);

CREATE INDEX ix_segment_membership_segment ON segment_membership (tenant_id, segment_id, joined_at, customer_id) WHERE left_at IS NULL;

CREATE TABLE merged_row (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    merge_id UUID NOT NULL,
    table_name VARCHAR NOT NULL,
    row_id UUID NOT NULL,
    CONSTRAINT pk_merged_row PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_merged_row_tenant_id_merge_id FOREIGN KEY(tenant_id, merge_id) REFERENCES customer_merge (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_merged_row_merge ON merged_row (tenant_id, merge_id, table_name, id);
