"""Finds names, addresses and number plates in Chinese text, which have no check digit but words around them.

`kb.mask` calls the finders on NFKC text. A name is one after words that announce it, or before a form of address; a
surname with a form of address alone ("张先生") names nobody and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """A personal detail: characters `start` to `end` of the text, its kind, and what to write instead."""

    start: int
    end: int
    kind: str
    masked: str


_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺毛段郝顾龚邵覃萧武钱戴严莫孔向常汤康易乔赖文施洪辛牛樊葛"
    "邢安齐庞伍庄申章鲁岳翟殷倪耿梅欧凌焦柳祝温鲍涂柴蒲冉卓骆霍蓝甘桂单裴宁古阮左卜凤季纪舒屈项符喻娄柯傅"
)
_COMPOUND = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|南宫|长孙|宇文"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_GIVEN = "[\u4e00-\u9fff]"
_AFTER = "想要来办的是在手电住身有把给被我你他她了吗呢请问号就说和跟或从到去买交查改退转报投不没再又还需打"
"""Characters that begin the next word after a name and are hardly ever the last one of a given name."""

_INTRODUCED = re.compile(
    r"(?:我的?(?:名字|姓名)(?:叫做?|是)|(?:名字|姓名|户名|机主|户主|联系人|收件人|经办人|开户人|办理人|申请人|投诉人|持卡人|"
    r"代理人|使用人|登记人|客户|用户)(?:姓名|名字)?(?:叫做?|是|为|[::])|(?:我|他|她|本人|机主|户主|客户|用户|老公|老婆|爱人|"
    r"儿子|女儿|父亲|母亲|爸爸|妈妈|朋友|同事)(?:名)?叫做?|本人|机主|户主|联系人|收件人)[ 是::]{0,2}"
    rf"(?P<name>{_SURNAME}{_GIVEN}{{1,2}})"
)
_SELF = re.compile(rf"(?:我是|这里是|我就是)(?P<name>{_SURNAME}{_GIVEN}{{1,2}})(?=[,。,.!!;;、\s]|$)")
_TITLES = "先生|女士|小姐|太太|老师|师傅|阿姨|大爷|大妈|大姐|大哥|同志|老人家"
_TITLE = re.compile(_TITLES)
_WHOLE = re.compile(rf"{_SURNAME}{_GIVEN}{{1,2}}")
_CHINESE_TAIL = re.compile(f"{_GIVEN}{{1,9}}$")
_LONGEST = 4
"""A compound surname with two characters more."""
_WORDS = re.compile(
    # Whole words that end in what could be a surname, as they stand before a customer is addressed.
    "谢谢|[多感致答酬道拜叩]谢|(?:很|真|太|好|特别|非常|十分)高兴|辛苦|申请|祝(?:贺|愿|福|您|你)|恭贺|庆贺|[早晚午平]安|明白|坦白|表白|"
    "[对双警校我官甲乙地三各多]方|[工订账保派催罚清名报]单|[分秒点]钟|[中语英外公短]文|历史|[工流课过教日]程|师傅|"
    "[也或允不]许|[退交花收要给省块少还]钱|[支缴预垫代已应未]付|[措设实]施|[事款选各]项|[阶手时]段|其余|剩余|[回照]顾|相符|"
    "[容交贸轻]易|[盖公印]章|登陆|[提最更很太偏]高|[如几因]何|[主责信现兼]任|立马|[很太从]严|[约莫]莫|莫(?:急|怪|慌)|"
    # And characters that stand between a word and a name, hardly ever inside one.
    "[的了是给跟让请您你我他她把被找就还也吗呢吧啊叫对帮由后前在到从]"
)
_ENDS_NO_NAME = re.compile("[的了是给跟您你我他她把被吗呢吧啊]$")
_WISH = re.compile("(?:^|[^\u4e00-\u9fff]|再次|最后|也|谨|预)祝$")
_WISHED = re.compile(
    "生活|一切|身体|工作|新[年春]|节日|[春中]|周末|您|万事|阖家|全家|早日|用餐|旅途|心情|天天|开心|愉快|顺利"
)
_NOT_NAMES = re.compile(
    "什么|多少|怎么|哪|谁|客服|人工|高级|高龄|金卡|安徽|江苏|江西|江北|江南|石家|金华|于是|任何|任意|文件|方式|方法|"
    "常用|向您|和您|单位|单号|单身|安装|安全|安排|白天|白金|温馨|康复|时间|号码|手机|身份|章节|易购|宁波|宁夏|云|甘肃|"
    "贵|桂林|汤|武汉|向|龙卡|叶子|马上|何时|何处|何种|为何|程序|方案|严重|田地|方便|金额|金融|毛病|黄色|蓝色|白色|"
    "高档|高清|高速|石油|段落|于|古|左|项目|符合|单独|单卡|单宽|文字|经理|常见|齐全|全球|温州|福|顾客|明|成功|宋体|"
    "周[一二三四五六日末]|许可|许多|余额|曾经|程度|方面|高峰|高铁|任务|夏天|秦岭|江|金|常|雷|季"
)

_ROAD = (
    "路|街|大道|道|巷|胡同|里弄|弄|村|屯|乡|镇|小区|花园|花苑|苑|公寓|大厦|广场|"
    "家园|新村|新城|嘉园|名邸|府|湾|庄园|社区|宿舍"
)
_NUMBER = r"(?:[\dA-Za-z]{1,5}|[一二三四五六七八九十百]{1,4}|[甲乙丙丁东西南北])"
_UNIT = "号楼|号院|号|弄|栋|幢|座|单元|室|楼|层|户|组|门"
_ADDRESS = re.compile(
    rf"(?P<place>[\u4e00-\u9fff]{{2,12}}?(?:{_ROAD}))(?P<rest>(?:[\u4e00-\u9fff]{{0,8}}?"
    rf"{_NUMBER}(?:[-之]\d{{1,4}}){{0,3}}(?:{_UNIT})){{1,6}}(?:[-之]?\d{{2,4}}(?:室)?)?)"
    r"(?!文|令|线|公告|通知|套餐|便民|营业厅|门店|网点|专席|台席|窗口)"
)
_REGION = re.compile(r"^.*(?:自治区|特别行政区|省|市|区|县|旗)(?=.)")
_CUE = re.compile(
    r"^.*(?:地址|住址|住在|家住|家在|搬到|搬至|寄到|寄往|送到|位于|移机到|装在|安装在|我在|是|为|在|到|从|至)(?=.)"
)

_PLATE = re.compile(
    r"(?<![A-Za-z\d])[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•.-]?"
    r"(?P<serial>[A-HJ-NP-Z\d]{5,6}|[A-HJ-NP-Z\d]{4}[警学挂港澳])(?![A-Za-z\d])"
)


def names(text: str) -> Iterator[Span]:
    """Names after words that announce them, or before a form of address; the surname stays readable."""
    for pattern in (_INTRODUCED, _SELF):
        for match in pattern.finditer(text):
            name = match.group("name")
            if pattern is _INTRODUCED:
                name = _shortened(name, text[match.end() :])
            if not _TITLE.fullmatch(_given(name)):
                yield from _span(name, match.start("name"))
    for title in _TITLE.finditer(text):
        name = _addressed(text, title)
        yield from _span(name, title.start() - len(name))


def _addressed(text: str, title: re.Match[str]) -> str:
    """The name right before a form of address, "" when there is none or only a surname.

    A name does not begin inside an ordinary word: 谢谢张先生 thanks somebody and names nobody, and so 谢谢安先生, whose
    other reading (谢 with 谢安) hardly anybody bears.
    """
    tail = _CHINESE_TAIL.search(text, max(0, title.start() - 9), title.start())
    before = tail.group() if tail else ""
    if _WISHED.match(text, title.end()) and _WISH.search(text[: title.start() - 1]):
        return ""
    starts = [word.end() for word in _WORDS.finditer(before) if re.match(_SURNAME, before[word.end() :])]
    rest = before[starts[-1] :] if starts else before
    if _ENDS_NO_NAME.search(rest):
        return ""
    return next((rest[-n:] for n in range(_LONGEST, 1, -1) if len(rest) >= n and _WHOLE.fullmatch(rest[-n:])), "")


def _span(name: str, start: int) -> Iterator[Span]:
    if name and not _NOT_NAMES.match(name) and not re.fullmatch(_COMPOUND, name):
        kept = len(name) - len(_given(name))
        yield Span(start, start + len(name), "name", name[:kept] + "*" * (len(name) - kept))


def _given(name: str) -> str:
    """The name without its surname."""
    return name[2:] if re.match(_COMPOUND, name) and len(name) > 2 else name[1:]


def addresses(text: str) -> Iterator[Span]:
    """Road or estate with its numbers; province, city and district stay, for the answer may hang on them."""
    for match in _ADDRESS.finditer(text):
        rest = match.group("rest")
        if not re.search(r"[\d一二三四五六七八九十]", rest):
            continue
        place = match.group("place")
        skipped = max(_end(_CUE, place), _end(_REGION, place))
        yield Span(match.start() + skipped, match.end(), "address", "****")


def plates(text: str) -> Iterator[Span]:
    """Number plates, of new-energy cars too: province and office stay."""
    for match in _PLATE.finditer(text):
        serial = match.group("serial")
        if any(char.isdigit() for char in serial):
            masked = match.group()[: -len(serial)] + "*" * (len(serial) - 1) + serial[-1]
            yield Span(match.start(), match.end(), "plate", masked)


def _shortened(name: str, after: str) -> str:
    """The name without a last character that begins the next word."""
    compound = re.match(_COMPOUND, name)
    shortest = 3 if compound else 2
    return name[:-1] if len(name) > shortest and name[-1] in _AFTER and not after.startswith("先生") else name


def _end(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0
