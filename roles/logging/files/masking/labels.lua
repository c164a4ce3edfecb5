-- What a value is called by the words directly before it, as in 注文番号: 123456789012.
return function(text)
  local is_digit, is_letter = text.is_digit, text.is_letter

  local OTHER_WORDS = {}
  for word in ([[order invoice receipt slip ticket transaction trace span request session posting job item sku jan isbn product
    corporate company amount price total count size bytes length duration elapsed latency time timestamp epoch offset
    sequence seq version build commit revision port pid batch tracking waybill serial]]):gmatch("%S+") do
    OTHER_WORDS[word] = true
  end
  local WORDS = {
    mynumber = "my_number", my_number = "my_number", individual_number = "my_number", kojin_bango = "my_number",
    residence_card = "residence_card", residence_card_number = "residence_card", zairyu_card = "residence_card",
    account_number = "account", account_no = "account", bank_account = "account", bankaccount = "account",
    accountnumber = "account", acct = "account",
  }
  local NUMBER_WORDS = { no = true, number = true, id = true }
  local ENDINGS = { -- of Japanese labels, the longer before the shorter where one ends with the other
    { "マイナンバー", "my_number" }, { "個人番号", "my_number" },
    { "在留カード番号", "residence_card" }, { "在留カード", "residence_card" },
    { "口座番号", "account" }, { "口座", "account" }, { "普通", "account" }, { "普通預金", "account" },
    { "当座", "account" }, { "貯蓄", "account" },
    { "カード番号", "card" }, { "カード", "card" }, { "電話番号", "phone" }, { "携帯番号", "phone" },
    { "番号", "other" }, { "コード", "other" }, { "伝票", "other" }, { "金額", "other" }, { "合計", "other" },
    { "円", "other" }, { "件数", "other" }, { "注文", "other" }, { "¥", "other" }, { "￥", "other" },
  }
  for _, one in ipairs(ENDINGS) do
    one.points, one.count = text.points(one[1])
  end

  -- Between a label and its value: spaces, quotes, brackets, : = # / and は.
  local BETWEEN = { [32] = true, [34] = true, [35] = true, [39] = true, [40] = true, [58] = true, [61] = true, [92] = true,
    [0x306F] = true, [0x300C] = true, [0x3010] = true, [0x3011] = true }
  local PLUS = 43
  local MOST = 24

  local function word_before(code, i)
    local start = i
    while start >= 1 and i - start < MOST and (is_letter(code[start]) or code[start] == 95 or code[start] == 45) do
      start = start - 1
    end
    local letters = {}
    for at = start + 1, i do
      letters[#letters + 1] = string.char(text.fold(code[at] == 45 and 95 or code[at]))
    end
    return table.concat(letters)
  end

  local function of_word(word)
    if WORDS[word] then
      return WORDS[word]
    end
    for part in word:gmatch("[a-z]+") do
      if OTHER_WORDS[part] then
        return "other"
      end
    end
    -- orderId, invoiceNo
    for ending in ("id no number"):gmatch("%a+") do
      local stem = word:match("^(%a+)" .. ending .. "$")
      if stem and OTHER_WORDS[stem] then
        return "other"
      end
    end
  end

  local function ends(code, i, one)
    local from = i - one.count
    for n = 1, one.count do
      if text.fold(code[from + n] or 0) ~= text.fold(one.points[n]) then
        return false
      end
    end
    return true
  end

  -- "my_number", "account", "residence_card", "phone", "other" (it says to be something else), or nil.
  local function before(code, i)
    i = i - 1
    if code[i] == PLUS then
      i = i - 1
    end
    local skipped = 0
    while skipped < 6 and i >= 1 and BETWEEN[code[i]] do
      i, skipped = i - 1, skipped + 1
    end
    if i < 1 or is_digit(code[i]) then
      return nil
    end
    if is_letter(code[i]) then
      local word = word_before(code, i)
      local found = of_word(word)
      local at = i - #word
      if not found and (code[at] == 32 or code[at] == 46) and is_letter(code[at - 1]) then -- bank account, order no
        local previous = word_before(code, at - 1)
        found = of_word(previous .. "_" .. word) or NUMBER_WORDS[word] and of_word(previous)
      end
      return found
    end
    for _, one in ipairs(ENDINGS) do
      if i >= one.count and ends(code, i, one) then
        return one[2]
      end
    end
  end

  -- Whether twelve digits are the AWS account of an ARN (arn:aws:iam::123456789012:role/x) or of a registry's host.
  local function account(code, first, last)
    local colon = 58
    if code[first - 1] == colon and code[last + 1] == colon then
      return true
    end
    return code[last + 1] == 46 and code[last + 2] == 100 and code[last + 3] == 107 and code[last + 4] == 114
  end

  return { before = before, account = account }
end
