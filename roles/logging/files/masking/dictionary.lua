-- Tries of family and given names: by their signs and readings, and in Latin letters.
return function(text, latin, surnames, given_names)
  local function fill(rows)
    local signs, letters = {}, {}
    for row in rows:gmatch("[^\n]+") do
      local reading
      for word in row:gmatch("%S+") do
        text.add(signs, word)
        reading = reading or word
      end
      for _, way in ipairs(latin(reading)) do
        text.add(letters, way)
      end
    end
    return signs, letters
  end

  local found = {}
  found.surnames, found.latin_surnames = fill(surnames)
  found.given, found.latin_given = fill(given_names)
  return found
end
