"""Picture files as pages: PNG, JPEG, TIFF with all of its frames. Turned as the camera says; bombs are refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.errors import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS = 200_000_000  # of one frame: an A0 poster in 300 dpi has 140 million
FORMATS = ("PNG", "JPEG", "TIFF")


@contextmanager
def opened(data: bytes) -> Iterator[Image]:
    """The picture, at its first frame; `frame` gives each. Raises Unreadable."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            yield image
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError) as error:
        # What Pillow's readers raise.
        why = "" if isinstance(error, UnidentifiedImageError) else f" ({error})"
        raise Unreadable(f"the picture is damaged or is none{why}") from error


def frames(image: Image) -> int:
    """How many pages the picture has."""
    return int(getattr(image, "n_frames", 1))


def frame(image: Image, number: int) -> Image:
    """The page of that number, from 1, as it is shown. Raises Unreadable."""
    from PIL import ImageOps

    if not 1 <= number <= frames(image):
        raise Unreadable(f"the picture has no page {number}")
    image.seek(number - 1)
    if image.width * image.height > DOTS:
        raise Unreadable(f"the picture has {image.width} by {image.height} dots; make it smaller")
    shown = ImageOps.exif_transpose(image)
    return shown if shown.mode in ("L", "RGB", "RGBA", "LA") else _converted(shown)


def dpi_of(image: Image) -> int | None:
    """Dots per inch as the file says, if that is a scan's."""
    told = image.info.get("dpi")
    across = int(told[0]) if isinstance(told, tuple) and told else 0
    return across if 70 <= across <= 2400 else None


def _converted(image: Image) -> Image:
    """Black and white, palettes and sixteen bits as what every reader takes."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("L" if image.mode in ("1", "F") else "RGBA" if image.mode in ("P", "PA") else "RGB")
