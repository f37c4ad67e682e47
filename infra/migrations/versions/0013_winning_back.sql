CREATE TABLE customer_consent (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    purpose VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    source VARCHAR,
    proof VARCHAR,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by VARCHAR NOT NULL,
    CONSTRAINT pk_customer_consent PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_customer_consent_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_customer_consent_purpose CHECK (purpose = ANY ('{FEEDBACK,MARKETING,ANALYTICS}'::text[])),
    CONSTRAINT ck_customer_consent_status CHECK (status = ANY ('{GRANTED,DENIED,REVOKED}'::text[]))
);

CREATE INDEX ix_customer_consent_customer ON customer_consent (tenant_id, customer_id, given_at, id);

CREATE INDEX ix_customer_consent_purpose ON customer_consent (tenant_id, customer_id, purpose, given_at, id);

CREATE TABLE survey_invitation (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    survey_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    interaction_id UUID,
    channel VARCHAR COLLATE "C" NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_by VARCHAR NOT NULL,
    CONSTRAINT pk_survey_invitation PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_survey_id FOREIGN KEY(tenant_id, survey_id) REFERENCES survey (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_survey_invitation_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id),
    CONSTRAINT ck_survey_invitation_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[]))
);

CREATE INDEX ix_survey_invitation_customer ON survey_invitation (tenant_id, customer_id, sent_at, id);

CREATE INDEX ix_survey_invitation_interaction ON survey_invitation (tenant_id, interaction_id, sent_at, id);

CREATE INDEX ix_survey_invitation_sent_at ON survey_invitation (tenant_id, sent_at, id);

CREATE INDEX ix_survey_invitation_survey ON survey_invitation (tenant_id, survey_id, sent_at, id);

CREATE TABLE loop_policy (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    edition INTEGER NOT NULL,
    acknowledge_within_seconds INTEGER NOT NULL,
    recover_within_seconds INTEGER NOT NULL,
    answer_window_days INTEGER NOT NULL,
    same_reason_days INTEGER NOT NULL,
    reply_window_days INTEGER NOT NULL,
    tell_within_days INTEGER NOT NULL,
    quiet_days INTEGER NOT NULL,
    consent_basis VARCHAR COLLATE "C" NOT NULL,
    set_by VARCHAR NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_loop_policy PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_loop_policy_tenant_id_edition UNIQUE (tenant_id, edition),
    CONSTRAINT ck_loop_policy_consent_basis CHECK (consent_basis = ANY ('{OPT_OUT,OPT_IN}'::text[])),
    CONSTRAINT ck_loop_policy_times_are_positive CHECK (acknowledge_within_seconds > 0 AND recover_within_seconds > 0),
    CONSTRAINT ck_loop_policy_windows_are_positive CHECK (answer_window_days > 0 AND same_reason_days > 0 AND reply_window_days > 0 AND tell_within_days > 0),
    CONSTRAINT ck_loop_policy_quiet_days_count CHECK (quiet_days >= 0)
);

CREATE TABLE authority_limit (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    holder_kind VARCHAR COLLATE "C" NOT NULL,
    holder VARCHAR COLLATE "C" NOT NULL,
    currency VARCHAR COLLATE "C" NOT NULL,
    amount_minor INTEGER NOT NULL,
    CONSTRAINT pk_authority_limit PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_authority_limit_tenant_id_currency_holder_kind_holder UNIQUE (tenant_id, currency, holder_kind, holder),
    CONSTRAINT ck_authority_limit_holder_kind CHECK (holder_kind = ANY ('{AGENT,ROLE}'::text[])),
    CONSTRAINT ck_authority_limit_limit_is_no_debt CHECK (amount_minor >= 0),
    CONSTRAINT ck_authority_limit_currency_code CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE INDEX ix_authority_limit_holder ON authority_limit (tenant_id, holder, id);

CREATE TABLE reply_link (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    recovery_id UUID,
    follow_up_id UUID,
    channel VARCHAR COLLATE "C" NOT NULL,
    remedied_at TIMESTAMP WITH TIME ZONE,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer VARCHAR,
    CONSTRAINT pk_reply_link PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_recovery_id FOREIGN KEY(tenant_id, recovery_id) REFERENCES recovery (tenant_id, id),
    CONSTRAINT fk_reply_link_tenant_id_follow_up_id FOREIGN KEY(tenant_id, follow_up_id) REFERENCES follow_up (tenant_id, id),
    CONSTRAINT ck_reply_link_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_reply_link_asks_one_question CHECK (num_nonnulls(recovery_id, follow_up_id) = 1),
    CONSTRAINT ck_reply_link_expires_after_it_was_made CHECK (asked_at < expires_at)
);

CREATE INDEX ix_reply_link_customer ON reply_link (tenant_id, customer_id, asked_at, id);

CREATE INDEX ix_reply_link_follow_up ON reply_link (tenant_id, follow_up_id, asked_at, id);

CREATE INDEX ix_reply_link_recovery ON reply_link (tenant_id, recovery_id, asked_at, id);
