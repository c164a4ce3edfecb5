-- A string as code points in one form, so that rules need not know how it was written.
--
-- Read as one character each: UTF-8 and its halves of full and half width, %XX of URLs, \uXXXX and \n of JSON inside
-- of a string. The bytes themselves are never changed but where something is masked.
local byte = string.byte

local SPACE, DASH, REPLACEMENT = 32, 45, 0xFFFD
local LONG_VOWEL, VOICED, HALF_VOICED = 0x30FC, 0x3099, 0x309A

local HEX = {}
for value = 0, 15 do
  HEX[byte(string.format("%x", value))], HEX[byte(string.format("%X", value))] = value, value
end

local ESCAPED = { [byte('"')] = 34, [byte("/")] = 47 }
for letter in ("bfnrt"):gmatch(".") do
  ESCAPED[byte(letter)] = SPACE
end

-- Katakana of half width (U+FF61 to U+FF9D) in their usual width: filled below, once there is a decoder.
local WIDE = {}

-- One byte of the text, and how many bytes it is written with: 1, or 3 as %XX.
local function unit(s, i)
  local b = byte(s, i)
  if b == 37 then
    local high, low = HEX[byte(s, i + 1)], HEX[byte(s, i + 2)]
    if high and low then
      return high * 16 + low, 3
    end
  end
  return b, 1
end

-- JSON within JSON has several backslashes for one: all of them and what they escape are one character.
local function escaped(s, i)
  local at = i
  while byte(s, at) == 92 do
    at = at + 1
  end
  local kind = byte(s, at)
  if kind == 117 then -- \uXXXX
    local a, b, c, d = byte(s, at + 1, at + 4)
    a, b, c, d = HEX[a], HEX[b], HEX[c], HEX[d]
    if a and b and c and d then
      return ((a * 16 + b) * 16 + c) * 16 + d, at + 5 - i
    end
  elseif ESCAPED[kind] then
    return ESCAPED[kind], at + 1 - i
  end
  return 92, at - i
end

-- The code point at byte i, and how many bytes it is written with.
local function point(s, i)
  local b, width = unit(s, i)
  if b < 0x80 then
    if b == 92 then
      return escaped(s, i)
    end
    return b, width
  end
  local more, code
  if b >= 0xC2 and b < 0xE0 then
    more, code = 1, b - 0xC0
  elseif b >= 0xE0 and b < 0xF0 then
    more, code = 2, b - 0xE0
  elseif b >= 0xF0 and b < 0xF5 then
    more, code = 3, b - 0xF0
  else
    return REPLACEMENT, width
  end
  local at = i + width
  for _ = 1, more do
    local following, size = unit(s, at)
    if not following or following < 0x80 or following > 0xBF then
      return REPLACEMENT, width
    end
    code, at = code * 64 + following - 0x80, at + size
  end
  return code, at - i
end

local function voiced(code, mark)
  if mark == VOICED and code == 0x30A6 then
    return 0x30F4
  elseif mark == VOICED and code >= 0x30AB and code <= 0x30DB or code >= 0x30CF and code <= 0x30DB then
    return code + (mark == VOICED and 1 or 2)
  end
end

local function normal(code, before)
  if code >= 0xFF01 and code <= 0xFF5E then
    return code - 0xFEE0
  elseif WIDE[code] then
    code = WIDE[code]
  elseif code == 0x3000 or code == 0xA0 or code == 9 then
    return SPACE
  elseif code >= 0x2010 and code <= 0x2015 or code == 0x2212 then
    return DASH
  elseif code == 0xFF9E or code == 0xFF9F then
    return VOICED + code - 0xFF9E
  end
  -- People write 090ー1234ー5678.
  if code == LONG_VOWEL and before and before >= 48 and before <= 57 then
    return DASH
  end
  return code
end

-- What is masked already is one character of its own.
local MASK = 0xE000

-- Fills code[1..n] and from[1..n + 1], the bytes at which characters begin; returns n.
local function decode(s, code, from)
  local n, i, length = 0, 1, #s
  while i <= length do
    local found, width = byte(s, i), 1
    if found >= 0x80 or found == 37 or found == 92 or found == 9 then
      found, width = point(s, i)
      found = normal(found, code[n])
    elseif found == 91 then
      local _, last = s:find("^%[masked:[%l_]+%]", i)
      if last then
        found, width = MASK, last - i + 1
      end
    end
    local merged = (found == VOICED or found == HALF_VOICED) and n > 0 and voiced(code[n], found)
    if merged then
      code[n] = merged
    else
      n = n + 1
      code[n], from[n] = found, i
    end
    i = i + width
  end
  from[n + 1] = length + 1
  code[0], code[n + 1], code[n + 2] = 0, 0, 0
  return n
end

-- The code points of a string, in a table of its own.
local function points(s)
  local code = {}
  local n = decode(s, code, {})
  code[0], code[n + 1], code[n + 2] = nil, nil, nil
  return code, n
end

do
  local usual = points("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン")
  for position, code in ipairs(usual) do
    WIDE[0xFF60 + position] = code
  end
end

local function is_digit(c)
  return c >= 48 and c <= 57
end

local function is_letter(c)
  return c >= 65 and c <= 90 or c >= 97 and c <= 122
end

local function is_word(c)
  return is_digit(c) or is_letter(c) or c == 95
end

local function is_kanji(c)
  return c >= 0x4E00 and c <= 0x9FFF or c >= 0x3400 and c <= 0x4DBF or c == 0x3005 or c == 0x30F6 or c >= 0xF900 and c <= 0xFAFF
    or c >= 0x20000 and c <= 0x2FFFF
end

local function is_katakana(c)
  return c >= 0x30A1 and c <= 0x30FA and c ~= 0x30F6 or c == LONG_VOWEL
end

local function is_hiragana(c)
  return c >= 0x3041 and c <= 0x3096
end

-- Letters small, hiragana as katakana: how dictionaries of readings and of Latin words are keyed.
local function fold(c)
  if c >= 65 and c <= 90 then
    return c + 32
  elseif c >= 0x3041 and c <= 0x3096 then
    return c + 0x60
  end
  return c
end

-- Tries: {[code] = child, ok = true where a word ends, kind = what it was added with}.
local function add(root, word, kind)
  local node, code, n = root, points(word)
  for i = 1, n do
    local c = fold(code[i])
    node[c] = node[c] or {}
    node = node[c]
  end
  node.ok, node.kind = true, kind or node.kind
end

local function trie(words)
  local root = {}
  for word in words:gmatch("%S+") do
    add(root, (word:gsub("_", " ")))
  end
  return root
end

-- The last position of the longest word of the trie that begins at i, and its kind.
local function longest(root, code, i)
  local node, last, kind = root[fold(code[i])], nil, nil
  while node do
    if node.ok then
      last, kind = i, node.kind
    end
    i = i + 1
    node = node[fold(code[i])]
  end
  return last, kind
end

return {
  MASK = MASK, decode = decode, points = points, add = add, trie = trie, longest = longest, fold = fold,
  is_digit = is_digit, is_letter = is_letter, is_word = is_word,
  is_kanji = is_kanji, is_katakana = is_katakana, is_hiragana = is_hiragana,
}
