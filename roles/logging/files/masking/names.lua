-- Names of people: by what is said before them (氏名:), after them (様), or because family and given name are known.
--
-- load(text, people, western, words) returns find(code, i, n, cut), called at the first letter of a word
-- and at every Japanese sign. It reports a name as cut(first, last, "name"); the result is where to go on.
return function(text, people, western, words)
  local longest, is_kanji, is_katakana, is_hiragana = text.longest, text.is_kanji, text.is_katakana, text.is_hiragana
  local is_letter, fold = text.is_letter, text.fold
  local SPACE, DASH, COLON, EQUALS, PLUS, MIDDLE_DOT = 32, 45, 58, 61, 43, 0x30FB
  local MOST = 24

  local SURNAMES, GIVEN = people.surnames, people.given
  local ORDINARY, PLACES = text.trie(words.ordinary), text.trie(words.places)
  local HONORIFICS, LONGER, TITLES = text.trie(words.honorifics), text.trie(words.longer), text.trie(words.titles)
  local PEOPLE, ABSENT, ENDINGS = text.trie(words.people), text.trie(words.absent), text.trie(words.people_endings)
  local PARTICLES = {}
  for _, particle in ipairs(text.points("がのはをにもとでへより")) do
    PARTICLES[particle] = true
  end
  local LABELS = {}
  for word in words.weak_labels:gmatch("%S+") do
    text.add(LABELS, word:gsub("_", " "), "weak")
  end
  for word in words.labels:gmatch("%S+") do
    text.add(LABELS, word:gsub("_", " "), "strong")
  end

  -- The last position of the run of one script that begins at i; no name is as long as the most that is looked at.
  local function run(code, i, is)
    local most = i + MOST
    while i < most and is(code[i + 1]) do
      i = i + 1
    end
    return i
  end

  local function script(c)
    return is_kanji(c) and is_kanji or is_katakana(c) and is_katakana or is_hiragana(c) and is_hiragana or nil
  end

  local function gap(c)
    return c == SPACE or c == MIDDLE_DOT or c == PLUS
  end

  local function honorific(code, i)
    if code[i] == SPACE then
      i = i + 1
    end
    local last = longest(HONORIFICS, code, i)
    return last and not longest(LONGER, code, i)
  end

  -- Whether a name that ends at a position ends there; after one in hiragana a particle may follow (片桐さくらが).
  local function whole(code, from, to)
    local is = script(code[to])
    return is == is_kanji or not is(code[to + 1]) or to - from >= 2 and is == is_hiragana and PARTICLES[code[to + 1]]
  end

  -- Known given names at i, to their last position; those of one sign only where no further kanji follows.
  local function given(code, i)
    local last = longest(GIVEN, code, i)
    if not last or not (whole(code, i, last) or honorific(code, last + 1)) then
      return nil
    elseif is_kanji(code[last]) and is_kanji(code[last + 1]) and not honorific(code, last + 1) then
      return last - i >= 1 and not longest(ABSENT, code, i) and last or nil
    end
    return last
  end

  -- After a family name at from..to: the last position of the whole name, nil when it is more likely none.
  local function after_surname(code, from, to)
    local size, is = to - from + 1, script(code[from])
    local inside = is(code[from - 1])
    if honorific(code, to + 1) and not (inside and (size == 1 or is ~= is_kanji)) then
      return to
    elseif not inside and is == is_kanji and longest(TITLES, code, to + 1) then
      return to
    end
    local apart = gap(code[to + 1])
    local at = apart and to + 2 or to + 1
    local last = given(code, at)
    if last then
      local polite = honorific(code, last + 1)
      if is == is_kanji then
        local short = size == 1 and (inside or not apart and last == at)
        if not short or polite then
          return last
        end
      elseif (not inside or polite) and (apart or last - from >= 4) then
        return last
      end
    end
    -- A given name that nobody knows.
    if is_kanji(code[at]) then
      local stop = run(code, at, is_kanji)
      for through = at, math.min(at + 2, stop) do
        if honorific(code, through + 1) and not (inside and size == 1) then
          return through
        end
      end
    elseif script(code[at]) == is_katakana or apart and script(code[at]) == is_hiragana then
      local stop = run(code, at, script(code[at]))
      if stop - at <= 6 and honorific(code, stop + 1) and not inside then
        return stop
      end
    end
  end

  -- A known family name at i, and what follows it.
  local function known(code, i)
    local node, at, last = SURNAMES[fold(code[i])], i, nil
    while node do
      if node.ok then
        last = after_surname(code, i, at) or last
      end
      at = at + 1
      node = node[fold(code[at])]
    end
    return last
  end

  -- Where the name at i begins, of which a family name that nobody knows may stand before a space: 喜屋武 さくら様.
  local function before(code, i)
    local last = i - 2
    local is = gap(code[i - 1]) and script(code[last])
    if not is or longest(SURNAMES, code, i) or is == is_kanji and longest(ENDINGS, code, last)
      or is == is_hiragana and PARTICLES[code[last]] then
      return i
    end
    local from = last
    while last - from < MOST and is(code[from - 1]) do
      from = from - 1
    end
    if is == is_hiragana and script(code[from - 1]) then
      return i
    end
    local size, person = last - from + 1, longest(PEOPLE, code, from)
    local fits = size >= 2 and size <= (is == is_kanji and 4 or 6)
    return fits and person ~= last and not longest(LABELS, code, from) and from or i
  end

  -- Nobody's known name before an honorific: グエンさん, 颯真様. Only at the beginning of a run.
  local function unknown(code, i)
    local is = script(code[i])
    if is(code[i - 1]) or code[i - 1] == text.MASK or longest(ABSENT, code, i) then
      return nil
    end
    local stop, last = run(code, i, is), nil
    if is == is_hiragana then -- ごんぞう in くさかべ ごんぞうさん
      for at = i + 1, math.min(stop, i + 5) do
        if before(code, i) < i and honorific(code, at + 1) then
          return at
        end
      end
      return nil
    elseif is == is_kanji then
      for at = i, math.min(stop, i + 6) do
        if honorific(code, at + 1) and code[at + 1] ~= SPACE then
          last = at
          break
        end
      end
    elseif code[stop + 1] ~= SPACE and honorific(code, stop + 1) then
      last = stop
    end
    if not last or last - i > 11 or is == is_kanji and last - i > 6 then
      return nil
    end
    if is == is_kanji and longest(ENDINGS, code, last) then
      return nil
    end
    local person = longest(PEOPLE, code, i)
    if person and person >= last then
      return nil
    end
    if is == is_katakana and last == i then
      return nil
    end
    -- Somebody known behind a word for people is found later, and alone: 担当佐藤様. But 勅使河原様 is one name.
    local title = longest(LABELS, code, i) or person or longest(ABSENT, code, i)
    for at = i + 1, last do
      if known(code, at) and (title or at - i > 2) then
        return nil
      end
    end
    return last
  end

  -- 我那覇純一: a given name that ends a run of kanji, after a family name that nobody knows.
  local function ended(code, i)
    if is_kanji(code[i - 1]) or code[i - 1] == text.MASK or longest(LABELS, code, i) or longest(ABSENT, code, i) or longest(PEOPLE, code, i) then
      return nil
    end
    local stop = run(code, i, is_kanji)
    for at = math.max(i + 2, stop - 2), stop - 1 do
      if longest(GIVEN, code, at) == stop and at - i <= 4 and not longest(PLACES, code, at - 1) and not longest(ENDINGS, code, at - 1)
        and not longest(ORDINARY, code, at) then
        return stop
      end
    end
  end

  -- The name that a label announces at i: its last position. strong: the label says it is a person's.
  local function value(code, i, strong, japanese)
    if is_letter(code[i]) then
      return western.value(code, i, strong, japanese)
    end
    local is = script(code[i])
    local surname = is and longest(SURNAMES, code, i)
    local absent = is and longest(ABSENT, code, i)
    if not is or absent and absent >= (surname or 0) then
      return nil
    end
    local last = known(code, i)
    if last then
      return last
    end
    last = run(code, i, is)
    if is == is_kanji then
      for at = i + 1, last do
        if honorific(code, at) then
          last = at - 1
          break
        end
      end
    end
    local first_last, parts = last, 1
    while parts < 4 and gap(code[last + 1]) do
      local next_is = script(code[last + 2])
      local stop = next_is and run(code, last + 2, next_is)
      local mark = stop and code[stop + 1]
      if not stop or stop - last > 9 or mark == COLON or mark == EQUALS or next_is == is_hiragana and is == is_kanji and stop - last > 5 then
        break
      end
      last, parts = stop, parts + 1
    end
    local size = first_last - i + 1
    if is == is_kanji then
      local fits = size <= 4 or (surname or strong) and size <= 6
      surname = surname and (surname > i or surname == last)
      return fits and (strong or surname or parts == 2 and size <= 3) and last or nil
    elseif is == is_katakana then
      return size >= 2 and size <= 12 and (strong or surname == first_last or parts > 1) and last or nil
    end
    return (parts > 1 and (surname or strong) or surname and strong) and last or nil
  end

  -- From a label's end at i to its value: where that begins. Words need : or =, Japanese labels may do with a space or は.
  local function separated(code, i, japanese, strong)
    local told, count = false, 0
    while count < 8 do
      local c = code[i]
      if c == COLON or c == EQUALS or c == 0x3011 or c == 62 or c == 47 and japanese or c == 0x300C and strong then
        told = true
      elseif c == 0x306F and japanese and strong or c == SPACE and japanese and strong then
        told = true
      elseif not (c == SPACE or c == 34 or c == 39 or c == 92 or c == 0x300C or c == 0x300E or c == 40 or c == 41) then
        break
      end
      i, count = i + 1, count + 1
    end
    return told and i or nil
  end

  -- The name that follows a word for people directly, 応募者小林琥珀を: its family name is known, or one word of it.
  local function attached(code, i)
    local from = code[i] == SPACE and i + 1 or i
    if not is_kanji(code[from]) then
      return nil
    end
    local surname = longest(SURNAMES, code, from)
    local stop = run(code, from, is_kanji)
    local spaced = code[stop + 1] == SPACE and is_kanji(code[stop + 2])
    local last = spaced and run(code, stop + 2, is_kanji) or stop
    local size = spaced and last - stop - 1 or stop - (surname or stop)
    if longest(ABSENT, code, from) or longest(PLACES, code, last) or size > 3 or spaced and stop - from > 3 then
      return nil
    elseif spaced and (surname == stop or longest(GIVEN, code, stop + 2) == last) or not spaced and surname and surname > from then
      return from, last
    end
  end

  -- A label at i, and the name after it: first and last position of that.
  local function announced(code, i)
    local japanese = not is_letter(code[i])
    local node, at, last, kind = LABELS[fold(code[i])], i, nil, nil
    while node do
      if node.ok then
        last, kind = at, node.kind
      end
      at = at + 1
      local c = code[at]
      node = node[(c == 95 or c == DASH) and SPACE or fold(c)]
    end
    if not last or not japanese and is_letter(code[last + 1]) then
      return nil
    end
    if japanese and last == i and script(code[i - 1]) then -- 姓, 名
      return nil
    end
    local from = separated(code, last + 1, japanese, kind == "strong")
    local to = from and value(code, from, kind == "strong", japanese)
    if to then
      return from, to
    elseif not from and japanese and kind == "weak" then
      return attached(code, last + 1)
    end
  end

  local function find(code, i, n, cut)
    local first, last = announced(code, i)
    if not first then
      first = i
      if is_letter(code[i]) then
        local from
        last, from = western.name(code, i)
        first = from or i
      elseif script(code[i]) then
        last = known(code, i) or unknown(code, i) or is_kanji(code[i]) and ended(code, i)
        if not last and not script(code[i])(code[i - 1]) then
          local called = given(code, i)
          last = called and called > i and honorific(code, called + 1) and called or nil
        end
        first = last and before(code, i) or i
      end
    end
    if last then
      cut(first, last, "name")
      return last + 1
    end
    return i + 1
  end

  return find
end
