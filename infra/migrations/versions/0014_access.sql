CREATE TABLE api_key (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    secret_sha256 BYTEA NOT NULL,
    scopes VARCHAR NOT NULL,
    created_by VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    replaces_id UUID,
    CONSTRAINT pk_api_key PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_api_key_tenant_id_replaces_id FOREIGN KEY(tenant_id, replaces_id) REFERENCES api_key (tenant_id, id),
    CONSTRAINT uq_api_key_tenant_id_replaces_id UNIQUE (tenant_id, replaces_id)
);

CREATE INDEX ix_api_key_created_at ON api_key (tenant_id, created_at, id);

CREATE INDEX ix_api_key_name ON api_key (tenant_id, name, id);
