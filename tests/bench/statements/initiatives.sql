-- Initiatives with the insights they answer, and the words behind each. The link is sliced before the insight is joined.
SELECT concat('{"data":{"initiatives":{"nodes":[', string_agg(concat(
  '{"id":"ini_', n.id,
  '","name":', to_json(n.name),
  ',"status":"', n.status,
  '","insights":{"nodes":[', (
    SELECT string_agg(concat(
      '{"id":"ins_', s.id,
      '","title":', to_json(s.title),
      ',"severity":', s.severity,
      ',"evidence":{"nodes":[', (
        SELECT string_agg(concat(
          '{"id":"evd_', e.id,
          '","quote":', coalesce(to_json(e.quote)::text, 'null'),
          ',"signal":', CASE WHEN i.id IS NULL THEN 'null' ELSE concat(
            '{"id":"int_', i.id,
            '","subject":', coalesce(to_json(i.subject)::text, 'null'),
            ',"openedAt":', to_json(i.opened_at),
            ',"customer":', CASE WHEN c.id IS NULL THEN 'null' ELSE concat(
              '{"id":"cus_', c.id, '","displayName":', coalesce(to_json(c.display_name)::text, 'null'), '}') END,
            '}') END,
          '}'), ',' ORDER BY e.linked_at DESC, e.id DESC)
        FROM (
          SELECT * FROM evidence
          WHERE tenant_id = $tenant AND insight_id = s.id AND unlinked_at IS NULL
          ORDER BY linked_at DESC, id DESC
          LIMIT 5
        ) e
        LEFT JOIN interaction i ON i.tenant_id = $tenant AND i.id = e.interaction_id
        LEFT JOIN customer c ON c.tenant_id = $tenant AND c.id = i.customer_id
      ), ']}}'), ',' ORDER BY l.linked_at DESC, l.insight_id DESC)
    FROM (
      SELECT * FROM initiative_insight
      WHERE tenant_id = $tenant AND initiative_id = n.id
      ORDER BY linked_at DESC, insight_id DESC
      LIMIT 10
    ) l
    JOIN insight s ON s.tenant_id = $tenant AND s.id = l.insight_id
  ), ']}}'), ',' ORDER BY n.created_at DESC, n.id DESC), ']}}}')
FROM (
  SELECT * FROM initiative
  WHERE tenant_id = $tenant
  ORDER BY created_at DESC, id DESC
  LIMIT 10
) n
