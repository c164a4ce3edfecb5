-- Names what services and their proxies log as the Elastic Common Schema has it.
--
-- A filter of Fluent Bit: call ecs, after the filter kubernetes and before masking, so that nothing that is moved here
-- escapes that. https://www.elastic.co/docs/reference/ecs
local ENVIRONMENT = os.getenv("PLATFORM_ENVIRONMENT") or "unknown"

-- What programs call it, in the order of preference.
local MESSAGE = { "message", "msg", "log" }
local LEVEL = { "level", "severity", "lvl" }

-- An access log's fields, as the mesh names them (roles/istio/vars/main/values.yml).
local ACCESS = {
  method = { "http", "request", "method" },
  request_id = { "http", "request", "id" },
  path = { "url", "original" },
  authority = { "url", "domain" },
  user_agent = { "user_agent", "original" },
  protocol = { "network", "protocol" },
  upstream_cluster = { "labels", "upstream_cluster" },
  upstream_transport_failure_reason = { "labels", "upstream_transport_failure_reason" },
  response_code_details = { "labels", "response_code_details" },
  response_flags = { "labels", "response_flags" },
}
local ACCESS_NUMBERS = {
  response_code = { "http", "response", "status_code" },
  bytes_received = { "http", "request", "bytes" },
  bytes_sent = { "http", "response", "bytes" },
}

local function put(record, path, value)
  for position = 1, #path - 1 do
    if type(record[path[position]]) ~= "table" then
      record[path[position]] = {}
    end
    record = record[path[position]]
  end
  record[path[#path]] = value
end

local function take(record, names)
  for _, name in ipairs(names) do
    local value = record[name]
    if type(value) == "string" then
      record[name] = nil
      return value
    end
  end
end

local function access(record)
  for name, path in pairs(ACCESS) do
    local value = record[name]
    record[name] = nil
    if type(value) == "string" and value ~= "-" then
      put(record, path, value)
    end
  end
  for name, path in pairs(ACCESS_NUMBERS) do
    local value = tonumber(record[name])
    record[name] = nil
    if value then
      put(record, path, value)
    end
  end
  local milliseconds = tonumber(record.duration)
  record.duration = nil
  if milliseconds then
    put(record, { "event", "duration" }, milliseconds * 1000000)
  end
  local from = record.downstream_remote_address
  record.downstream_remote_address = nil
  if type(from) == "string" then
    put(record, { "source", "ip" }, from:match("^%[?(.-)%]?:%d+$") or from)
  end
  put(record, { "event", "category" }, "web")
end

-- W3C's id of the trace that a line belongs to, of services and proxies; "-" or "" where there is none.
local function trace(record)
  local id = record.trace_id
  if type(id) ~= "string" then
    return
  end
  if #id == 32 and id:match("^%x+$") then
    put(record, { "trace", "id" }, id:lower())
    record.trace_id = nil
  elseif id == "-" or id == "" then
    record.trace_id = nil
  end
end

local function kubernetes(record)
  local found = record.kubernetes
  if type(found) ~= "table" then
    return nil
  end
  local labels = type(found.labels) == "table" and found.labels or {}
  record.kubernetes = {
    namespace = found.namespace_name,
    pod = { name = found.pod_name, uid = found.pod_id },
    container = { name = found.container_name },
    node = { name = found.host },
  }
  return labels["app.kubernetes.io/name"] or found.container_name
end

function ecs(tag, timestamp, record)
  local service = kubernetes(record)
  local is_access = record.response_code ~= nil and record.method ~= nil
  if is_access then
    access(record)
  end
  trace(record)
  local message = take(record, MESSAGE)
  if not message and is_access then
    message = string.format("%s %s %s", record.http.request and record.http.request.method or "-",
      record.url and record.url.original or "-", record.http.response and record.http.response.status_code or "-")
  end
  record.message = message
  local level = take(record, LEVEL)
  if level then
    put(record, { "log", "level" }, level:lower())
  end
  for _, name in ipairs({ "time", "stream", "_p", "logtag" }) do
    record[name] = nil
  end
  service = service or "unknown"
  put(record, { "service", "name" }, service)
  put(record, { "service", "environment" }, ENVIRONMENT)
  record.data_stream = { type = "logs", dataset = service, namespace = ENVIRONMENT }
  record.ecs = { version = "9.4.0" }
  return 2, timestamp, record
end
