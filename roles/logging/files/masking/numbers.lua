-- Numbers: My Number, telephones, payment cards, accounts, and residence cards.
--
-- load(text, labels): text is text.lua's table, labels what numbers call themselves (labels.lua).
-- The result is find(code, i, n, cut), called at the first digit, + or ( of a run of digits. It reports what it finds
-- as cut(first, last, kind), and returns the position after the run.
return function(text, labels)
  local is_digit, is_letter, is_word = text.is_digit, text.is_letter, text.is_word
  local SPACE, OPEN, CLOSE, PLUS, DASH, DOT = 32, 40, 41, 43, 45, 46

  local digits = {} -- of the whole run: value by position among its digits
  local first, last, begins, joint = {}, {}, {}, {} -- by group: positions, index of its first digit, what follows it
  local groups

  local function separator(c)
    return c == DASH or c == SPACE or c == DOT or c == OPEN or c == CLOSE
  end

  -- What joins a group that ends before i to the next one: its width, and a separator, or ( for brackets.
  local function join(code, i)
    local width, brackets = 0, false
    while width < 3 and separator(code[i + width]) do
      brackets = brackets or code[i + width] == OPEN or code[i + width] == CLOSE
      width = width + 1
    end
    if width == 0 or not is_digit(code[i + width]) then
      return nil
    elseif brackets then
      return width, OPEN
    elseif width == 1 then
      return width, code[i]
    elseif width == 3 and code[i] == SPACE and code[i + 1] == DASH and code[i + 2] == SPACE then
      return width, DASH
    end
  end

  -- Groups of digits from i on; 0 joins the last one to nothing. Returns the position after the run.
  local function read(code, i)
    local count = 0
    groups = 0
    while true do
      groups = groups + 1
      first[groups], begins[groups] = i, count + 1
      while is_digit(code[i]) do
        count = count + 1
        digits[count] = code[i] - 48
        i = i + 1
      end
      last[groups] = i - 1
      local width, joined = join(code, i)
      if not width then
        break
      end
      joint[groups], i = joined, i + width
    end
    joint[groups], begins[groups + 1] = 0, count + 1
    -- 1234abc and 1234-abc are no numbers but parts of a name.
    local joined = code[i] == DASH and is_letter(code[i + 1])
    if is_letter(code[i]) or code[i] == 95 or joined then
      i = joined and i + 1 or i
      while is_word(code[i]) or code[i] == DASH and is_word(code[i + 1]) do
        i = i + 1
      end
      groups = groups - 1
      if groups > 0 then
        joint[groups] = DASH
      end
    end
    return i
  end

  local function size(group)
    return begins[group + 1] - begins[group]
  end

  local function same(group, from, to)
    for k = from + 1, to - 1 do
      if joint[k] ~= joint[group] then
        return false
      end
    end
    return joint[group] == DASH or joint[group] == SPACE
  end

  -- Whether groups from..to stand by themselves: digits that a dash or dot joins to them make another number of them,
  -- and so does one group more of the same kind.
  local function alone(from, to)
    local function apart(joined, neighbour)
      if joined == DASH or joined == DOT then
        return false
      end
      return joined ~= SPACE or from == to or joint[from] ~= SPACE or size(neighbour) ~= 4 and size(neighbour) ~= 1
    end
    return (from == 1 or apart(joint[from - 1], from - 1)) and (to == groups or apart(joint[to], to + 1))
  end

  -- The last digit checks the eleven before it: Order 85 of the Ministry of Internal Affairs, 2014, article 5.
  local function checks(at)
    local total = 0
    for n = 1, 11 do
      total = total + digits[at + 11 - n] * (n <= 6 and n + 1 or n - 5)
    end
    local rest = total % 11
    return digits[at + 11] == (rest <= 1 and 0 or 11 - rest)
  end

  local function luhn(at, count)
    local total = 0
    for n = 0, count - 1 do
      local digit = digits[at + count - 1 - n]
      if n % 2 == 1 then
        digit = digit * 2 > 9 and digit * 2 - 9 or digit * 2
      end
      total = total + digit
    end
    return total % 10 == 0
  end

  -- Issuers' ranges by length; without them every tenth number of 16 digits would be a card's.
  local function issued(at, count)
    local two = digits[at] * 10 + digits[at + 1]
    local four = two * 100 + digits[at + 2] * 10 + digits[at + 3]
    if count == 15 then
      return two == 34 or two == 37
    elseif count == 14 then
      return two == 36 or two == 38 or two == 30
    end
    return count == 16 and (two >= 40 and two <= 49 or two >= 51 and two <= 55 or four >= 2221 and four <= 2720
      or four >= 3528 and four <= 3589 or four == 6011 or two == 65 or two == 62)
  end

  local function card(k)
    local to, count
    if size(k) >= 14 and size(k) <= 16 then
      to, count = k, size(k)
    elseif size(k) == 4 and groups >= k + 3 and size(k + 1) == 4 and size(k + 2) == 4 and size(k + 3) == 4 then
      to, count = k + 3, 16
    elseif size(k) == 4 and groups >= k + 2 and size(k + 1) == 6 and (size(k + 2) == 5 or size(k + 2) == 4) then
      to, count = k + 2, 10 + size(k + 2)
    end
    if to and (to == k or same(k, k, to)) and alone(k, to) and issued(begins[k], count) and luhn(begins[k], count) then
      return to
    end
  end

  -- Returns the last group, and whether the digits check themselves.
  local function my_number(k)
    local to
    if size(k) == 12 then
      to = k
    elseif size(k) == 4 and groups >= k + 2 and size(k + 1) == 4 and size(k + 2) == 4 and same(k, k, k + 2) then
      to = k + 2
    end
    if to and alone(k, to) then
      return to, checks(begins[k])
    end
  end

  -- 0120-xxx-xxx, 0800-xxx-xxxx and 0570-xxx-xxx are nobody's own.
  local function private(k)
    local at = begins[k]
    local four = digits[at + 1] * 100 + digits[at + 2] * 10 + digits[at + 3]
    return size(k) == 3 or not (four == 120 or four == 800 or four == 570)
  end

  local function mobile(at)
    return digits[at] == 0 and digits[at + 1] >= 5 and digits[at + 2] == 0
  end

  -- 090-1234-5678, 03(1234)5678, 0312345678. Returns the last group, and whether it could be any other number as well.
  local function domestic(k)
    local at = begins[k]
    if digits[at] ~= 0 or size(k) < 2 or digits[at + 1] == 0 then
      return nil
    end
    for to = k, math.min(k + 2, groups) do
      local count = begins[to + 1] - at
      if count == 10 or count == 11 then
        local fits = count == 11 and mobile(at) or count == 10 and (to == k or size(k) <= 5 and size(to) >= 4)
        if to == k + 2 then
          fits = fits and size(to) == 4
        elseif to == k + 1 then
          fits = fits and joint[k] ~= SPACE and joint[k] ~= DOT
        end
        if fits and private(k) and alone(k, to) then
          return to, to == k and count == 10
        end
      end
    end
  end

  -- +81 90-1234-5678, +81-(0)3-1234-5678, 0081 90 1234 5678, 819012345678.
  local function abroad(code, k)
    local at, count = begins[k], size(k)
    local plus = code[first[k] - 1] == PLUS
    local start
    if digits[at] == 8 and digits[at + 1] == 1 and (plus or count == 2 and joint[k] == DASH or count == 12) then
      start = at + 2
    elseif count == 4 and digits[at] == 0 and digits[at + 1] == 0 and digits[at + 2] == 8 and digits[at + 3] == 1 then
      start = at + 4
    else
      return nil
    end
    for to = k, math.min(k + 4, groups) do
      local rest = begins[to + 1] - start
      local zero = digits[start] == 0 and 1 or 0
      local lead = digits[start + zero]
      local fits = rest - zero == 10 and lead >= 5 and digits[start + zero + 1] == 0
        or plus and rest - zero == 9 and lead ~= 0
      if fits and (to == groups or joint[to] ~= DASH) then
        return to
      end
    end
  end

  -- What begins at group k: its last group and its kind.
  local function classify(code, k)
    local to, sure
    if code[first[k] - 1] ~= PLUS then
      to, sure = my_number(k)
    end
    local called = to and labels.before(code, first[k])
    if to and (called == "my_number" or sure and called ~= "other" and not labels.account(code, first[k], last[to])) then
      return to, "my_number"
    end
    to = abroad(code, k)
    if to then
      return to, "phone"
    end
    local doubtful
    to, doubtful = domestic(k)
    if to and not (doubtful and labels.before(code, first[k]) == "other") then
      return to, "phone"
    end
    to = card(k)
    if to and labels.before(code, first[k]) ~= "other" then
      return to, "card"
    end
    if size(k) >= 6 and size(k) <= 8 and alone(k, k) and labels.before(code, first[k]) == "account" then
      return k, "account"
    end
  end

  local function find(code, i, n, cut)
    while not is_digit(code[i]) do
      i = i + 1
    end
    local after = read(code, i)
    local k = 1
    while k <= groups do
      local to, kind = classify(code, k)
      if to then
        local from, through = first[k], last[to]
        if kind == "phone" then
          from = code[from - 1] == PLUS and from - 1 or from
          from = code[from - 1] == OPEN and code[last[k] + 1] == CLOSE and from - 1 or from
        end
        cut(from, through, kind)
        k = to + 1
      else
        k = k + 1
      end
    end
    return after
  end

  -- AB12345678CD, with or without separators. Returns its last position.
  local function residence_card(code, i)
    local at, hexadecimal = i, true
    for part = 1, 3 do
      for _ = 1, part == 2 and 8 or 2 do
        local c = code[at]
        if part == 2 and not is_digit(c) or part ~= 2 and not is_letter(c) then
          return nil
        end
        hexadecimal = hexadecimal and (c <= 57 or c >= 97 and c <= 102)
        at = at + 1
      end
      if part < 3 and (code[at] == DASH or code[at] == SPACE) then
        at = at + 1
      end
    end
    -- The short id of a container may look like one.
    if is_word(code[at]) or hexadecimal and labels.before(code, i) ~= "residence_card" then
      return nil
    end
    return at - 1
  end

  return { find = find, residence_card = residence_card }
end
