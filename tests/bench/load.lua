-- What does wrk send? The requests of a file, one body a line, in turn; a mark in a body becomes a number of its own.
local MARK = "\1"
local requests, marked, count, sent, first = {}, {}, 0, 0, ""

local function pieces(body)
  local found, from = {}, 1
  while true do
    local at = body:find(MARK, from, true)
    if not at then
      found[#found + 1] = body:sub(from)
      return found
    end
    found[#found + 1] = body:sub(from, at - 1)
    from = at + 1
  end
end

function init(args)
  first = args[3]
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
  wrk.headers["accept"] = "application/json"
  wrk.headers["x-cx-tenant"] = args[2]
  for body in io.lines(args[1]) do
    count = count + 1
    if body:find(MARK, 1, true) then
      marked[count] = pieces(body)
    else
      requests[count] = wrk.format(nil, nil, nil, body)
    end
  end
end

function request()
  sent = sent + 1
  local turn = (sent - 1) % count + 1
  if requests[turn] then
    return requests[turn]
  end
  local unique = string.format("%s%06d", first, sent)
  return wrk.format(nil, nil, nil, table.concat(marked[turn], unique))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
