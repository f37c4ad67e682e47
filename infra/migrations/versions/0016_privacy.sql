CREATE TABLE erasure (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    actor VARCHAR NOT NULL,
    rows JSONB NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_erasure PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_erasure_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);

CREATE INDEX ix_erasure_customer ON erasure (tenant_id, customer_id, erased_at, id);

CREATE INDEX ix_erasure_erased_at ON erasure (tenant_id, erased_at, id);

CREATE TABLE retention_rule (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    days INTEGER NOT NULL,
    CONSTRAINT pk_retention_rule PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_retention_rule_tenant_id_kind UNIQUE (tenant_id, kind),
    CONSTRAINT ck_retention_rule_kind CHECK (kind = ANY ('{INTERACTIONS,FEEDBACK,TOUCHPOINT_EVENTS}'::text[])),
    CONSTRAINT ck_retention_rule_days_in_bounds CHECK (days BETWEEN 1 AND 36500)
);

CREATE TABLE audit_seal (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_audit_seal_tenant_id_number UNIQUE (tenant_id, number)
);
