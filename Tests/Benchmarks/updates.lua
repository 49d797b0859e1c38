-- Sends the house's signed updates, each once: `wrk … -s updates.lua URL -- FILE`.
--
-- FILE holds a message a line: webhook-id, timestamp, signature and body, with tabs between (mailroom-load
-- sign-updates). The run ends when all were answered. Every answer is looked at: bench.py wants each to say "applied".

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int process, int signal);")
local interrupt = 2

applied, others, statuses = 0, 0, 0 -- read by `done` through the thread

-- wrk calls `request` once before it begins, only to look at it: that call must use up nothing.
local requests, position, finished = {}, -1, false

function setup(thread) worker = thread end

function init(args)
  local host = wrk.headers["Host"]
  for line in io.lines(args[1]) do
    local id, timestamp, signature, body = line:match("^([^\t]+)\t([^\t]+)\t([^\t]+)\t(.+)$")
    requests[#requests + 1] = table.concat({
      "POST /v1/webhooks/shipping HTTP/1.1\r\nHost: ", host, "\r\nContent-Type: application/json\r\nwebhook-id: ", id,
      "\r\nwebhook-timestamp: ", timestamp, "\r\nwebhook-signature: ", signature, "\r\nContent-Length: ", #body,
      "\r\n\r\n", body })
  end
end

function request()
  position = position + 1
  -- When all are sent, connections that are free before the last answer send the last one again: a duplicate.
  return requests[math.max(1, math.min(position, #requests))]
end

function response(status, _, body)
  if finished then return end
  if status ~= 200 then
    statuses = statuses + 1
  elseif body:find('"applied"', 1, true) then
    applied = applied + 1
  elseif not (position > #requests and body:find('"duplicate"', 1, true)) then
    others = others + 1
  end
  if applied + others + statuses >= #requests then
    finished = true
    -- wrk sleeps until its time is over; a Ctrl-C ends that, and the duration it reports.
    ffi.C.kill(ffi.C.getpid(), interrupt)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"answers":%d,"applied":%d,"others":%d,"refused":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,'
      .. '"seconds":%.6f,"p50":%.0f,"p99":%.0f,"max":%.0f}\n',
    summary.requests, worker:get("applied"), worker:get("others"), worker:get("statuses"), errors.connect,
    errors.read, errors.write, errors.timeout, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    latency.max))
end
