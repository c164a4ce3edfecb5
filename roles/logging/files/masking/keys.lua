-- Kinds of values by the key they stand under: letters small, without _ - . and spaces.
local function set(kind, words, into)
  for word in words:gmatch("%S+") do
    into[word] = kind
  end
end

local KEYS = {}
set("name", [[
familyname givenname firstname lastname middlename surname fullname legalname maidenname kana namekana kananame furigana
familynamekana givennamekana firstnamekana lastnamekana fullnamekana familykana givenkana namekanji nameromaji passportname
applicantname candidatename recruitername contactname contactperson employeename workername customername personname
holdername accountholder accountholdername cardholder cardholdername spousename guardianname displayname realname
氏名 姓 名 名前 お名前 姓名 フリガナ ふりがな カナ 姓カナ 名カナ セイ メイ 氏名カナ 担当者名 応募者名 求職者名 候補者名 社員名 口座名義 旧姓]], KEYS)
set("phone", [[
phone phonenumber tel telno telephone mobile mobilephone mobilenumber cellphone fax contactphone homephone workphone
電話 電話番号 携帯 携帯電話 携帯番号 携帯電話番号]], KEYS)
set("email", "email emailaddress mail mailaddress contactemail メール メールアドレス", KEYS)
set("my_number", "mynumber individualnumber kojinbango マイナンバー 個人番号", KEYS)
set("residence_card", "residencecard residencecardnumber residencecardno zairyucard zairyucardnumber 在留カード番号 在留カード", KEYS)
set("card", "creditcard creditcardnumber cardno pan カード番号", KEYS)
set("account", "accountnumber bankaccount bankaccountnumber accountno 口座番号", KEYS)

-- Under these name, first, last, kana, family and given are a person's.
local PEOPLE = {}
set(true, [[
user person people candidate applicant recruiter contact customer employee worker client owner holder subject guardian spouse
member profile interviewer 応募者 求職者 担当者 従業員]], PEOPLE)
local PARTS = {}
set(true, "name first last kana family given", PARTS)

local function plain(key)
  return (key:lower():gsub("[_%-%. ]", ""))
end

-- The kind of what a key holds, nil when it says nothing. parent: the key of the map it is in.
return function(key, parent)
  local found = KEYS[plain(key)]
  if found then
    return found
  end
  -- user.full_name, user.name
  local above, last = key:match("^(.*)%.([^.]+)$")
  if last then
    key, parent = last, above:match("[^.]+$") or above
    found = KEYS[plain(key)]
  end
  if not found and parent and PARTS[plain(key)] and PEOPLE[plain(parent)] then
    found = "name"
  end
  return found
end
