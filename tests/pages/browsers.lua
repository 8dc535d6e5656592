-- Asks for the paths of a file in turn, each connection from another place in it, with a pause between two where
-- the environment sets one, and prints what was measured as one line that can be read.
local paths, place, pause = {}, nil, tonumber(os.getenv("PAUSE_MS") or "0")
for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
math.randomseed(17)

function request()
  place = (place or math.random(#paths)) % #paths + 1
  return wrk.format("GET", paths[place], {["Accept-Encoding"] = "gzip"})
end

if pause > 0 then
  function delay() return math.random(2 * pause) end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests": %d, "seconds": %.3f, "bytes": %d, "p50": %.3f, "p99": %.3f, "max": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
