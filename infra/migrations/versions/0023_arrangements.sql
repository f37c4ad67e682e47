CREATE TABLE arrangement (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    token UUID NOT NULL,
    CONSTRAINT pk_arrangement PRIMARY KEY (tenant_id, id)
);

-- Refuses the statement that calls it: it goes by arrangements that no longer hold.
CREATE FUNCTION refuse_as_rearranged() RETURNS TEXT LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'something else was arranged meanwhile' USING ERRCODE = 'serialization_failure';
    END
$$;
