-- The beginning of one customer's timeline: ids merged from the indexes, then each row from the one table that has it.
SELECT concat('{"data":{"customer":{"id":"cus_', c.id, '","timeline":{"nodes":[', (
  SELECT string_agg(CASE o.kind
    WHEN 'E' THEN (
      SELECT concat('{"__typename":"TouchpointEvent","id":"tpe_', e.id, '","type":', to_json(e.type),
                    ',"occurredAt":', to_json(e.occurred_at), '}')
      FROM touchpoint_event e WHERE e.tenant_id = $tenant AND e.id = o.id)
    WHEN 'I' THEN (
      SELECT concat('{"__typename":"Interaction","id":"int_', i.id,
                    '","subject":', coalesce(to_json(i.subject)::text, 'null'),
                    ',"openedAt":', to_json(i.opened_at), '}')
      FROM interaction i WHERE i.tenant_id = $tenant AND i.id = o.id)
    WHEN 'F' THEN (
      SELECT concat('{"__typename":"Feedback","id":"fbk_', f.id, '","kind":"', f.kind,
                    '","submittedAt":', to_json(f.submitted_at), '}')
      FROM feedback f WHERE f.tenant_id = $tenant AND f.id = o.id)
    WHEN 'J' THEN (
      SELECT concat('{"__typename":"JourneyInstance","id":"jin_', j.id, '","startedAt":', to_json(j.started_at), '}')
      FROM journey_instance j WHERE j.tenant_id = $tenant AND j.id = o.id)
    WHEN 'R' THEN (
      SELECT concat('{"__typename":"Recovery","id":"rec_', r.id, '","openedAt":', to_json(r.opened_at), '}')
      FROM recovery r WHERE r.tenant_id = $tenant AND r.id = o.id)
    WHEN 'U' THEN (
      SELECT concat('{"__typename":"FollowUp","id":"fup_', u.id, '","owedAt":', to_json(u.owed_at), '}')
      FROM follow_up u WHERE u.tenant_id = $tenant AND u.id = o.id)
    END, ',' ORDER BY o.at DESC, o.id DESC)
  FROM (
    SELECT * FROM (
      (SELECT 'E' AS kind, id, occurred_at AS at FROM touchpoint_event
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY occurred_at DESC, id DESC LIMIT 20)
      UNION ALL
      (SELECT 'I', id, opened_at FROM interaction
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY opened_at DESC, id DESC LIMIT 20)
      UNION ALL
      (SELECT 'F', id, submitted_at FROM feedback
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY submitted_at DESC, id DESC LIMIT 20)
      UNION ALL
      (SELECT 'J', id, started_at FROM journey_instance
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY started_at DESC, id DESC LIMIT 20)
      UNION ALL
      (SELECT 'R', id, opened_at FROM recovery
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY opened_at DESC, id DESC LIMIT 20)
      UNION ALL
      (SELECT 'U', id, owed_at FROM follow_up
       WHERE tenant_id = $tenant AND customer_id = c.id ORDER BY owed_at DESC, id DESC LIMIT 20)
    ) merged
    ORDER BY at DESC, id DESC
    LIMIT 20
  ) o
), ']}}}}')
FROM customer c
WHERE c.tenant_id = $tenant AND c.id = $customer
