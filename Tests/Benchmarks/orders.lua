-- Places a new order with every request: `wrk … -s orders.lua URL -- SEED SKU,SKU,…`.
--
-- Each body has 3 lines, its own address (so its own fingerprint) and its own Idempotency-Key, a random UUID as
-- clients send. The texts are put together from prepared pieces: the client shares the machine with the server, so
-- its own work must be small. For the same reason no response is looked at here; wrk counts the statuses beyond 399,
-- and bench.py counts the orders in the database: every answer without an order fails the run.

local counter = 0
local head, seed
local items, places, people = {}, {}, {}

local cities = {
  { "Huntsville", "AL", "35801" }, { "Fairbanks", "AK", "99701" }, { "Flagstaff", "AZ", "86001" },
  { "Little Rock", "AR", "72201" }, { "Sacramento", "CA", "95814" }, { "Denver", "CO", "80202" },
  { "Hartford", "CT", "06103" }, { "Dover", "DE", "19901" }, { "Tallahassee", "FL", "32301" },
  { "Savannah", "GA", "31401" }, { "Boise", "ID", "83702" }, { "Springfield", "IL", "62701" },
  { "Indianapolis", "IN", "46204" }, { "Des Moines", "IA", "50309" }, { "Topeka", "KS", "66603" },
  { "Louisville", "KY", "40202" },
}
local streets = { "Magnolia Trace", "Spruce Hollow Road", "Ocotillo Wash Drive", "Harbor Street", "Orchard Lane" }
local first = { "Marlene", "Toby", "Rosalind", "Edgar", "Imani", "Walter", "Noor", "Beatriz", "Hugh", "Leona" }
local last = { "Whitcomb", "Lindqvist", "Begay", "Okafor", "Santangelo", "Fairweather", "Duarte", "Kessler" }
local requesters = { "patient", "caregiver", "survivor", "health_professional", "organization", "other" }

local function line(sku) return string.format('{"sku":"%s","quantity":%d}', sku, math.random(3)) end

local function prepare_items(skus)
  for index = 1, 2048 do
    local a = math.random(#skus)
    local b = (a + math.random(#skus - 2) - 1) % #skus + 1
    local c = a
    while c == a or c == b do c = math.random(#skus) end
    items[index] = '{"items":[' .. line(skus[a]) .. "," .. line(skus[b]) .. "," .. line(skus[c]) .. "]"
  end
end

local function prepare_people()
  for index = 1, 512 do
    local given, family = first[math.random(#first)], last[math.random(#last)]
    local organization = index % 5 == 0 and '"Riverside Cancer Center"' or "null"
    people[index] = {
      ',"ship_to":{"name":"' .. given .. " " .. family .. '","organization":' .. organization .. ',"line1":"',
      ',"email":"' .. given:lower() .. "." .. family:lower() .. ".",
      '@example.org","requester_type":"' .. requesters[math.random(#requesters)] .. '","language":"en","notes":null}',
    }
  end
end

local function prepare_places()
  for index = 1, 512 do
    local city = cities[math.random(#cities)]
    local phone = index % 2 == 0 and string.format('"202-555-%04d"', math.random(0, 9999)) or "null"
    places[index] = string.format(
      ' %s","line2":null,"city":"%s","region":"%s","postal_code":"%s","country":"US","phone":%s}',
      streets[math.random(#streets)], city[1], city[2], city[3], phone)
  end
end

function init(args)
  seed = tonumber(args[1])
  math.randomseed(seed)
  local skus = {}
  for sku in args[2]:gmatch("[^,]+") do skus[#skus + 1] = sku end
  prepare_items(skus)
  prepare_people()
  prepare_places()
  head = "POST /v1/orders HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nContent-Type: application/json\r\n"
end

function request()
  counter = counter + 1
  local person = people[math.random(512)]
  local body = items[math.random(2048)] .. person[1] .. counter .. places[math.random(512)] .. person[2] .. counter
    .. person[3]
  local key = string.format("%08x-%04x-4%03x-9%03x-%04x%08x", math.random(0, 4294967295), math.random(0, 65535),
    math.random(0, 4095), math.random(0, 4095), seed % 65536, counter)
  return head .. "Idempotency-Key: " .. key .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"answers":%d,"refused":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"seconds":%.6f,'
      .. '"p50":%.0f,"p99":%.0f,"max":%.0f}\n',
    summary.requests, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max))
end
