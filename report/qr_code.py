"""QR codes as vector pictures.

``ir.actions.report.barcode`` makes a bitmap with a drawing library that not every server has; on paper, lines are sharper too.
"""
import base64

from reportlab.graphics.barcode import qrencoder

# A sheet that was folded, rained on or written over can still be read: a quarter of the code may be lost.
LEVEL = qrencoder.QRErrorCorrectLevel.Q
QUIET_MODULES = 4  # white border that readers need, by the standard


def data_uri(text):
    """Return the code of a text as an SVG in a data URI, so that the printer of PDFs has nothing to fetch.

    :raises ValueError: the text is too long for a QR code (about 1,600 bytes)
    """
    code = qrencoder.QRCode(None, LEVEL)
    code.addData(qrencoder.QR8bitByte(text))
    code.make()
    size = code.getModuleCount() + 2 * QUIET_MODULES
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{8 * size}" height="{8 * size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{_path(code)}" fill="#000"/></svg>')
    return f'data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}'


def _path(code):
    """Return the dark modules as an SVG path of one rectangle a run of them."""
    count = code.getModuleCount()
    parts = []
    for row in range(count):
        column = 0
        while column < count:
            start = column
            while column < count and code.isDark(row, column):
                column += 1
            if column > start:
                parts.append(f'M{start + QUIET_MODULES} {row + QUIET_MODULES}h{column - start}v1h{start - column}z')
            column += 1
    return ''.join(parts)
