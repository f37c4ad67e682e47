CREATE TABLE metric_bin (
    tenant_id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    grain VARCHAR COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    bin INTEGER NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT pk_metric_bin PRIMARY KEY (tenant_id, measure, node_kind, grain, starts_at, node, bin)
);

CREATE TABLE metric_change (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    at_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    bin INTEGER,
    nodes VARCHAR[] COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    squares NUMERIC NOT NULL,
    weight NUMERIC NOT NULL,
    weight_squares NUMERIC NOT NULL,
    weight_hits NUMERIC NOT NULL,
    weight_misses NUMERIC NOT NULL,
    CONSTRAINT pk_metric_change PRIMARY KEY (tenant_id, measure, at_hour, id)
);

CREATE TABLE metric_tally (
    tenant_id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    grain VARCHAR COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    squares NUMERIC NOT NULL,
    weight NUMERIC NOT NULL,
    weight_squares NUMERIC NOT NULL,
    weight_hits NUMERIC NOT NULL,
    weight_misses NUMERIC NOT NULL,
    CONSTRAINT pk_metric_tally PRIMARY KEY (tenant_id, measure, node_kind, grain, starts_at, node, variant)
);

-- The limit of an exact Poisson interval: the value below which a gamma variable of shape `events` lies with
-- probability `p`; the counterpart of `gamma_quantile`.
CREATE FUNCTION poisson_limit(events BIGINT, p DOUBLE PRECISION) RETURNS DOUBLE PRECISION
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        low DOUBLE PRECISION := 0;
        high DOUBLE PRECISION := events + 10 * sqrt(events) + 50;
        middle DOUBLE PRECISION;
        term DOUBLE PRECISION;
        total DOUBLE PRECISION;
        n INTEGER;
        front DOUBLE PRECISION;
    BEGIN
        IF events <= 0 THEN
            RETURN 0;
        END IF;
        FOR round IN 1 .. 200 LOOP
            middle := (low + high) / 2;
            EXIT WHEN middle = low OR middle = high;
            term := 1.0 / events;
            total := term;
            n := 1;
            WHILE n < 10000 LOOP
                term := term * middle / (events + n);
                total := total + term;
                EXIT WHEN term < total * 1e-16;
                n := n + 1;
            END LOOP;
            front := events * ln(middle) - middle - lgamma(events::double precision);
            IF front > -700 AND total * exp(front) >= p THEN
                high := middle;
            ELSIF front <= -700 AND middle > events THEN
                high := middle;
            ELSE
                low := middle;
            END IF;
        END LOOP;
        RETURN middle;
    END
$$;

-- How many stages somebody reached in order, within thirty days of entering the first; the counterpart of
-- `stages_reached`. Stages count from 0 and come in the order of time.
CREATE FUNCTION reach_stage(reached DOUBLE PRECISION[], place INTEGER, at TIMESTAMP WITH TIME ZONE)
RETURNS DOUBLE PRECISION[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN reached[2] <= extract(epoch FROM at) OR place <> reached[1] THEN reached
        WHEN place = 0 THEN ARRAY[1, extract(epoch FROM at) + 2592000]
        ELSE ARRAY[reached[1] + 1, reached[2]]
    END
$$;
CREATE AGGREGATE stages_reached(INTEGER, TIMESTAMP WITH TIME ZONE) (
    SFUNC = reach_stage, STYPE = DOUBLE PRECISION[], INITCOND = '{0,Infinity}', PARALLEL = SAFE
);
