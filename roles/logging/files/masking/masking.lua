-- Masks personal data in log records before they leave the node: names, My Number, telephones, mail addresses, numbers
-- of residence cards, payment cards and bank accounts, in every string of a record however deep, and in its keys.
--
-- A filter of Fluent Bit (LuaJIT): call mask. What is found becomes [masked:<kind>]. docs/logging.md tells what is found
-- and what is not.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local function part(name)
  return dofile(here .. name .. ".lua")
end

local text = part("text")
local kind_of = part("keys")
local numbers = part("numbers")(text, part("labels")(text))
local words = part("words")
local people = part("dictionary")(text, part("latin"), part("surnames"), part("given_names"))
local find_name = part("names")(text, people, part("latin_names")(text, people, words), words)
local is_digit, is_letter, is_word = text.is_digit, text.is_letter, text.is_word

local DIALLED = text.trie("tel fax phone mobile")
local LEAST = { phone = 6, my_number = 8, residence_card = 8, card = 8, account = 5 }
local PASSES = 8
local DASH, AT, PLUS, OPEN, DOT, PERCENT = 45, 64, 43, 40, 46, 37

local code, from = {}, {} -- of the string at hand, see text.decode
local subject, pieces, count, copied

local function cut(first, last, kind)
  pieces[count + 1] = subject:sub(copied, from[first] - 1)
  pieces[count + 2] = "[masked:" .. kind .. "]"
  count, copied = count + 2, from[last + 1]
end

-- A mail address whose first sign is i: its last position; or nil, and up to where there is none.
local function mail(i)
  local at = i
  while is_word(code[at]) or code[at] == DOT or code[at] == PLUS or code[at] == DASH or code[at] == PERCENT do
    at = at + 1
  end
  if code[at] ~= AT then
    return nil, at
  end
  local last, dots, label = at, 0, at + 1
  while true do
    local stop = label
    while is_word(code[stop]) or code[stop] == DASH do
      stop = stop + 1
    end
    if stop == label then
      break
    end
    last = stop - 1
    if code[stop] ~= DOT then
      break
    end
    dots, label = dots + 1, stop + 1
  end
  if code[last + 1] == DOT and last + 1 < label then
    dots = dots - 1
  end
  if dots < 1 or not is_letter(code[last]) or not is_letter(code[last - 1]) then
    return nil, last + 1
  end
  return last
end

-- The last sign of what is one word to a machine, as 550e8400-e29b-41d4 or ORD-2026-0001 is; not of TEL-090-1234-5678.
local function identifier(i)
  local start, letters = i, 0
  while is_word(code[i]) or code[i] == DASH and is_word(code[i + 1]) do
    letters = letters + (is_letter(code[i]) and 1 or 0)
    i = i + 1
  end
  local called = text.longest(DIALLED, code, start)
  return (called and letters == called - start + 1) and called or i - 1
end

local function scan(n)
  local i, no_mail, word_until = 1, 0, 0
  while i <= n do
    local c = code[i]
    local last, following
    if is_word(c) and i > no_mail then
      last, following = mail(i)
      no_mail = following or no_mail
    end
    if last then
      cut(i, last, "email")
      i = last + 1
    elseif is_letter(c) or c == 95 then
      last = i > word_until and numbers.residence_card(code, i)
      word_until = i > word_until and identifier(i) or word_until
      if last then
        cut(i, last, "residence_card")
        i = last + 1
      else
        i = find_name(code, i, n, cut)
      end
    elseif i > word_until and (is_digit(c) or (c == PLUS or c == OPEN) and is_digit(code[i + 1])) then
      i = numbers.find(code, i, n, cut)
    elseif c >= 0x3005 then
      i = find_name(code, i, n, cut)
    else
      i = i + 1
    end
  end
end

local function pass(s)
  subject, pieces, count, copied = s, {}, 0, 1
  scan(text.decode(s, code, from))
  if count == 0 then
    return s
  end
  pieces[count + 1] = s:sub(copied)
  return table.concat(pieces)
end

local function mask_text(s)
  -- Most strings of a record are short words of machines.
  if #s < 4 or not s:find("[%d@\128-\255%u%%=:\\]") then
    return s
  end
  -- What was masked no longer joins what is beside it: look again until there is nothing more.
  for _ = 1, PASSES do
    local found = pass(s)
    if found == s then
      break
    end
    s = found
  end
  return s
end

local walk

local function masked(value, key, parent)
  local kind = type(key) == "string" and kind_of(key, parent) or nil
  if type(value) == "table" then
    return value, walk(value, type(key) == "string" and key or parent)
  elseif type(value) == "number" and kind and LEAST[kind] and value >= 10 ^ (LEAST[kind] - 1) then
    return "[masked:" .. kind .. "]", true
  elseif type(value) ~= "string" then
    return value, false
  end
  if kind == "name" and value:find("%S") and not value:find("^%[masked:") and not value:find("^[%-%d%s]*$") then
    return "[masked:name]", true
  end
  local found = mask_text(value)
  if found == value and kind and LEAST[kind] and not value:find("%[masked:") then
    local n, digits = text.decode(value, code, from), 0
    for i = 1, n do
      digits = digits + (is_digit(code[i]) and 1 or 0)
    end
    found = digits >= LEAST[kind] and "[masked:" .. kind .. "]" or value
  end
  return found, found ~= value
end

function walk(record, parent)
  local changed, renamed = false, nil
  for key, value in pairs(record) do
    local found, differs = masked(value, key, parent)
    if differs then
      record[key], changed = found, true
    end
    if type(key) == "string" then
      local called = mask_text(key)
      if called ~= key then
        renamed = renamed or {}
        renamed[key] = called
      end
    end
  end
  for key, called in pairs(renamed or {}) do
    record[called], record[key] = record[key], nil
    changed = true
  end
  return changed
end

-- Fluent Bit would ship a record as it was when a filter fails: what cannot be masked is withheld.
function mask(tag, timestamp, record)
  local fine, changed = pcall(walk, record)
  if not fine then
    return 2, timestamp, { message = "[masked:record]", masking_error = tostring(changed) }
  elseif changed then
    return 2, timestamp, record
  end
  return 0, timestamp, record
end

return { mask = mask, text = mask_text }
