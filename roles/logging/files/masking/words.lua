-- Words around names: what comes before them, after them, and what looks like one and is none.
return {
  -- Before a name. After the first kind anything that can be a name is one; after the second it must look like one.
  labels = [[
氏名 お名前 御名前 姓名 本名 旧姓 フリガナ ふりがな 氏名カナ カナ氏名 口座名義 口座名義人 名義人 契約者名 申込者名 応募者名 求職者名
利用者名 候補者名 会員名 顧客名 従業員名 社員名 担当者名 紹介者名 保証人名 労働者名 受取人名 宛名 姓 名 セイ メイ 氏名(漢字) 氏名(カナ)
full_name fullname family_name familyname given_name givenname first_name firstname last_name lastname middle_name surname
name_kana kana_name kananame customer_name customername applicant_name applicantname candidate_name candidatename
employee_name employeename contact_name contactname recruiter_name recruitername worker_name workername holder_name
account_holder accountholder cardholder cardholder_name person_name legal_name]],
  weak_labels = [[
名前 カナ 担当 担当者 応募者 求職者 申込者 候補者 面接官 契約者 利用者 会員 従業員 社員 労働者 保護者 相談者 紹介者 差出人 連絡先
name display_name displayname applicant candidate customer recruiter employee contact worker user person user_name from to]],

  -- After a name.
  honorifics = "様 殿 氏 君 さま さん くん ちゃん 先生",
  -- 様子 is no honorific, nor is 氏名.
  longer = "様子 様式 様相 様態 様々 殿堂 殿下 氏名 氏族 氏神 君主 君臨 君達 さんか",
  titles = "社長 会長 専務 常務 部長 次長 課長 係長 主任 店長 室長 支配人 教授 弁護士 社労士 医師 看護師 選手 マネージャー リーダー",
  latin_honorifics = "san sama kun chan",
  latin_titles = "mr ms mrs miss dr prof",

  -- Before an honorific and no name: whole, and as the last sign of a longer word (担当者様, 取引先様).
  people = [[
皆 皆々 客 奥 旦那 母 父 兄 姉 弟 妹 祖父 祖母 爺 婆 孫 娘 息子 叔父 叔母 嫁 婿 姑 舅 神 仏 王 女王 姫 殿 若 何 各 両 同 某 貴 諸 主 我
仕 模 多 一 異 有 無 左 如 この その どの あの 今 他 何者 彼 彼女 摂 華 源 平 宮 御 本 拝 沈 神 学生 生徒 業者 子 赤 猫 犬 魚
ユーザー ユーザ メンバー オーナー スタッフ ゲスト クライアント カスタマー エンジニア ドライバー マネージャー パート アルバイト テスト
サンプル パートナー ベンダー リクルーター キャスト バイヤー ドクター ナース ヘルパー オペレーター フリーター ニート サポーター リーダー
トレーナー インストラクター コンサルタント アドバイザー カウンセラー ママ パパ ボス シニア ジュニア]],
  people_endings = "者 員 社 店 先 客 人 方 長 主 生 家 局 係 省 庁 県 市 区 町 村 校 院 館 所 業 団 会 組 班 手 士 師 官 職 層 体 名 側",

  -- Ends of words that begin as a family name does and are none: 石川県, 千葉支店.
  places = "県 市 区 町 村 駅 線 港 橋 店 社 部 課 局 場 所 校 館 内 外 前 様 宛 用 別",

  -- Given names that are words as well: taken for names only where more tells so.
  ordinary = "勇気 雄大 弥生 若菜 美月 千秋 千春 陽菜 一真 未来 光希 正志",

  -- Where a name is asked for and there is none.
  absent = [[
未入力 未設定 未登録 未記入 未定 なし 無し 不明 必須 任意 変更 確認 入力 登録 更新 空 空欄 不正 不一致 一致 同上 匿名 非公開 削除 検索 項目
重複 漢字 全角 半角 形式 株式会社 有限会社 合同会社 一般社団 公益 医療法人 学校法人 社会福祉 営業 総務 人事 経理 情報 開発 管理 企画 広報
品質 技術 東京 大阪 本社 支社 支店 フォーム テスト サンプル エラー システム データ ユーザー バリデーション カタカナ ひらがな]],
  absent_latin = [[
null none nil undefined true false empty required missing invalid is must not string unknown n/a na the a an field value error
text changed updated too and or in of for]],
}
