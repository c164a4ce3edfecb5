"""Two hundred people who don't exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

SEED = 20261121
COUNT = 200
RECRUITERS = range(161, 191)
STAFF = range(191, 201)
EVERYWHERE = "S-000001"
"""The person of whom every store holds something: candidate, recruiter and contact of a company in one."""

FAMILY = (
    ("青山", "アオヤマ", "aoyama"),
    ("石田", "イシダ", "ishida"),
    ("上田", "ウエダ", "ueda"),
    ("江口", "エグチ", "eguchi"),
    ("小川", "オガワ", "ogawa"),
    ("片山", "カタヤマ", "katayama"),
    ("桐生", "キリュウ", "kiryu"),
    ("久保", "クボ", "kubo"),
    ("佐野", "サノ", "sano"),
    ("白石", "シライシ", "shiraishi"),
    ("杉本", "スギモト", "sugimoto"),
    ("田島", "タジマ", "tajima"),
)
GIVEN = (
    ("葵", "アオイ", "aoi"),
    ("一郎", "イチロウ", "ichiro"),
    ("恵", "メグミ", "megumi"),
    ("花子", "ハナコ", "hanako"),
    ("健", "ケン", "ken"),
    ("咲", "サキ", "saki"),
    ("太郎", "タロウ", "taro"),
    ("直美", "ナオミ", "naomi"),
    ("誠", "マコト", "makoto"),
    ("悠", "ユウ", "yu"),
    ("理沙", "リサ", "risa"),
    ("蓮", "レン", "ren"),
)
NATIONALITIES = ("JP", "JP", "JP", "JP", "VN", "BR", "CN", "NP")


@dataclass(frozen=True)
class Person:
    number: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    email: str
    phone: str
    birth_date: date
    nationality: str

    @property
    def id(self) -> str:
        return f"S-{self.number:06d}"

    @property
    def name(self) -> str:
        return f"{self.family_name} {self.given_name}"

    @property
    def kind(self) -> str:
        """As the accounts have it."""
        if self.number in RECRUITERS:
            return "recruiter"
        return "staff" if self.number in STAFF else "candidate"

    @property
    def my_number(self) -> str:
        """Twelve digits, of which the last checks the others (Order of the Ministry, art. 5)."""
        digits = f"{self.number:011d}"
        total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits), 1))
        rest = total % 11
        return f"{digits}{0 if rest <= 1 else 11 - rest}"


@cache
def persons() -> tuple[Person, ...]:
    """All of them, the same at every call and in every process."""
    random = Random(SEED)
    return tuple(_person(number, random) for number in range(1, COUNT + 1))


def of_kind(kind: str) -> list[Person]:
    """Candidates, recruiters (the person who is everywhere among them) or staff."""
    return [one for one in persons() if one.kind == kind or (kind == "recruiter" and one.id == EVERYWHERE)]


def _person(number: int, random: Random) -> Person:
    family, given = random.choice(FAMILY), random.choice(GIVEN)
    return Person(
        number,
        family[0],
        given[0],
        family[1],
        given[1],
        f"{given[2]}.{family[2]}.{number}@example.jp",
        f"090-0000-{number:04d}",
        date(1960, 1, 1) + timedelta(days=random.randrange(16000)),
        random.choice(NATIONALITIES),
    )
