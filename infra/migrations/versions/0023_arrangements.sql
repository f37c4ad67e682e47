CREATE TABLE arrangement (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    token UUID NOT NULL,
    CONSTRAINT pk_arrangement PRIMARY KEY (tenant_id, id)
);

-- The token is a new one each time, so that one of a transaction that was rolled back never comes again.
CREATE FUNCTION rearrange() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        changed UUID := coalesce(NEW.tenant_id, OLD.tenant_id);
    BEGIN
        INSERT INTO arrangement (tenant_id, id, token) VALUES (changed, changed, gen_random_uuid())
        ON CONFLICT (tenant_id, id) DO UPDATE SET token = EXCLUDED.token;
        RETURN NULL;
    END
$$;

-- Refuses the statement that calls it: it goes by arrangements that no longer hold.
CREATE FUNCTION refuse_as_rearranged() RETURNS TEXT LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'something else was arranged meanwhile' USING ERRCODE = 'serialization_failure';
    END
$$;

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON business_calendar FOR EACH ROW EXECUTE FUNCTION rearrange();

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON business_calendar_edition FOR EACH ROW EXECUTE FUNCTION rearrange();

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON sla_policy FOR EACH ROW EXECUTE FUNCTION rearrange();

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON sla_policy_edition FOR EACH ROW EXECUTE FUNCTION rearrange();

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON sla_condition FOR EACH ROW EXECUTE FUNCTION rearrange();

CREATE TRIGGER rearranges AFTER INSERT OR UPDATE OR DELETE ON recovery_rule FOR EACH ROW EXECUTE FUNCTION rearrange();
