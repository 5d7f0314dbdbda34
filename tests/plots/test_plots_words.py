"""The pictures as files: geometry read back from them, hostile texts, sameness, sizes."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.ft2font import FT2Font, LoadFlags

from seqtool.plots.image import draw_figure, draw_image
from seqtool.plots.page import draw_page
from seqtool.plots.word_map import WordMap

FORMATS = ("html", "svg", "png")

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    "</title></svg><h1>out</h1>",
    "<!-- ]]> --> <![CDATA[",
    "a\x00b\x1b[31mc\x7f",
    "\u202eevil\u202c \u2066iso",
    "\ud800 lone",
    "\ufffe\uffff\ufdd0",
    "$x^2 \\alpha$ &amp; $",
    "日本語のテキスト",
    "हिन्दी भाषा",
    "👨\u200d👩\u200d👧 👍🏽",
    "مرحبا بالعالم",
    "a" + "\u0301" * 200,
    "two\nlines\u2028and\tmore",
    "",
    "   ",
    "x" * 100_000,
]


def words(number: int, seed: int = 1) -> WordMap:
    chance = np.random.default_rng(seed)
    centres = chance.normal(0, 4, (6, 2))
    groups = chance.integers(0, 6, number)
    letters = np.array(list("etaoinshrdlucmwfgypbvk"))
    return WordMap(
        centres[groups] + chance.normal(0, 1, (number, 2)),
        ["".join(chance.choice(letters, chance.integers(2, 12))) for _ in range(number)],
        [(("group", str(group)), ("rank", str(i))) for i, group in enumerate(groups)],
        [f"group {group}" for group in groups],
        "group",
        "A map",
        ("component 1", "component 2"),
    )


def hostile() -> WordMap:
    points = np.random.default_rng(4).normal(0, 1, (len(HOSTILE), 2))
    details = [[(text[:50], text), ('<i>"', "'&")] for text in HOSTILE]
    return WordMap(points, HOSTILE, details, HOSTILE, HOSTILE[0], HOSTILE[1], (HOSTILE[2], HOSTILE[3]))


def draw(word_map: WordMap, form: str) -> bytes:
    return draw_page(word_map) if form == "html" else draw_image(word_map, form)


class Page(HTMLParser):
    """The page's elements: tag, attributes, text of their own."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(data.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag != "meta":
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag, "elements are nested as they should be"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.elements[self._open[-1]][2].append(data)

    def labels(self) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for attributes, text in self.named("text") if "data-i" in attributes]

    def named(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(text)) for name, attributes, text in self.elements if name == tag]


FONT = FT2Font(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"))


def font_width(text: str, size: float) -> float:
    FONT.set_size(size, 72)
    return float(sum(FONT.load_char(ord(c), flags=LoadFlags.NO_HINTING).linearHoriAdvance for c in text)) / 65536


def translation(attributes: dict[str, str | None]) -> tuple[float, float]:
    x, y = re.findall(r"[\d.-]+", attributes["transform"] or "")
    return float(x), float(y)


def check_boxes(boxes: list[tuple[float, float, float, float]], frame: tuple[float, float, float, float]) -> None:
    for left, top, right, bottom in boxes:
        assert frame[0] <= left < right <= frame[2]
        assert frame[1] <= top < bottom <= frame[3]
    for one, two in itertools.combinations(boxes, 2):
        apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
        assert apart, (one, two)


@pytest.mark.parametrize("number", [1, 2, 30, 80, 400])
def test_html_labels_do_not_overlap(number: int) -> None:
    word_map = words(number)
    page = Page(draw_page(word_map))
    frame = next(attributes for attributes, _ in page.named("rect") if attributes.get("id") == "frame")
    x, y, width, height = (float(frame[name] or "") for name in ("x", "y", "width", "height"))
    boxes = []
    for attributes, text in page.labels():
        if attributes.get("display") != "none":
            (left, top), baseline = translation(attributes), float(attributes["y"] or "")
            left, baseline = left + float(attributes["x"] or ""), top + baseline
            boxes.append((left, baseline - 11, left + font_width(text, 12), baseline + 3))
    check_boxes(boxes, (x, y, x + width, y + height))
    assert len(boxes) >= min(number, 30) * 0.9


def test_every_label_stands_in_the_page_at_its_point() -> None:
    """So that who zooms in can read it: those that found no room are hidden, on the right of their points."""
    word_map = words(400)
    page = Page(draw_page(word_map))
    points = [translation(attributes) for attributes, _ in page.named("path") if "transform" in attributes][::-1]
    assert len(points) == 400
    found = page.labels()
    assert {int(attributes["data-i"] or ""): text for attributes, text in found} == dict(enumerate(word_map.labels))
    assert len(found) == 400
    hidden = [attributes.get("display") == "none" for attributes, _ in found]
    assert hidden == sorted(hidden) and 0 < sum(hidden) < 400, "the hidden ones give way, so they come last"
    for attributes, text in found:
        left, top, right, bottom = map(float, (attributes["data-box"] or "").split())
        assert bottom - top == pytest.approx(16, abs=0.11)
        assert right - left >= font_width(text, 12)
        assert left < float(attributes["x"] or "") < right and top < float(attributes["y"] or "") < bottom
        if attributes.get("display") == "none":
            assert 0 < left < 8 and top == pytest.approx(-bottom, abs=0.11)
        else:
            assert translation(attributes) == points[int(attributes["data-i"] or "")]


@pytest.mark.parametrize("number", [1, 30, 80, 400])
def test_svg_labels_do_not_overlap(number: int) -> None:
    word_map = words(number, seed=2)
    root = ElementTree.fromstring(draw_image(word_map, "svg"))
    space = "{http://www.w3.org/2000/svg}"
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    boxes = []
    for group in root.iter(f"{space}g"):
        if re.fullmatch(r"label\d+", group.attrib.get("id", "")):
            text = next(group.iter(f"{space}text"))
            assert text.text == word_map.labels[int(group.attrib["id"][5:])]
            left, baseline = float(text.attrib["x"]), float(text.attrib["y"])
            size = 12 * 0.72
            boxes.append(
                (left, baseline - 0.9 * size, left + font_width(text.text or "", size), baseline + 0.24 * size)
            )
    check_boxes(boxes, (0, 0, width, height))
    assert len(boxes) >= min(number, 30) * 0.9


@pytest.mark.parametrize("number", [1, 80, 400])
def test_drawn_texts_do_not_overlap(number: int) -> None:
    """As matplotlib itself measures what it draws: title, axes and legend too."""
    figure = draw_figure(words(number, seed=3))
    texts = figure.axes[0].texts
    boxes = [(box.x0, box.y0, box.x1, box.y1) for box in (text.get_window_extent() for text in texts)]
    check_boxes(boxes, (0, 0, figure.bbox.width, figure.bbox.height))
    assert {"title", "x", "y", "legend"} <= {text.get_gid() for text in texts}


def test_hostile_texts_stay_texts_in_html() -> None:
    data = draw_page(hostile())
    page = Page(data)
    plain = Page(draw_page(words(len(HOSTILE))))
    assert {tag for tag, _, _ in page.elements} == {tag for tag, _, _ in plain.elements}
    assert len(page.named("script")) == len(page.named("style")) == len(page.named("h1")) == 1
    assert page.named("script") == plain.named("script")
    names = {name for _, attributes, _ in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"style", "src"})
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", data.decode("utf-8"))
    hovers = [text for _, text in page.named("title")]
    assert any(text.startswith(HOSTILE[0] + "\n") for text in hovers)
    assert all(len(text) < 7000 for text in hovers)


def test_the_page_needs_nothing_else() -> None:
    data = draw_page(words(20))
    text = data.decode("utf-8")
    assert set(re.findall(r"https?://[^\"' ]*", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|<iframe|@import|url\((?!#)", text)
    assert "prefers-color-scheme: dark" in text


def test_the_page_runs_its_own_script_alone() -> None:
    page = Page(draw_page(words(20)))
    policy = next(attributes["content"] or "" for attributes, _ in page.named("meta") if "http-equiv" in attributes)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    for tag in ("script", "style"):
        [(_, text)] = page.named(tag)
        digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"


def test_hover_tells_the_word_and_its_fields() -> None:
    page = Page(draw_page(words(20)))
    word_map = words(20)
    hovers = {text for _, text in page.named("title")}
    for label, details in zip(word_map.labels, word_map.details):
        assert f"{label}\n" + "\n".join(f"{name}: {value}" for name, value in details) in hovers


@pytest.mark.parametrize("form", ["svg", "png"])
def test_hostile_texts_can_be_drawn(form: str) -> None:
    data = draw(hostile(), form)
    if form == "svg":
        texts = [element.text for element in ElementTree.fromstring(data).iter("{http://www.w3.org/2000/svg}text")]
        assert "$x^2 \\alpha$ &amp; $" in texts
        assert b"<img" not in data and b"<script" not in data


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_map_gives_the_same_bytes(form: str) -> None:
    data = draw(words(40), form)
    assert data == draw(words(40), form)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_plots_words as t;"
        "sys.stdout.buffer.write(t.draw(t.words(40), sys.argv[2]))"
    )
    # Another process, another hash seed.
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(Path(__file__).parent), form],
        capture_output=True,
        check=True,
    )
    assert run.stdout == data
    assert run.stderr == b""
    assert b"matplotlib.org" not in data


def test_png_is_twice_the_canvas_and_white_at_the_border() -> None:
    from io import BytesIO

    from matplotlib.image import imread

    data = draw_image(words(30), "png")
    assert struct.unpack(">II", data[16:24]) == (2000, 1500)
    pixels = imread(BytesIO(data))[..., :3]
    border = np.concatenate([pixels[:4].ravel(), pixels[-4:].ravel(), pixels[:, :4].ravel(), pixels[:, -4:].ravel()])
    assert (border == 1).all()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "points",
    [[[0.0, 0.0]], [[1.0, 2.0]] * 30, [[0.0, 0.0], [1e308, -1e308]], [[0.0, 0.0], [0.0, 1e-300]]],
    ids=["one", "identical", "huge", "tiny"],
)
def test_any_points_can_be_drawn(form: str, points: list[list[float]]) -> None:
    data = draw(WordMap(np.array(points), [f"word{i}" for i in range(len(points))]), form)
    assert b"nan" not in data or form == "png"
    if form == "html":
        assert data.count(b"data-box") - data.count(b'display="none"') >= min(len(points), 20)


def test_numbers_have_a_colour_bar() -> None:
    word_map = words(12)
    numbers = WordMap(word_map.points, word_map.labels, (), [None, *map(float, range(11))], "age")
    page = draw_page(numbers).decode("utf-8")
    assert 'class="bar"' in page and "no value" in page and ">age<" in page
    texts = {text.get_text() for text in draw_figure(numbers).axes[0].texts}
    assert {"0", "10", "age", "no value"} <= texts


def test_many_points_in_each_format() -> None:
    many = words(5000)
    page = Page(draw_page(many))
    boxes = []
    for attributes, _ in page.labels():
        if "transform" in attributes:
            x, y = translation(attributes)
            left, top, right, bottom = map(float, (attributes["data-box"] or "").split())
            # Rounding, for which the script has a pixel to spare.
            boxes.append((x + left + 0.2, y + top + 0.2, x + right - 0.2, y + bottom - 0.2))
    check_boxes(boxes, (0, 0, 1280, 960))
    assert 40 < len(boxes) <= 260
    assert len(page.named("path")) == 5000 + 6  # the legend's


def test_a_broken_or_loud_matplotlibrc_changes_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "matplotlibrc"
    settings.write_text("text.usetex: True\nfont.size: 40\naxes.facecolor: red\nsvg.fonttype: path\nnonsense: 1\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_plots_words as t;"
        "sys.stdout.buffer.write(t.draw(t.words(9), 'svg'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "MATPLOTLIBRC": str(settings), "MPLCONFIGDIR": "/proc/none"},
    )
    assert run.stdout == draw_image(words(9), "svg")


def test_html_needs_numpy_alone() -> None:
    program = (
        "import sys\n"
        "for name in ('matplotlib', 'sklearn', 'scipy'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from seqtool.errors import OptionError\n"
        "from seqtool.plots.projection import project\n"
        "from seqtool.plots.image import draw_image\n"
        "from seqtool.plots.page import draw_page\n"
        "from seqtool.plots.word_map import WordMap\n"
        "word_map = WordMap(project(np.eye(6)), list('abcdef'))\n"
        "assert draw_page(word_map)\n"
        "for wrong in (lambda: draw_image(word_map, 'svg'), lambda: project(np.eye(6), 'tsne')):\n"
        "    try: wrong()\n"
        "    except OptionError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, check=True, text=True)
    assert run.stdout.count("pip install 'seqtool[plot]'") == 2


def test_every_point_needs_a_label() -> None:
    with pytest.raises(ValueError, match="labels: 1 for 2 points"):
        WordMap(np.zeros((2, 2)), ["a"])
    with pytest.raises(ValueError, match="details: 1 for 2 points"):
        WordMap(np.zeros((2, 2)), ["a", "b"], [[]])
