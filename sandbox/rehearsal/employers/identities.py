"""Names, numbers and addresses of employers, workplaces and workers: all of them samples, none of anybody's."""

from __future__ import annotations

from itertools import count

from sandbox.rehearsal.employers.world import World

PREFECTURES = (
    *("北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県"),
    *("千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県"),
    *("愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県"),
    *("広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県"),
    *("宮崎県", "鹿児島県", "沖縄県"),
)
HOME = "13"
FAMILY = (("見本", "ミホン"), ("架空", "カクウ"), ("例示", "レイジ"), ("仮名", "カメイ"), ("模擬", "モギ"))
GIVEN = {
    "female": (("花子", "ハナコ"), ("一子", "イチコ"), ("桜子", "サクラコ"), ("海子", "ウミコ")),
    "male": (("太郎", "タロウ"), ("一郎", "イチロウ"), ("桜男", "サクラオ"), ("海男", "ウミオ")),
}
ABROAD = (("SAMPLE", "サンプル"), ("EXAMPLE", "エグザンプル"), ("SPECIMEN", "スペシメン"))
LETTERS = (("ALPHA", "アルファ"), ("BRAVO", "ブラボー"), ("DELTA", "デルタ"), ("ECHO", "エコー"), ("OSCAR", "オスカー"))
# Registry offices have lower numbers: nobody has a corporate number with this one.
NO_OFFICE = "9999"


def complete(world: World) -> None:
    """Name every employer, workplace and worker there is."""
    for number, employer in enumerate(world.tables["employers"], 1):
        employer.update(
            name=f"株式会社見本{employer['employer_id']}",
            corporate_number=corporate_number(number),
            representative=f"代表取締役 {FAMILY[number % len(FAMILY)][0]} 太郎",
            phone=f"000-0000-{number:04d}",
        )
    numbers = dict.fromkeys((row["employer_id"] for row in world.tables["employers"]), 0)
    offices: dict[str, str] = {}
    for site in world.tables["establishments"]:
        employer_id = site["employer_id"]
        numbers[employer_id] += 1
        number = numbers[employer_id]
        site.update(
            name="本社" if number == 1 else f"第{number}事業所", address=_address(site["prefecture_code"], number)
        )
        offices.setdefault(employer_id, site["address"])
    for employer in world.tables["employers"]:
        employer["address"] = offices.get(employer["employer_id"]) or _address(HOME, 1)
    for worker, number in zip(world.tables["workers"], count()):
        name, kana = _name(number, worker["sex"], worker["nationality"])
        world.add(
            "worker_names", worker_id=worker["worker_id"], employer_id=worker["employer_id"], name=name, name_kana=kana
        )


def corporate_number(number: int) -> str:
    """Return 13 digits that are well formed."""
    digits = f"{NO_OFFICE}{number:08d}"
    return f"{check_digit(digits)}{digits}"


def check_digit(digits: str) -> int:
    """Return what comes before the twelve digits: 9 less their sum modulo 9, every second from the right twice."""
    return 9 - sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))) % 9


def _address(prefecture: str | None, number: int) -> str:
    return f"{PREFECTURES[int(prefecture or HOME) - 1]}見本市架空町{number}丁目0番0号"


def _name(number: int, sex: str | None, nationality: str | None) -> tuple[str, str]:
    """Return the name, of foreigners as on their card, and how it is read."""
    japanese = nationality in (None, "JP")
    families = FAMILY if japanese else ABROAD
    given = GIVEN["male" if sex == "male" else "female"] if japanese else LETTERS
    family, first = families[number % len(families)], given[number // len(families) % len(given)]
    return f"{family[0]} {first[0]}", f"{family[1]} {first[1]}"
