CREATE TABLE idempotent_answer (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    arguments BYTEA NOT NULL,
    selection BYTEA NOT NULL,
    answer BYTEA,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotent_answer PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_idempotent_answer_made_at ON idempotent_answer (tenant_id, made_at);

CREATE TABLE audit_entry (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    action VARCHAR NOT NULL,
    actor VARCHAR COLLATE "C" NOT NULL,
    actor_kind VARCHAR NOT NULL,
    subjects JSONB NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_audit_entry_actor ON audit_entry (tenant_id, actor, occurred_at, id);

CREATE INDEX ix_audit_entry_occurred_at ON audit_entry (tenant_id, occurred_at, id);
