"""Writes personal.jsonl: sentences of callers with synthetic personal data, and decoys that must stay as they are.

`python -m evals.mask.make` makes the same file every time; nobody in it exists.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

from kb.mask import id_check_digit, luhn_holds

FILE = Path(__file__).parent / "personal.jsonl"
SEED = 20261121
EACH = 130
"""Sentences of each kind."""

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾萧田董袁潘蒋蔡余杜"
    "叶程苏魏吕丁沈任姚卢傅钟姜崔谭廖范汪陆"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "司徒", "慕容", "皇甫")
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文斌鹏辉建国志晓梅雪婷宇浩轩梓涵子怡欣悦嘉俊思远一诺"
CITIES = (
    "杭州市西湖区",
    "成都市武侯区",
    "广东省深圳市南山区",
    "北京市海淀区",
    "江苏省南京市鼓楼区",
    "西安市雁塔区",
    "",
    "",
)
ROADS = ("文三路", "人民南路", "解放大道", "长江东街", "青年路", "建设二路", "北京西路", "和平街", "学院路", "滨河大道")
ESTATES = (
    "翠苑小区",
    "阳光花园",
    "锦绣家园",
    "幸福新村",
    "金色嘉园",
    "江南公寓",
    "桃源社区",
    "紫荆花苑",
    "世纪广场",
    "书香名邸",
)
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

Made = tuple[str, list[str]]
"""A sentence, and the pieces of it that must not be readable afterwards."""


def main() -> None:
    """Writes the file."""
    with FILE.open("w", encoding="utf-8") as file:
        for case in cases(random.Random(SEED)):  # noqa: S311
            file.write(json.dumps(case, ensure_ascii=False) + "\n")


def cases(chance: random.Random) -> list[dict[str, object]]:
    """Every case as {id, kind, text, personal}; a decoy has no personal pieces."""
    made: list[dict[str, object]] = []
    for kind, maker in KINDS.items():
        for number in range(EACH):
            text, personal = maker(chance)
            made.append({"id": f"{kind}-{number + 1:03d}", "kind": kind, "text": text, "personal": personal})
    for kind, write, count in (("decoy", _decoy, EACH * 4), ("courtesy", _courtesy, EACH)):
        for number in range(count):
            made.append({"id": f"{kind}-{number + 1:03d}", "kind": kind, "text": write(chance), "personal": []})
    return made


def _pick(chance: random.Random, *choices: str) -> str:
    return chance.choice(choices)


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _mobile(chance: random.Random) -> Made:
    number = chance.choice(["13", "15", "17", "18", "19"]) + _digits(chance, 9)
    written = chance.choice(
        [
            number,
            number,
            f"{number[:3]} {number[3:7]} {number[7:]}",
            f"{number[:3]}-{number[3:7]}-{number[7:]}",
            f"+86 {number}",
            f"0086{number}",
            "".join(chr(ord(char) + 0xFEE0) for char in number),
            "".join("零一二三四五六七八九"[int(char)] for char in number),
            "".join("零幺二三四五六七八九"[int(char)] for char in number),
        ]
    )
    text = _pick(
        chance,
        f"我手机{written}从昨天起上不了网",
        f"把流量包加到{written}这个号上",
        f"号码是{written}，帮我查下话费",
        f"{written}停机了怎么办",
        f"请回拨{written}，我姓王",
        f"主卡{written}想加一张副卡",
        f"验证码没收到，手机号{written}。",
    )
    return text, [written]


def _landline(chance: random.Random) -> Made:
    area = chance.choice(["010", "021", "0571", "028", "0755", "029", "0512"])
    number = chance.choice("2345678") + _digits(chance, 7)
    written = chance.choice([f"{area}-{number}", f"({area}){number}", f"{area} {number}", f"{area}{number}"])
    text = _pick(
        chance,
        f"家里固话{written}没有声音",
        f"座机{written}要移机",
        f"打{written}找我",
        f"宽带账号绑的是{written}，密码忘了",
        f"我留的联系电话是{written}",
    )
    return text, [written]


def _identity(chance: random.Random) -> Made:
    area = chance.choice(["110105", "330106", "510107", "440305", "320106", "610113", "420111"])
    born = f"{chance.randint(1945, 2006)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body = area + born + f"{chance.randint(1, 999):03d}"
    number = body + id_check_digit(body)
    written = chance.choice([number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}"])
    text = _pick(
        chance,
        f"身份证{written}办副卡行吗",
        f"证件号码：{written}，实名登记",
        f"我的证是{written}，过期了",
        f"用{written}开的户能过户吗",
    )
    return text, [written]


def _card(chance: random.Random) -> Made:
    body = chance.choice(["622202", "621700", "622848", "436742", "621226"]) + _digits(chance, chance.choice([9, 12]))
    number = next(body + str(last) for last in range(10) if luhn_holds(body + str(last)))
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    written = chance.choice([number, grouped])
    text = _pick(
        chance,
        f"话费自动扣款的银行卡{written}要换",
        f"从{written}扣了两次钱",
        f"退款退到{written}可以吗",
        f"卡号是{written}，工商银行的",
    )
    return text, [written]


def _email(chance: random.Random) -> Made:
    name = chance.choice(["li.na", "wangwei88", "chen_hao", "zhou-yang", "sunli2001"]) + _digits(chance, 2)
    written = f"{name}@{chance.choice(['example.com', 'mail.example.cn', '139.com', 'qq.com'])}"
    text = _pick(
        chance,
        f"电子发票发到{written}",
        f"邮箱{written}收不到账单",
        f"请把合同寄{written}，谢谢",
        f"我的邮箱是{written}",
    )
    return text, [written]


def _person(chance: random.Random) -> str:
    surname = chance.choice(COMPOUND) if chance.random() < 0.06 else chance.choice(SURNAMES)
    return surname + "".join(chance.choice(GIVEN) for _ in range(1 if chance.random() < 0.3 else 2))


def _name(chance: random.Random) -> Made:
    name = _person(chance)
    text = _pick(
        chance,
        f"我叫{name}，想办一张副卡",
        f"我叫{name}想查话费",
        f"姓名：{name}",
        f"机主是{name}，现在要过户",
        f"{name}先生说宽带三天没修好",
        f"{name}女士要求退费",
        f"联系人{name}，下午在家",
        f"户主叫{name}的那条宽带",
        f"我是{name}。",
        f"客户姓名是{name},要投诉",
        f"收件人：{name} 麻烦尽快寄",
        f"我爱人叫{name}，卡是她的",
        f"本人{name}申请销户",
        f"名字叫{name}，不要写错",
    )
    return text, [name]


def _thanked(chance: random.Random) -> Made:
    """A whole name right after a word that could be read as the beginning of it."""
    name = _person(chance)
    text = _pick(
        chance,
        f"谢谢{name}先生的配合",
        f"感谢{name}女士来电",
        f"明白{name}先生的意思",
        f"工单{name}女士催了两次",
        f"对方{name}先生不同意过户",
        f"您好{name}小姐，请讲",
        f"转告{name}师傅改天上门",
        f"辛苦{name}老师再等等",
    )
    return text, [name]


def _address(chance: random.Random) -> Made:
    city = chance.choice(CITIES)
    block = f"{chance.randint(1, 40)}{_pick(chance, '幢', '栋', '号楼')}{chance.randint(1, 4)}单元"
    flat = f"{block}{chance.randint(1, 30)}0{chance.randint(1, 9)}"
    road = f"{chance.choice(ROADS)}{chance.randint(2, 999)}号"
    place = chance.choice(
        [road, f"{road}{flat}室", f"{chance.choice(ESTATES)}{flat}", f"{road}{chance.choice(ESTATES)}{flat}室"]
    )
    text = _pick(
        chance,
        f"我住在{city}{place}",
        f"地址：{city}{place}，装宽带",
        f"宽带要移到{city}{place}",
        f"家在{city}{place}，没信号",
        f"SIM卡寄到{city}{place}可以吗",
        f"从{city}{place}搬走了，要拆机",
    )
    return text, [place]


def _plate(chance: random.Random) -> Made:
    serial = chance.choice(["D", "F", ""]) + _digits(chance, 3) + chance.choice(PLATE_LETTERS) + _digits(chance, 1)
    dot = _pick(chance, "", "", "·", " ")
    written = chance.choice(PROVINCES) + chance.choice(PLATE_LETTERS) + dot + serial
    text = _pick(
        chance,
        f"车牌{written}的车挡了你们营业厅的门",
        f"施工车{written}压坏了光缆",
        f"我的车是{written}，停车券没到账",
        f"师傅开{written}来的",
    )
    return text, [written]


KINDS: dict[str, Callable[[random.Random], Made]] = {
    "mobile": _mobile,
    "landline": _landline,
    "id_card": _identity,
    "bank_card": _card,
    "email": _email,
    "name": _name,
    "thanked": _thanked,
    "address": _address,
    "plate": _plate,
}


def _courtesy(chance: random.Random) -> str:
    """A surname with a form of address after words that end like a surname: nobody is named."""
    surname = chance.choice(COMPOUND) if chance.random() < 0.06 else chance.choice(SURNAMES)
    title = _pick(chance, "先生", "女士", "小姐")
    return _pick(
        chance,
        f"谢谢{surname}{title}",
        f"多谢{surname}{title}的理解",
        f"非常感谢{surname}{title}耐心等待",
        f"您好{surname}{title}，请讲",
        f"明白了{surname}{title}",
        f"我明白{surname}{title}的意思",
        f"很高兴{surname}{title}满意",
        f"辛苦{surname}{title}再报一遍",
        f"祝{surname}{title}生活愉快",
        f"对方是{surname}{title}",
        f"工单{surname}{title}催了两次",
        f"三分钟后{surname}{title}会接听",
        f"申请{surname}{title}的退款",
        f"请{surname}{title}稍等",
        f"把钱退给{surname}{title}",
        f"机主是{surname}{title}",
    )


def _decoy(chance: random.Random) -> str:
    number, price = chance.randint(2, 400), chance.choice([19, 59, 99, 129, 199, 299])
    day = f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return _pick(
        chance,
        f"畅行{price}套餐{number}GB流量多少钱",
        f"{day}的账单为什么多了{number}元",
        f"订单{chance.randint(10**15, 2 * 10**15 - 1)}什么时候发货",
        f"拨10070转{number % 9}，或400-800-{number:04d}",
        f"发送CXZG到10070，授权码{number}分钟有效",
        f"第{number}条第{number % 7 + 1}款怎么理解",
        f"依据工信部第{number}号令",
        f"{_pick(chance, '张', '李', '欧阳')}先生说套餐{price}元太贵",
        f"王女士的工单{number}号催一下",
        f"我是{_pick(chance, '高龄', '金卡', '江苏', '安徽', '老', '新', '政企')}用户，有优惠吗",
        f"我叫{_pick(chance, '客服来', '了三次人工', '你们经理来', '师傅上门')}",
        f"姓名{_pick(chance, '是什么', '写错了怎么改', '和证件不一致', '能不能改')}",
        f"机主{_pick(chance, '本人要到场吗', '不在能办吗', '和使用人不一样', '过世了怎么销户')}",
        f"客户{_pick(chance, '一直不说话怎么办', '要求升级投诉', '说听不清', '何时能退费')}",
        f"{chance.choice(ROADS)}营业厅几点关门",
        f"{chance.choice(ROADS)}{number}号营业厅能补卡吗",
        f"附近{_pick(chance, '小区', '街道', '花园')}有没有5G信号",
        f"套餐编号{_pick(chance, 'A', 'B', 'X')}{chance.randint(10000, 99999)}怎么退订",
        f"基站{_pick(chance, 'HZ', 'CD')}-{chance.randint(1000, 9999)}故障",
        f"违约金=剩余{number % 24 + 1}个月×{price}元×30%",
        f"版本V{number % 9}.{number % 7}.{number % 5}打不开",
        f"宽带{_pick(chance, '100', '300', '1000')}M下载只有{number}KB",
        f"20{number % 30 + 10:02d}年{number % 12 + 1}月{number % 28 + 1}日起执行",
        f"工单20261121{chance.randint(10**11, 10**12 - 1)}",
        f"二号楼网络故障影响{number}户",
        f"联系人{_pick(chance, '可以填两个吗', '电话怎么改', '不接电话怎么办')}",
        f"用户{_pick(chance, '是老客户', '为什么被停机', '叫停了业务')}",
        f"满{number}减{price}，{number % 12 + 1}个月内有效",
    )


if __name__ == "__main__":
    main()
