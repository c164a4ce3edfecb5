"""People who don't exist, for the corpus of the masking filter: three crowds that share no family name.

They were written down without looking at the filter's dictionaries, rare names and names of foreigners among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FAMILY = {
    "first": """
佐藤 サトウ sato|鈴木 スズキ suzuki|高橋 タカハシ takahashi|田中 タナカ tanaka
伊藤 イトウ ito|渡辺 ワタナベ watanabe|山本 ヤマモト yamamoto
中村 ナカムラ nakamura|小林 コバヤシ kobayashi|加藤 カトウ kato|吉田 ヨシダ yoshida
山田 ヤマダ yamada|佐々木 ササキ sasaki|山口 ヤマグチ yamaguchi
松本 マツモト matsumoto|井上 イノウエ inoue|木村 キムラ kimura|林 ハヤシ hayashi
斎藤 サイトウ saito|清水 シミズ shimizu|山崎 ヤマザキ yamazaki
森 モリ mori|池田 イケダ ikeda|橋本 ハシモト hashimoto|阿部 アベ abe
石川 イシカワ ishikawa|前田 マエダ maeda|藤田 フジタ fujita
後藤 ゴトウ goto|長谷川 ハセガワ hasegawa|千葉 チバ chiba|福島 フクシマ fukushima
宮崎 ミヤザキ miyazaki|片桐 カタギリ katagiri|桑原 クワバラ kuwabara
早乙女 サオトメ saotome|鬼頭 キトウ kito|五百旗頭 イオキベ iokibe|喜屋武 キャン kyan
蛭田 ヒルタ hiruta""",
    "second": """
岡田 オカダ okada|近藤 コンドウ kondo|石井 イシイ ishii|坂本 サカモト sakamoto
遠藤 エンドウ endo|青木 アオキ aoki|藤井 フジイ fujii
西村 ニシムラ nishimura|福田 フクダ fukuda|太田 オオタ ota|三浦 ミウラ miura
岡本 オカモト okamoto|松田 マツダ matsuda|中川 ナカガワ nakagawa
中野 ナカノ nakano|原田 ハラダ harada|小野 オノ ono|田村 タムラ tamura
竹内 タケウチ takeuchi|金子 カネコ kaneko|和田 ワダ wada
中山 ナカヤマ nakayama|石田 イシダ ishida|上田 ウエダ ueda|森田 モリタ morita
原 ハラ hara|柴田 シバタ shibata|酒井 サカイ sakai
工藤 クドウ kudo|横山 ヨコヤマ yokoyama|宮本 ミヤモト miyamoto|長野 ナガノ nagano
秋田 アキタ akita|内田 ウチダ uchida|丸山 マルヤマ maruyama
勅使河原 テシガワラ teshigawara|御手洗 ミタライ mitarai|我那覇 ガナハ ganaha|西園寺 サイオンジ saionji
綿貫 ワタヌキ watanuki""",
    "held_out": """
中島 ナカジマ nakajima|小川 オガワ ogawa|村上 ムラカミ murakami|長谷川 ハセガワ hasegawa
新井 アライ arai|野村 ノムラ nomura|松尾 マツオ matsuo
菊地 キクチ kikuchi|佐野 サノ sano|杉山 スギヤマ sugiyama|高木 タカギ takagi
大野 オオノ ono|市川 イチカワ ichikawa|渡邉 ワタナベ watanabe
古川 フルカワ furukawa|小島 コジマ kojima|桜井 サクライ sakurai|水野 ミズノ mizuno
五十嵐 イガラシ igarashi|川上 カワカミ kawakami|武田 タケダ takeda
上野 ウエノ ueno|大塚 オオツカ otsuka|平野 ヒラノ hirano|久保 クボ kubo
菅原 スガワラ sugawara|木下 キノシタ kinoshita|佐久間 サクマ sakuma
山形 ヤマガタ yamagata|富山 トヤマ toyama|堀 ホリ hori|関 セキ seki
栗山 クリヤマ kuriyama|大河内 オオコウチ okochi
神宮寺 ジングウジ jinguji|安西 アンザイ anzai|日下部 クサカベ kusakabe|具志堅 グシケン gushiken
月見里 ヤマナシ yamanashi""",
}
GIVEN = {
    "first": """
太郎 タロウ taro|花子 ハナコ hanako|健一 ケンイチ kenichi|美咲 ミサキ misaki
大輔 ダイスケ daisuke|陽子 ヨウコ yoko|翔太 ショウタ shota
さくら サクラ sakura|誠 マコト makoto|由美子 ユミコ yumiko|直樹 ナオキ naoki
恵 メグミ megumi|拓也 タクヤ takuya|真由美 マユミ mayumi
健 ケン ken|七海 ナナミ nanami|隆 タカシ takashi|結衣 ユイ yui
浩二 コウジ koji|明日香 アスカ asuka|颯真 ソウマ soma|心美 ココミ kokomi
琥珀 コハク kohaku|仁 ジン jin""",
    "second": """
一郎 イチロウ ichiro|裕子 ヒロコ hiroko|達也 タツヤ tatsuya|愛 アイ ai
和彦 カズヒコ kazuhiko|恵子 ケイコ keiko|蓮 レン ren
ひろみ ヒロミ hiromi|亮 リョウ ryo|香織 カオリ kaori|俊介 シュンスケ shunsuke
優花 ユウカ yuka|正樹 マサキ masaki|千尋 チヒロ chihiro
修 オサム osamu|彩乃 アヤノ ayano|博之 ヒロユキ hiroyuki|莉子 リコ riko
純一 ジュンイチ junichi|美穂 ミホ miho|湊太 ソウタ sota|凪 ナギ nagi
紬 ツムギ tsumugi|虎太郎 コタロウ kotaro""",
    "held_out": """
次郎 ジロウ jiro|和子 カズコ kazuko|浩 ヒロシ hiroshi|美穂子 ミホコ mihoko
大翔 ヒロト hiroto|陽菜 ヒナ hina|勇 イサム isamu
みゆき ミユキ miyuki|茂 シゲル shigeru|千代子 チヨコ chiyoko|智也 トモヤ tomoya
麻衣 マイ mai|英樹 ヒデキ hideki|久美子 クミコ kumiko
学 マナブ manabu|里奈 リナ rina|康弘 ヤスヒロ yasuhiro|葵 アオイ aoi
悠斗 ユウト yuto|清美 キヨミ kiyomi|陽葵 ヒマリ himari|蒼士 ソウシ soshi
柚葉 ユズハ yuzuha|権三 ゴンゾウ gonzo""",
}
FOREIGN = {
    "first": "NGUYEN VAN ANH|グエン・ヴァン・アン|SILVA MARIA|シルバ マリア|WANG LI|SHARMA RAJ|シャルマ ラジ",
    "second": "TRAN THI MAI|チャン・ティ・マイ|SANTOS PAULO|サントス パウロ|ZHANG WEI|GURUNG BINOD|グルン ビノド",
    "held_out": "PHAM QUANG HUY|ファム・クアン・フイ|OLIVEIRA JOAO|オリベイラ ジョアン|LIU YANG|THAPA SITA|タパ シタ",
}


@dataclass(frozen=True)
class Person:
    family: str
    given: str
    family_kana: str
    given_kana: str
    family_latin: str
    given_latin: str

    @property
    def hiragana(self) -> tuple[str, str]:
        return _hiragana(self.family_kana), _hiragana(self.given_kana)


def person(half: str, random: Random) -> Person:
    family, given = random.choice(_rows(FAMILY[half])), random.choice(_rows(GIVEN[half]))
    return Person(family[0], given[0], family[1], given[1], family[2], given[2])


def foreigner(half: str, random: Random) -> str:
    return random.choice(FOREIGN[half].split("|"))


def _rows(text: str) -> list[list[str]]:
    return [row.split(" ") for line in text.strip().splitlines() for row in line.split("|")]


def _hiragana(katakana: str) -> str:
    return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in katakana)
