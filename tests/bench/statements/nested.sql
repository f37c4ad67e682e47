-- Customers with their latest matters, and what was said about each. To-one rows are joined outside the slice.
SELECT concat('{"data":{"customers":{"nodes":[', string_agg(concat(
  '{"id":"cus_', c.id,
  '","displayName":', coalesce(to_json(c.display_name)::text, 'null'),
  ',"interactions":{"nodes":[', (
    SELECT string_agg(concat(
      '{"id":"int_', i.id,
      '","subject":', coalesce(to_json(i.subject)::text, 'null'),
      ',"channel":"', i.channel,
      '","status":"', i.status,
      '","openedAt":', to_json(i.opened_at),
      ',"touchpoint":', CASE WHEN t.id IS NULL THEN 'null' ELSE concat(
        '{"id":"tch_', t.id, '","name":', to_json(t.name), ',"channel":"', t.channel, '"}') END,
      ',"feedback":{"nodes":[', (
        SELECT string_agg(concat(
          '{"id":"fbk_', f.id,
          '","kind":"', f.kind,
          '","score":', CASE WHEN f.score IS NULL THEN 'null' ELSE concat('{"value":', f.score, '}') END,
          ',"npsCategory":', coalesce('"' || f.nps_category || '"', 'null'),
          ',"submittedAt":', to_json(f.submitted_at),
          '}'), ',' ORDER BY f.submitted_at DESC, f.id DESC)
        FROM (
          SELECT * FROM feedback
          WHERE tenant_id = $tenant AND interaction_id = i.id
          ORDER BY submitted_at DESC, id DESC
          LIMIT 5
        ) f
      ), ']}}'), ',' ORDER BY i.opened_at DESC, i.id DESC)
    FROM (
      SELECT * FROM interaction
      WHERE tenant_id = $tenant AND customer_id = c.id
      ORDER BY opened_at DESC, id DESC
      LIMIT 10
    ) i
    LEFT JOIN touchpoint t ON t.tenant_id = $tenant AND t.id = i.touchpoint_id
  ), ']}}'), ',' ORDER BY c.created_at DESC, c.id DESC), ']}}}')
FROM (
  SELECT * FROM customer
  WHERE tenant_id = $tenant
  ORDER BY created_at DESC, id DESC
  LIMIT 20
) c
