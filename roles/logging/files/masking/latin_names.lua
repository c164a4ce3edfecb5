-- Names in Latin letters: Taro Sato, SATO Taro, Sato-san, Mr. Smith, and what a label announces.
--
-- load(text, people, words) returns name(code, i), the last position of a name at i and where it begins if not there,
-- and value(code, i, strong, japanese), the last position of the name after a label.
return function(text, people, words)
  local longest, is_letter, is_word = text.longest, text.is_letter, text.is_word
  local SPACE, DOT, COMMA, DASH, COLON, LESS, EQUALS, PLUS = 32, 46, 44, 45, 58, 60, 61, 43
  local LATIN_SURNAMES, LATIN_GIVEN = people.latin_surnames, people.latin_given
  local ABSENT_LATIN, LATIN_HONORIFICS = text.trie(words.absent_latin), text.trie(words.latin_honorifics)
  local LATIN_TITLES = text.trie(words.latin_titles)

  -- The last letter of the word at i.
  local function word_end(code, i)
    while is_letter(code[i + 1]) or code[i + 1] == 39 and is_letter(code[i + 2]) do
      i = i + 1
    end
    return i
  end

  local function capital(code, i)
    return code[i] >= 65 and code[i] <= 90
  end

  -- What names the word at i..last may be: family, given.
  local function latin_kind(code, i, last)
    return longest(LATIN_SURNAMES, code, i) == last, longest(LATIN_GIVEN, code, i) == last
  end

  local function free(code, last)
    return not is_word(code[last + 1]) and code[last + 1] ~= 64
  end

  -- Taro Sato, SATO Taro, Sato-san, Mr. Smith: the last position.
  local function latin_name(code, i)
    if not capital(code, i) or is_word(code[i - 1]) or code[i - 1] == DOT then
      return nil
    end
    local last = word_end(code, i)
    local next_one = last + 1
    if longest(LATIN_TITLES, code, i) == last then
      next_one = code[next_one] == DOT and next_one + 1 or next_one
      if code[next_one] ~= SPACE or not capital(code, next_one + 1) then
        return nil
      end
      local from = next_one + 1
      last = word_end(code, from)
      if code[last + 1] == SPACE and capital(code, last + 2) and free(code, word_end(code, last + 2)) then
        last = word_end(code, last + 2)
      end
      return last, from
    end
    if last - i < 1 then
      return nil
    end
    local mark = code[last + 1]
    if (mark == DASH or mark == SPACE) and is_letter(code[last + 2]) then
      local honoured = longest(LATIN_HONORIFICS, code, last + 2)
      if honoured and not is_letter(code[honoured + 1]) and code[last + 2] >= 97 and (mark == DASH or latin_kind(code, i, last)) then
        return last
      end
    end
    local family, first = latin_kind(code, i, last)
    local following = code[last + 1] == SPACE and capital(code, last + 2) and word_end(code, last + 2)
    if following and code[following + 1] == SPACE and code[following + 2] == LESS then -- Taro Sato <taro@example.jp>
      return following
    elseif not family and not first then
      return nil
    end
    local at = last + 1
    at = code[at] == COMMA and at + 1 or at
    if code[at] ~= SPACE and code[at] ~= PLUS or not capital(code, at + 1) then
      return nil
    end
    local second = word_end(code, at + 1)
    local family2, first2 = latin_kind(code, at + 1, second)
    if not free(code, second) then
      return nil
    elseif family and first2 or first and family2 then
      return second
    end
    -- One of the two is a name that nobody knows: Nanami Ganaha, NAKAJIMA Yuzuha.
    local plain = second - at > 3 and not capital(code, second)
    local loud = capital(code, last) and last - i >= 4
    if plain and (first and not family and last - i >= 3 and not loud or family and loud) then
      return second
    end
  end

  -- The name that a label announces, in Latin letters: up to four words, the first and further ones with capitals.
  local function latin_value(code, i, strong, japanese)
    local last, count, certain = word_end(code, i), 1, false
    local stop = longest(ABSENT_LATIN, code, i)
    if stop and stop >= last or is_word(code[last + 1]) then
      return nil
    end
    local family, first = latin_kind(code, i, last)
    certain = family or first
    while count < 4 do
      local at = last + 1
      at = code[at] == COMMA and at + 1 or at
      if code[at] ~= SPACE and code[at] ~= PLUS or not is_letter(code[at + 1]) then
        break
      end
      local following = word_end(code, at + 1)
      local more_family, more_first = latin_kind(code, at + 1, following)
      local same = capital(code, at + 1) or not capital(code, i) and (more_family or more_first)
      if not same or not free(code, following) or code[following + 1] == COLON or code[following + 1] == EQUALS then
        break
      end
      certain = certain or more_family or more_first
      last, count = following, count + 1
    end
    if strong and not japanese then
      return last
    elseif strong then
      return (count > 1 or certain) and last or nil
    end
    return certain and count > 1 and last or nil
  end

  return { name = latin_name, value = latin_value }
end
