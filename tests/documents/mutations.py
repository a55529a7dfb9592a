"""Papers whose every character knows where it came from, and what an office does to them between versions.

A test that marks words, mutates the paper and carries the mark can so tell whether the place found is the
place meant, and not only whether the words read the same.
"""

import random
from dataclasses import dataclass, field

from documents.anchors import Anchor, Doubt, PagedText, Placed, carry, squeeze

SENTENCES = (
    "Hỗ trợ {n} triệu đồng cho mỗi mô hình sản xuất tập trung theo quy định tại khoản {k} Điều này. ",
    "Mức hỗ trợ không quá {n}% chi phí xây dựng hạ tầng thiết yếu. ",
    "Ủy ban nhân dân tỉnh chịu trách nhiệm tổ chức thực hiện Nghị quyết này. ",
    "Thường trực Hội đồng nhân dân, các Ban của Hội đồng nhân dân giám sát việc thực hiện. ",
    "Căn cứ Luật Tổ chức chính quyền địa phương số {n}/2025/QH15 ngày {k} tháng 6 năm 2025; ",
    "Kinh phí thực hiện từ nguồn ngân sách tỉnh năm 20{k} là {n} tỷ đồng. ",
    "Đối tượng áp dụng là hợp tác xã, tổ hợp tác và hộ gia đình tại xã {name}. ",
    "Ông {name}, Giám đốc Sở Nông nghiệp và Môi trường, trình bày tờ trình. ",
    "Thời gian thực hiện kể từ ngày {k} tháng {m} năm 2027. ",
    "{m}. Xã {name}: {n} hộ, {k} ha. ",
)
NAMES = ("Lam Sơn", "Châu Sơn", "Nguyễn Văn Bình", "Trần Thị Mai", "Đông Hải", "Tân Phú", "Lê Quốc Khánh")


@dataclass
class Letter:
    sign: str
    id: int
    copy_of: int | None = None


@dataclass
class Paper:
    """Pages of letters; `fresh` gives the next id."""

    pages: list[list[Letter]]
    fresh: int = 0
    fillers: random.Random = field(default_factory=random.Random)

    def letters(self, text: str) -> list[Letter]:
        self.fresh += len(text)
        return [Letter(sign, self.fresh - len(text) + n) for n, sign in enumerate(text)]

    def texts(self) -> list[str]:
        return ["".join(letter.sign for letter in page) for page in self.pages]

    def flat(self) -> list[Letter]:
        return [letter for page in self.pages for letter in page]


def sentence(chance: random.Random) -> str:
    words = chance.choice(SENTENCES)
    return words.format(n=chance.randint(2, 99), k=chance.randint(1, 30), m=chance.randint(1, 12), name=chance.choice(NAMES))


def make_paper(chance: random.Random, pages: int = 4) -> Paper:
    """A draft resolution with repeated sentences, as they are."""
    paper = Paper([])
    number = 0
    for _page in range(pages):
        text = ""
        while len(text) < 700:
            if chance.random() < 0.25:
                number += 1
                text += f"Điều {number}. "
            text += sentence(chance)
            if chance.random() < 0.3:
                text += "\n"
        paper.pages.append(paper.letters(text))
    return paper


def _range(paper: Paper, chance: random.Random, longest: int = 160) -> tuple[int, int, int]:
    page = chance.randrange(len(paper.pages))
    size = len(paper.pages[page])
    start = chance.randrange(size) if size else 0
    return page, start, min(size, start + chance.randint(1, longest))


def insert(paper, chance):
    page, start, _end = _range(paper, chance)
    paper.pages[page][start:start] = paper.letters(sentence(chance) if chance.random() < 0.6 else chance.choice((" mới", "5", " không ")))


def delete(paper, chance):
    page, start, end = _range(paper, chance)
    del paper.pages[page][start:end]


def move(paper, chance):
    page, start, end = _range(paper, chance, 400)
    taken = paper.pages[page][start:end]
    del paper.pages[page][start:end]
    page, start, _end = _range(paper, chance)
    paper.pages[page][start:start] = taken


def duplicate(paper, chance):
    page, start, end = _range(paper, chance, 500)
    ids = paper.letters("." * (end - start))
    copies = [
        Letter(letter.sign, new.id, letter.id if letter.copy_of is None else letter.copy_of)
        for letter, new in zip(paper.pages[page][start:end], ids, strict=True)
    ]
    if chance.random() < 0.5:
        page, end, _end = _range(paper, chance)  # elsewhere, not right behind
    paper.pages[page][end:end] = copies


def change_numbers(paper, chance):
    """Other digits in place of some: the change that matters most and shows least."""
    for page in paper.pages:
        for place, letter in enumerate(page):
            if letter.sign.isdigit() and chance.random() < 0.08:
                page[place] = paper.letters(chance.choice("123456789".replace(letter.sign, "")))[0]


def swap_numbers(paper, chance):
    """Two numbers change places, and nothing else."""
    digits = [(p, n) for p, page in enumerate(paper.pages) for n, letter in enumerate(page) if letter.sign.isdigit()]
    if len(digits) < 2:
        return
    (p1, n1), (p2, n2) = chance.sample(digits, 2)
    one, two = paper.pages[p1][n1].sign, paper.pages[p2][n2].sign
    if one != two:
        paper.pages[p1][n1], paper.pages[p2][n2] = paper.letters(two + one)


def swap_sentences(paper, chance):
    move(paper, chance)
    move(paper, chance)


def shift_pages(paper, chance):
    """Everything flows on: other page breaks, perhaps a page more at the front, perhaps one torn out."""
    letters = paper.flat()
    way = chance.random()
    if way < 0.2 and len(paper.pages) > 2:
        del paper.pages[chance.randrange(len(paper.pages))]
        return
    if way < 0.4:
        paper.pages.insert(0, paper.letters(sentence(chance) * 3))
        return
    size = chance.randint(300, 900)
    paper.pages = [letters[at : at + size] for at in range(0, len(letters), size)] or [[]]


def break_lines(paper, chance):
    for page in paper.pages:
        for place, letter in enumerate(page):
            if letter.sign in " \n" and chance.random() < 0.2:
                page[place] = Letter("\n" if letter.sign == " " else " ", letter.id, letter.copy_of)


MUTATIONS = (insert, delete, move, duplicate, change_numbers, swap_numbers, swap_sentences, shift_pages, break_lines)


def mark(paper: Paper, chance: random.Random) -> tuple[Anchor, list[int]]:
    """Somebody marks words on a page: the anchor as a tablet sends it, and the letters that were meant."""
    number = chance.randrange(len(paper.pages))
    page = paper.pages[number]
    start = chance.randrange(max(len(page) - 10, 1))
    end = min(len(page), start + chance.choice((3, 8, 20, 60, 150)))
    text = "".join(letter.sign for letter in page)
    anchor = Anchor(number + 1, text[start:end], text[max(0, start - 32) : start], text[end : end + 32])
    return anchor, [letter.id for letter in page[start:end] if squeeze(letter.sign)]


def mark_over_the_edge(paper: Paper, chance: random.Random) -> tuple[Anchor, list[int]]:
    """The same with words that begin on a page and end on the next."""
    number = chance.randrange(len(paper.pages) - 1)
    first, second = paper.pages[number], paper.pages[number + 1]
    back, on = chance.choice((3, 20, 60)), chance.choice((3, 20, 60))
    text = "".join(letter.sign for letter in first + second)
    start, end = max(0, len(first) - back), min(len(text), len(first) + on)
    around = text[max(0, start - 32) : start], text[end : end + 32]
    meant = [letter.id for letter in (first + second)[start:end] if squeeze(letter.sign)]
    return Anchor(number + 1, text[start:end], *around, number + 2), meant


def place_ids(paper: Paper, placed: Placed) -> list[Letter]:
    """The letters at the place found: its quote between its prefix and suffix on its page, or its pages."""
    pages = paper.pages[placed.page - 1 : placed.until or placed.page]
    page = [letter for page in pages for letter in page if squeeze(letter.sign)]
    text = "".join(letter.sign for letter in page)
    before, words, after = squeeze(placed.prefix), squeeze(placed.quote), squeeze(placed.suffix)
    assert text.count(before + words + after) >= 1
    spots = [n for n in range(len(text)) if text.startswith(before + words + after, n)]
    if len(spots) > 1:
        return []  # the given place is no place: what is drawn from it could be elsewhere
    start = spots[0] + len(before)
    return page[start : start + len(words)]


def silent_mistakes(seed: int, mutations: int, marks: int = 8) -> tuple[list[str], int, int]:
    """Mutate a paper and carry marks: what was placed wrongly (must be empty), how many were placed and doubted."""
    chance = random.Random(seed)
    paper = make_paper(chance)
    old = PagedText(paper.texts())
    marked = [mark(paper, chance) for _n in range(marks)]
    edges = random.Random(f"edges of {seed}")  # a stream of their own: the seeds above keep their meaning
    marked += [mark_over_the_edge(paper, edges) for _n in range(2)]
    for _n in range(mutations):
        chance.choice(MUTATIONS)(paper, chance)
    results = carry([anchor for anchor, _ids in marked], old, PagedText(paper.texts()))
    living = {letter.id for letter in paper.flat()}
    wrong, placed = [], 0
    for (anchor, ids), result in zip(marked, results, strict=True):
        if isinstance(result, Doubt):
            continue
        placed += 1
        found = place_ids(paper, result)
        if [letter.id for letter in found] == ids:
            continue
        # What is gone from the old place and stands in a copy has moved there; a copy beside a living original is another place.
        # "P A B" with a copy of "P A" put in its middle reads as one put before it ("P A P A B"): where marked letters
        # themselves stand in a place that reads as they did, it is the place.
        pairs = list(zip(found, ids, strict=False))
        is_there = any(letter.id == id_ for letter, id_ in pairs)
        if len(found) == len(ids) and (
            is_there or all(letter.copy_of == id_ and id_ not in living for letter, id_ in pairs)
        ):
            continue
        wrong.append(f"seed {seed}: {anchor} -> {result}")
    return wrong, placed, len(marked) - placed
