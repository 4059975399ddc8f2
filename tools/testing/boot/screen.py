# SPDX-License-Identifier: MIT
"""Read text back from a picture of the console.

The guest first prints every printable character in a known place; that teaches what each glyph looks like, in
whatever font the console has. All later cells are compared with what was learnt, exactly.
"""

ALPHABET = "".join(chr(c) for c in range(0x21, 0x7f))
HALF = len(ALPHABET) // 2           # it is shown on two rows, since VGA's text mode has but 80 columns


class Screen:
    """A PPM picture seen as a grid of character cells."""

    def __init__(self, path, rows, columns):
        with open(path, "rb") as f:
            data = f.read()
        magic, size, depth, self.pixels = data.split(b"\n", 3)
        if magic != b"P6" or depth != b"255":
            raise ValueError(f"{path}: not the PPM that QEMU writes")
        self.width, self.height = (int(word) for word in size.split())
        self.cell_width, self.cell_height = self.width // columns, self.height // rows
        self.rows, self.columns = rows, columns
        self.glyphs = {}

    def pixel(self, x, y):
        at = (y * self.width + x) * 3
        return self.pixels[at:at + 3]

    def cell(self, row, column):
        """The colours of a cell, line by line."""
        left, top = column * self.cell_width, row * self.cell_height
        return [[self.pixel(left + x, top + y) for x in range(self.cell_width)] for y in range(self.cell_height)]

    def shape(self, row, column):
        """The cell as foreground and background, whatever the two colours are. None when it has one colour."""
        lines = self.cell(row, column)
        background = lines[0][0]
        bits = tuple(tuple(p != background for p in line) for line in lines)
        return bits if any(any(line) for line in bits) else None

    def colours(self, row, column):
        return {p for line in self.cell(row, column) for p in line}

    def learn(self, row):
        """Take the glyphs from two rows that show ALPHABET. Returns the problems found."""
        problems = []
        for index, character in enumerate(ALPHABET):
            shape = self.shape(row + index // HALF, index % HALF)
            if shape is None:
                problems.append(f"{character} is blank")
            elif shape in self.glyphs:
                problems.append(f"{character} looks like {self.glyphs[shape]}")
            else:
                self.glyphs[shape] = character
        return problems

    def text(self, row):
        """A row as a string; what was never learnt is U+FFFD."""
        shapes = (self.shape(row, column) for column in range(self.columns))
        return "".join(" " if s is None else self.glyphs.get(s, "\ufffd") for s in shapes).rstrip()
