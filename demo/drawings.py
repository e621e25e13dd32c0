"""Pictures for the demo, drawn here: machines as simple shapes, broken before and mended after."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

# Drawn at twice the size, so that edges come out smooth.
SIZE = (1600, 1200)
KEPT = (800, 600)
Canvas = ImageDraw.ImageDraw
STEEL, DARK, RUBBER, YELLOW, BLUE, GREEN = "#8b98a3", "#39444d", "#23282d", "#e0a52a", "#2f6f9f", "#3d7a55"


@cache
def drawn(what: str, seed: int, *, mended: bool) -> bytes:
    """A JPEG of one of `SCENES`; the same for the same seed."""
    random = Random(seed)  # noqa: S311  (pictures, no secrets)
    image = Image.new("RGB", SIZE)
    backdrop, draw_thing = SCENES[what]
    canvas = ImageDraw.Draw(image)
    backdrop(canvas, random)
    draw_thing(canvas, random, mended)
    image = image.resize(KEPT, Image.Resampling.BOX)
    image = Image.composite(Image.new("RGB", KEPT, "#0d1318"), image, corners())
    out = BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


@cache
def corners() -> Image.Image:
    """Darker towards the edges, as through a lens."""
    return Image.radial_gradient("L").resize(KEPT).point([round(shade * 0.45) for shade in range(256)])


def bands(canvas: Canvas, top: tuple[int, int, int], bottom: tuple[int, int, int], start: int, end: int) -> None:
    for y in range(start, end, 8):
        part = (y - start) / max(1, end - start)
        shade = tuple(round(one + (other - one) * part) for one, other in zip(top, bottom, strict=True))
        canvas.rectangle((0, y, SIZE[0], y + 8), fill=shade)


def pit(canvas: Canvas, random: Random) -> None:
    bands(canvas, (150, 185, 210), (222, 222, 208), 0, 620)
    for step in range(4):
        y = 470 + 70 * step
        hill = [(0, y), *((x, y + random.randint(-26, 26)) for x in range(0, 1601, 200)), (1600, 1200), (0, 1200)]
        canvas.polygon(hill, fill=(150 - 12 * step, 96 - 8 * step, 62 - 5 * step))
    bands(canvas, (158, 104, 66), (112, 72, 46), 800, 1200)


def hall(canvas: Canvas, random: Random) -> None:
    bands(canvas, (205, 211, 212), (176, 184, 187), 0, 820)
    bands(canvas, (120, 128, 130), (88, 94, 97), 820, 1200)
    for x in range(random.randint(60, 160), 1600, 320):
        canvas.line((x, 0, x, 820), fill=(188, 195, 197), width=6)
    canvas.rectangle((0, 120, 1600, 158), fill=STEEL)
    canvas.rectangle((0, 814, 1600, 826), fill=DARK)


def excavator(canvas: Canvas, random: Random, mended: bool) -> None:
    x = random.randint(220, 420)
    canvas.rounded_rectangle((x, 900, x + 620, 1050), 74, fill=RUBBER)
    for wheel in range(5):
        left = x + 30 + wheel * 118
        canvas.ellipse((left, 925, left + 98, 1023), fill=DARK, outline=STEEL, width=8)
    canvas.rounded_rectangle((x + 30, 640, x + 560, 890), 26, fill=YELLOW)
    canvas.rounded_rectangle((x + 330, 470, x + 560, 700), 18, fill=YELLOW)
    canvas.rounded_rectangle((x + 360, 500, x + 540, 640), 10, fill=(176, 206, 218))
    canvas.line([(x + 540, 700), (x + 820, 380), (x + 1050, 620)], fill=YELLOW, width=66, joint="curve")
    canvas.line([(x + 590, 760), (x + 780, 470)], fill=STEEL, width=26)
    canvas.polygon([(x + 990, 610), (x + 1120, 600), (x + 1150, 780), (x + 1010, 800)], fill=DARK)
    if not mended:
        puddle(canvas, x + 690, 1080, (42, 30, 22))
        for drop in range(4):
            canvas.ellipse((x + 668, 800 + drop * 60, x + 688, 828 + drop * 60), fill=(42, 30, 22))


def pump(canvas: Canvas, random: Random, mended: bool) -> None:
    x, colour = random.randint(240, 380), random.choice((BLUE, GREEN))
    canvas.rectangle((x - 60, 940, x + 1000, 1000), fill=DARK)
    canvas.rounded_rectangle((x + 420, 620, x + 940, 930), 60, fill=colour)
    for fin in range(7):
        left = x + 470 + fin * 62
        canvas.rectangle((left, 640, left + 20, 910), fill=STEEL)
    canvas.rectangle((x + 330, 740, x + 430, 810), fill=STEEL)
    canvas.ellipse((x, 560, x + 380, 940), fill=colour, outline=DARK, width=14)
    canvas.ellipse((x + 120, 680, x + 260, 820), fill=DARK)
    canvas.rectangle((x + 140, 158, x + 240, 580), fill=STEEL)
    canvas.rectangle((x + 100, 520, x + 280, 580), fill=DARK)
    if mended:
        canvas.ellipse((x + 320, 728, x + 440, 822), outline="#f4f6f7", width=18)
    else:
        puddle(canvas, x + 380, 1060, (92, 128, 148))
        for ray in range(5):
            canvas.line((x + 376, 790, x + 330 + ray * 30, 1010), fill=(196, 220, 232), width=7)


def cabinet(canvas: Canvas, random: Random, mended: bool) -> None:
    x = random.randint(380, 560)
    canvas.rounded_rectangle((x, 220, x + 680, 1010), 16, fill="#c9cfd3", outline=DARK, width=10)
    canvas.rectangle((x + 40, 260, x + 640, 970), fill="#eef1f3")
    colours = ("#b3352c", "#2f6f9f", "#e0a52a", "#23282d", "#3d7a55")
    for rail in range(3):
        y = 330 + rail * 210
        canvas.rectangle((x + 70, y + 66, x + 610, y + 88), fill=STEEL)
        for unit in range(8):
            left = x + 80 + unit * 66
            canvas.rectangle((left, y, left + 54, y + 150), fill=DARK if unit % 3 else "#59656e")
            canvas.rectangle((left + 18, y + 40, left + 36, y + 84), fill="#f4f6f7")
            colour = random.choice(colours)
            canvas.line([(left + 26, y + 150), (left + 26, y + 182), (x + 70, y + 196)], fill=colour, width=8)
    if not mended:
        for ring, shade in enumerate(("#6d5a4a", "#3a2f28", "#16120f")):
            spread = 96 - ring * 30
            canvas.ellipse((x + 330 - spread, 600 - spread, x + 330 + spread, 600 + spread), fill=shade)


def boiler(canvas: Canvas, random: Random, mended: bool) -> None:
    x = random.randint(300, 460)
    canvas.rounded_rectangle((x, 420, x + 760, 960), 120, fill="#b9c2c8", outline=DARK, width=12)
    canvas.ellipse((x + 40, 560, x + 300, 820), fill=DARK)
    canvas.ellipse((x + 90, 610, x + 250, 770), fill="#d9822b" if mended else RUBBER)
    for pipe, colour in ((400, "#b3352c"), (560, "#2f6f9f")):
        canvas.rectangle((x + pipe, 158, x + pipe + 64, 440), fill=colour)
        canvas.ellipse((x + pipe - 20, 280, x + pipe + 84, 384), fill=STEEL, outline=DARK, width=10)
    canvas.ellipse((x + 430, 560, x + 570, 700), fill="#f4f6f7", outline=DARK, width=10)
    tip = (x + 545, 600) if mended else (x + 455, 665)
    canvas.line([(x + 500, 630), tip], fill="#b3352c", width=10)
    if not mended:
        puddle(canvas, x + 420, 1050, (92, 128, 148))


def puddle(canvas: Canvas, x: int, y: int, colour: tuple[int, int, int]) -> None:
    for offset, wide, high in ((-90, 260, 60), (40, 300, 74), (-10, 200, 96)):
        canvas.ellipse((x + offset - wide // 2, y - high // 2, x + offset + wide // 2, y + high // 2), fill=colour)


SCENES: dict[str, tuple[Callable[[Canvas, Random], None], Callable[[Canvas, Random, bool], None]]] = {
    "excavator": (pit, excavator),
    "pump": (hall, pump),
    "cabinet": (hall, cabinet),
    "boiler": (hall, boiler),
}
