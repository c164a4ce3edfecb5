"""Lines of logs for the corpus: {kind:form} is where a value is put in, {x} a look-alike. See masking_corpus.py.

Three parts with lines of their own. The filter was made with the first at hand and mended after a look at the second;
what it misses of the third, held out, nobody has looked at.
"""

from __future__ import annotations

POSITIVE = {
    "first": """
氏名: {name:full} 生年月日: 1990-04-01
氏名：{name:spaced}　フリガナ：{name:kana}
フリガナ: {name:narrow}
お名前={name:hiragana}
【氏名】{name:full}
氏名は{name:full}です
面接の予約が{name:full}様から届きました
{name:family}様、ご応募ありがとうございます
担当の{name:family}さんに確認しました
{name:spaced}さんのプロフィールを更新しました
{name:kana}様の応募を受け付けた
{name:full}氏より連絡あり
採用担当者: {name:full}
full_name="{name:latin}" status=created
candidate name: {name:LATIN}
Sent reminder to Mr. {name:latin}
{name:latin} <{email}> bounced
INFO {name:LATIN} updated the posting
{name:full}が求人に応募しました
応募者{name:spaced}を選考へ進めた
{"family_name":"{name:family}"}
GET /candidates?full_name={name:full:quoted}&page=2 200
{"level":"info","full_name":"{name:full:escaped}"}
氏名: {name:foreign}
applicant name: {name:foreign}
マイナンバー {my_number} を登録
my_number={my_number}
個人番号：{my_number}
検証に失敗しました: {my_number}
payload {"id":17,"value":"{my_number}"}
number {my_number} does not belong to worker 42
電話番号: {phone}
tel={phone}
連絡先は{phone}です
call {phone} failed after 3 attempts
SMS sent to {phone}
携帯：{phone} 自宅：{phone}
mail {email} bounced
ログイン失敗: {email}
GET /login?email={email:quoted} 302
from={email}, to={email}
連絡先{email}に送信
在留カード番号: {residence_card}
residence card {residence_card} expires 2027-03-31
在留カード{residence_card}を確認した
card={residence_card} result=ok
カード番号 {card} は拒否されました
payment with {card} declined
口座番号: {account}
普通 {account} へ振込
""",
    "second": """
氏名「{name:full}」を登録しました
応募者氏名：{name:spaced}
氏名カナ {name:kana}
ふりがな：{name:hiragana}
姓名:{name:full}
{name:family}様より電話がありました
{name:full}さんが面談を辞退
内定通知を{name:full}殿に送付
紹介元は{name:family}氏
{name:kana}さんの書類が届いた
{name:narrow}様
first_name: {name:latin}
employee_name={name:LATIN}; dept=sales
Dear Ms. {name:latin}, your application was received
assigned to {name:latin}
WARN duplicate of {name:LATIN} found
{name:full}の在留期間を更新
候補者：{name:spaced} 評価：A
POST /profile body={"given_name":"{name:full}"}
GET /search?applicant_name={name:full:quoted} 200 12ms
msg="{name:spaced:escaped}様 登録"
名義人: {name:kana}
cardholder: {name:LATIN}
氏名＝{name:foreign}
full name: {name:foreign}
本人確認: マイナンバー={my_number}
kojin_bango: {my_number}
番号確認書類 {my_number} 照合済み
worker W-0042 -> {my_number}
["{my_number}", "ok"]
入力値「{my_number}」は使用済みです
TEL:{phone}
phone_number: {phone}
緊急連絡先 {phone}（配偶者）
dial {phone}: busy
折り返しは{phone}まで
fax {phone} / phone {phone}
user {email} locked out
メール送信先：{email}
/reset?mail={email:quoted}
"{email}" is not confirmed
<{email}>: mailbox full
在留カード {residence_card} 読取エラー
zairyu_card_no {residence_card}
{residence_card} は失効しています
uploaded {residence_card}.jpg
クレジットカード: {card}
card {card} charged 5,000 JPY
当座 {account} 残高照会
bank account {account} verified
""",
    "held_out": """
申込者氏名: {name:full} 受付日 2026-11-20
お名前：{name:spaced}
カナ氏名：{name:narrow}
フリガナ={name:kana}
本名は{name:full}です
契約者名：{name:full}／更新
姓名：{name:spaced}
{name:full}様の本人確認が完了しました
{name:spaced}さんから問い合わせ
{name:family}氏が承認
{name:kana}様へ返信
{name:hiragana}さんが退会しました
面接官の{name:family}さんへ共有
last_name={name:latin}&plan=basic
employee name: {name:LATIN}
Hello Dr. {name:latin}, please confirm
interview with {name:latin} confirmed
owner changed to {name:LATIN}
{name:full}から書類を受領
求職者{name:full}を登録
"{name:latin}" <{email}>
PUT /v1/me body={"full_name":"{name:full}"}
GET /workers?family_name={name:family:quoted}&limit=5 200
{"msg":"氏名: {name:full:escaped}"}
氏名：{name:foreign}
candidate name={name:foreign}
個人番号 {my_number}
MyNumber: {my_number}
扶養控除申告書 {my_number} 受領
value={my_number} accepted
lookup({my_number}) -> 1 row
{"n":"{my_number}"}
電話 {phone} 留守
mobile={phone}
ご連絡は{phone}へ
+ {phone} unreachable
twilio to:{phone} queued
{email} へ通知しました
bounce <{email}> 550
https://example.jp/verify?mail={email:quoted}
contact: {email};
reply-to={email}
在留カード番号={residence_card}
OCR: {residence_card} (0.98)
{residence_card}の有効期限
file {residence_card}.png stored
card number {card} expired
charge {card} failed
給与振込先 口座番号 {account}
普通預金 {account}
""",
}

BENIGN = {
    "first": """
注文番号 {digits:12} を発送しました
order_id={digits:12} status=paid
請求書番号: {digits:10}
invoice {digits:12} issued for 12,000 JPY
法人番号 {digits:13} を確認
corporate number {digits:1}-{digits:4}-{digits:4}-{digits:4}
登録番号 T{digits:13}
verified {no_my_number} in batch
value {no_my_number} rejected
trace_id={hex:32} span_id={hex:16}
request {uuid} took 12 ms
2026-11-22T07:15:40.123456Z INFO started
[22/Nov/2026:15:40:40 +0900] "GET / HTTP/1.1" 200 5316
epoch {epoch} drift 12 ms
at 1763{digits:9} ms
connected to 10.{byte}.{byte}.{byte}:5432
2001:db8::{hex:4}:{hex:4} connected
〒{digits:3}-{digits:4} 東京都千代田区
郵便番号 {digits:3}-{digits:4}
給与 月額 {digits:3},000円 〜 {digits:3},000円
合計金額は1,234,567円です
千葉県千葉市の求人を更新
福島支店の勤務地を変更しました
宮崎市と長野市の求人が増加
石川県金沢市で募集
山口県下関市の事業所
千葉 駅前の勤務地
お客様の声を集計した
担当者様向けの案内を作成
皆様へのお知らせを配信
仕様変更により再起動
同様のエラーが多数発生
お疲れ様です。バッチが終了しました
氏名が未入力です
氏名: 未入力
名前: 東京本社
応募者: 12名
name=billing-api version=2.14.0
name: Load Balancer state: active
service.name=identity host.name=ip-10-0-{byte}-{byte}
container {hex:12} started
image sha256:{hex:64}
arn:aws:iam::{digits:12}:role/iworkz-sandbox-search-admin
pull {digits:12}.dkr.ecr.ap-northeast-1.amazonaws.com/iworkz/identity:1.4.2
iworkz-sandbox-logs-{digits:12} exists
version 1.34.{digits:2} build {digits:8}
JAN {digits:13} の在庫なし
0120-{digits:3}-{digits:3} はフリーダイヤル
@channel デプロイ完了
user@localhost connected
npm i @types/node@20.1.0
sku AB-{digits:8}
lat=35.{digits:6} lon=139.{digits:6}
progress 75% (1500/2000)
ファイル名: {hex:8}.pdf
正社員 東京勤務 経験3年以上
株式会社テスト様式集を公開
SELECT count(*) FROM postings WHERE id = {digits:9}
ERROR: duplicate key value violates unique constraint "postings_pkey"
{"took":12,"hits":{"total":{digits:3}}}
""",
    "second": """
受付番号：{digits:12}
tracking {digits:12} delivered
transaction_id: {digits:16}
伝票番号 {digits:11}
整理番号 {digits:12} の処理完了
法人番号={digits:13}
国税庁法人番号公表サイト {digits:13}
checksum {no_my_number} mismatch
input {no_my_number} invalid
x-request-id: {uuid}
parentSpanId {hex:16}
X-Amzn-Trace-Id: Root=1-{hex:8}-{hex:24}
2026/11/22 15:40:40 [error] 31#31: *{digits:5} upstream timed out
time=1763{digits:6}.{digits:3} level=warn
peer 172.20.{byte}.{byte}:15012
fe80::{hex:4}:{hex:4}%eth0
〒{digits:3}-{digits:4}
時給 1,{digits:3}円、交通費支給
報酬総額 {digits:2},{digits:3},{digits:3}円
秋田県秋田市の求人票
長野支社から転送
福岡と大阪で募集開始
横山町駅から徒歩5分
中野区中野の勤務地
原因は不明
石田駅 求人 3件
求職者様への通知を送信
取引先様の一覧を更新
利用者様アンケート
奥様割引キャンペーン
多様な働き方に対応
模様替えのため停止
氏名は必須です
氏名の形式が不正です
担当: 営業部
面接官: 未定
候補者: 3名
name: default namespace: istio-system
name="http-metrics" port=15020
user: system:serviceaccount:flux-system:helm-controller
pod identity-{hex:10}-x2v7p ready
digest sha256:{hex:64}
arn:aws:kms:ap-northeast-1:{digits:12}:key/{uuid}
{digits:12}.dkr.ecr.ap-northeast-3.amazonaws.com/iworkz/search:2.0.1
bucket iworkz-production-audit-{digits:12}
chart fluent-bit-0.58.{digits:1}
ISBN {digits:13}
0570-{digits:3}-{digits:3} へ
decorator @property missing
root@ip-10-0-{byte}-{byte} logged in
left-pad@1.3.0 resolved
lot {digits:8}-{digits:2}
offset={digits:12} partition=3
100.00% [====] {digits:4}/{digits:4}
書類番号: {hex:10}
契約社員 大阪勤務 未経験歓迎
様式第3号を提出
UPDATE jobs SET rank = {digits:7}
WARN connection pool exhausted (20/20)
{"status":"ok","latency_ms":{digits:2},"bytes":{digits:6}}
""",
    "held_out": """
注文 {digits:12} をキャンセル
order-no {digits:12} refunded
取引番号：{digits:12}
slip no. {digits:10} printed
予約番号 {digits:12} 確定
法人番号：{digits:13} 株式会社サンプル
インボイス T{digits:13} 照合
crc {no_my_number} bad
row {no_my_number} skipped
traceparent 00-{hex:32}-{hex:16}-01
correlationId={uuid}
2026-11-22 15:40:40,123 DEBUG poll
Sun Nov 22 15:40:40 2026 cron started
uptime {digits:7}s load 0.{digits:2}
ts={epoch}{digits:3}
127.0.{byte}.{byte}:8443 accepted
10.{byte}.{byte}.{byte} - - 200 {digits:5}
〒{digits:3}-{digits:4} 大阪府大阪市北区
年収 {digits:3}万円以上
請求金額 {digits:2},{digits:3}円（税込）
富山県富山市の事業所を追加
山形駅前店の求人
上野駅の勤務地、時給 1,{digits:3}円
水野町の倉庫
関東と関西で募集
菊地区の工場
古川市内の配送
堀の工事で通行止め
原則として在宅勤務
お客様番号を発行しました
企業様向けプラン
関係者の皆様
ユーザー様の設定を復元
仕様書を更新
模様の検査
氏名欄が空です
氏名は全角で入力してください
担当者: 未定
応募者: 0名
名前: 新規フォルダ
name: http
user: admin action: login
name="Default Policy" enabled=true
pod/search-{hex:10}-abcde Running
sha1:{hex:40}
etag "{hex:32}"
arn:aws:sns:ap-northeast-1:{digits:12}:iworkz-sandbox-alerts
s3://iworkz-production-logs-{digits:12}/flow-logs/
v2.{digits:2}.{digits:1}-rc1
JANコード {digits:13}
0120-{digits:3}-{digits:3} 受付時間 9-18時
@Transactional rollback
cron@worker started
lodash@4.17.21 audited
serial {digits:12} ok
memory 1536Mi/2048Mi
Deploy New York region skipped
Mountain View office closed
契約期間 2026-04-01〜2027-03-31
SELECT id FROM workers LIMIT {digits:3}
{"code":0,"elapsed_ms":{digits:3}}
""",
}

RECORDS = {
    "first": [
        {"user": {"name": "{name:full}", "id": "S-000042"}, "message": "updated"},
        {"familyName": "{name:family}", "level": "info"},
        {"candidate": {"full_name": "{name:latin}", "skills": ["go", "sql"]}},
        {"applicant_name": "{name:foreign}", "count": 3},
        {"body": {"persons": [{"氏名": "{name:full}"}, {"氏名": "{name:kana}"}]}},
        {"my_number": "{my_number}", "worker_id": "W-1"},
        {"request": {"form": {"phone": "{phone}", "mail": "{email}"}}},
        {"residence_card_number": "{residence_card}"},
        {"payment": {"creditCardNumber": "{card}"}},
        {"account_number": "{account}", "bank": "0001"},
    ],
    "second": [
        {"contact": {"name": "{name:spaced}", "kana": "{name:narrow}"}},
        {"recruiter_name": "{name:LATIN}", "message": "ok"},
        {"profile": {"given_name_kana": "{name:hiragana}"}},
        {"worker": {"last": "{name:family}"}, "tags": ["a", "b"]},
        {"displayName": "{name:foreign}"},
        {"data": [{"個人番号": "{my_number}"}]},
        {"customer": {"mobilePhone": "{phone}", "emailAddress": "{email}"}},
        {"zairyuCardNumber": "{residence_card}"},
        {"pan": "{card}"},
        {"口座番号": "{account}"},
    ],
    "held_out": [
        {"employee": {"family": "{name:family}", "given": "{name:hiragana}"}},
        {"contactName": "{name:LATIN}", "ok": True},
        {"form": {"氏名": "{name:spaced}", "フリガナ": "{name:kana}"}},
        {"user.full_name": "{name:foreign}"},
        {"items": [{"candidate_name": "{name:full}"}, {"candidate_name": "{name:latin}"}]},
        {"myNumber": "{my_number}"},
        {"電話番号": "{phone}", "メールアドレス": "{email}"},
        {"residenceCardNo": "{residence_card}"},
        {"credit_card_number": "{card}"},
        {"bankAccountNumber": "{account}"},
    ],
}
