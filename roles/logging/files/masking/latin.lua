-- Readings in Latin letters, as people write their names: サトウ is sato, satou, satoh.
local KUNREI = { { "shi", "si" }, { "chi", "ti" }, { "tsu", "tu" }, { "fu", "hu" }, { "ji", "zi" }, { "sh", "sy" }, { "ch", "ty" }, { "j", "zy" } }
local MORAE = {}
do
  local kana = {
    a = "ア", i = "イ", u = "ウ", e = "エ", o = "オ",
    ka = "カ", ki = "キ", ku = "ク", ke = "ケ", ko = "コ", ga = "ガ", gi = "ギ", gu = "グ", ge = "ゲ", go = "ゴ",
    sa = "サ", shi = "シ", su = "ス", se = "セ", so = "ソ", za = "ザ", ji = "ジ", zu = "ズ", ze = "ゼ", zo = "ゾ",
    ta = "タ", chi = "チ", tsu = "ツ", te = "テ", to = "ト", da = "ダ", de = "デ", ["do"] = "ド",
    na = "ナ", ni = "ニ", nu = "ヌ", ne = "ネ", no = "ノ", ha = "ハ", hi = "ヒ", fu = "フ", he = "ヘ", ho = "ホ",
    ba = "バ", bi = "ビ", bu = "ブ", be = "ベ", bo = "ボ", pa = "パ", pi = "ピ", pu = "プ", pe = "ペ", po = "ポ",
    ma = "マ", mi = "ミ", mu = "ム", me = "メ", mo = "モ", ya = "ヤ", yu = "ユ", yo = "ヨ",
    ra = "ラ", ri = "リ", ru = "ル", re = "レ", ro = "ロ", wa = "ワ", n = "ン",
  }
  for latin, sign in pairs(kana) do
    MORAE[sign] = latin
  end
  MORAE["ヅ"], MORAE["ヂ"], MORAE["ヲ"] = "zu", "ji", "o"
end
local GLIDES = { ["ャ"] = "a", ["ュ"] = "u", ["ョ"] = "o" }

local function hepburn(reading)
  local found, doubled = "", false
  for sign in reading:gmatch("[\194-\244][\128-\191]*") do
    local glide = GLIDES[sign]
    if sign == "ッ" then
      doubled = true
    elseif glide then
      -- キ and ョ are kyo, シ and ョ sho.
      local stem = found:sub(1, -2)
      found = stem .. ((stem:match("sh$") or stem:match("ch$") or stem:match("j$")) and "" or "y") .. glide
    else
      local mora = MORAE[sign] or ""
      found = found .. (doubled and (mora:match("^ch") and "t" or mora:sub(1, 1)) or "") .. mora
      doubled = false
    end
  end
  return found
end

-- All ways in which a reading may be written.
return function(reading)
  local whole = hepburn(reading)
  local ways = {
    whole,
    (whole:gsub("ou", "o"):gsub("oo", "o"):gsub("uu", "u")),
    (whole:gsub("ou", "oh"):gsub("oo", "oh"):gsub("uu", "u")),
  }
  for n = 1, 3 do
    local labial = ways[n]:gsub("n([bmp])", "m%1")
    ways[#ways + 1] = labial
    local kunrei = ways[n]
    for _, pair in ipairs(KUNREI) do
      kunrei = kunrei:gsub(pair[1], pair[2])
    end
    ways[#ways + 1] = kunrei
  end
  return ways
end
