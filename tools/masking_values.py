"""Values of each kind as they stand in logs, and look-alikes that are none, by a given random source."""

from __future__ import annotations

import string
from random import Random
from urllib.parse import quote

from tools.masking_people import foreigner, person

WIDE = str.maketrans(
    "0123456789-+@.ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "０１２３４５６７８９－＋＠．ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ",
)
NARROW = dict(
    zip(
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンヲァィゥェォャュョッー",
        "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｦｧｨｩｪｫｬｭｮｯｰ",
        strict=True,
    )
)
VOICED = dict(
    zip("ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ", "カキクケコサシスセソタチツテトハヒフヘホウ", strict=True)
)
HALF_VOICED = dict(zip("パピプペポ", "ハヒフヘホ", strict=True))
LANDLINES = (("03", 4), ("06", 4), ("011", 3), ("045", 3), ("052", 3), ("0467", 2), ("0258", 2), ("04992", 1))


def narrow(katakana: str) -> str:
    """In half width."""
    found = ""
    for sign in katakana:
        base, mark = VOICED.get(sign), "ﾞ"
        if base is None:
            base, mark = HALF_VOICED.get(sign), "ﾟ"
        found += NARROW[base] + mark if base else NARROW.get(sign, sign)
    return found


def digits(random: Random, count: int) -> str:
    return "".join(random.choice(string.digits) for _ in range(count))


def check_digit(eleven: str) -> str:
    """Of a My Number (Order 85 of the Ministry of Internal Affairs, 2014, article 5)."""
    total = sum(int(one) * (n + 1 if n <= 6 else n - 5) for n, one in enumerate(reversed(eleven), 1))
    rest = total % 11
    return str(0 if rest <= 1 else 11 - rest)


def my_number(random: Random) -> str:
    eleven = digits(random, 11)
    return eleven + check_digit(eleven)


def no_my_number(random: Random) -> str:
    right = my_number(random)
    return right[:-1] + str((int(right[-1]) + random.randrange(1, 10)) % 10)


def written_my_number(random: Random) -> str:
    number = my_number(random)
    grouped = [number[n : n + 4] for n in (0, 4, 8)]
    return random.choice(
        (
            number,
            number,
            "-".join(grouped),
            " ".join(grouped),
            number.translate(WIDE),
            "－".join(grouped).translate(WIDE),
        )
    )


def phone(random: Random) -> str:
    if random.random() < 0.5:
        parts = [random.choice(("090", "080", "070", "050")), digits(random, 4), digits(random, 4)]
    else:
        area, middle = random.choice(LANDLINES)
        parts = [area, random.choice("23456789") + digits(random, middle - 1), digits(random, 4)]
    ways = [
        "-".join(parts),
        "-".join(parts),
        "".join(parts),
        "-".join(parts).translate(WIDE),
        "ー".join(parts).translate(WIDE),
    ]
    ways += [
        f"{parts[0]}({parts[1]}){parts[2]}",
        f"+81-{parts[0][1:]}-{parts[1]}-{parts[2]}",
        f"+81{''.join(parts)[1:]}",
    ]
    return random.choice(ways)


def email(half: str, random: Random) -> str:
    one = person(half, random)
    local = random.choice(
        (
            f"{one.given_latin}.{one.family_latin}",
            f"{one.family_latin}{digits(random, 2)}",
            f"{one.given_latin}_{digits(random, 3)}",
        )
    )
    host = random.choice(("example.jp", "mail.example.co.jp", "example.com", "sub-domain.example.org"))
    written = f"{local}@{host}"
    return random.choice((written, written, written, f"{local}+jobs@{host}", written.translate(WIDE)))


def residence_card(random: Random) -> str:
    letters = [random.choice(string.ascii_uppercase) for _ in range(4)]
    parts = ["".join(letters[:2]), digits(random, 8), "".join(letters[2:])]
    return random.choice(("".join(parts), "".join(parts), "-".join(parts), "".join(parts).translate(WIDE)))


def card(random: Random) -> str:
    prefix, length = random.choice((("4", 16), ("5" + random.choice("12345"), 16), ("37", 15), ("3566", 16)))
    body = prefix + digits(random, length - len(prefix) - 1)
    total = sum(int(one) if n % 2 else sum(divmod(int(one) * 2, 10)) for n, one in enumerate(reversed(body)))
    number = body + str(-total % 10)
    if length == 15:
        return random.choice((number, f"{number[:4]}-{number[4:10]}-{number[10:]}"))
    grouped = [number[n : n + 4] for n in (0, 4, 8, 12)]
    return random.choice((number, "-".join(grouped), " ".join(grouped)))


def account(random: Random) -> str:
    return digits(random, 7)


def name(half: str, random: Random, form: str) -> str:
    """full (佐藤太郎), spaced, family, kana, narrow, hiragana, latin, LATIN, foreign."""
    one = person(half, random)
    if form == "foreign":
        return foreigner(half, random)
    if form == "latin":
        return f"{one.given_latin.capitalize()} {one.family_latin.capitalize()}"
    if form == "LATIN":
        return f"{one.family_latin.upper()} {one.given_latin.capitalize()}"
    forms = {
        "full": one.family + one.given,
        "spaced": f"{one.family}{random.choice(' 　')}{one.given}",
        "family": one.family,
        "kana": f"{one.family_kana} {one.given_kana}",
        "narrow": narrow(f"{one.family_kana} {one.given_kana}"),
        "hiragana": " ".join(one.hiragana),
    }
    return forms[form]


def quoted(text: str) -> str:
    """As in an URL."""
    return quote(text, safe="")


def escaped(text: str) -> str:
    """As JSON writes what isn't ASCII."""
    return "".join(sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in text)
