"""The parts of SVG that the pictures need. Callers assume that a letter is at most 0.6 of its size wide."""

from html import escape

STYLE = """
  .paper { fill: #ffffff; stroke: #d0d7de; }
  text { fill: #1f2328; font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
  .head { font-weight: 600; font-size: 16px; }
  .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; white-space: pre; }
  .note { fill: #57606a; font-size: 12px; }
  .crate { fill: #f6f8fa; stroke: #8c959f; }
  .module { fill: #ddf4ff; stroke: #54aeff; }
  .arrow { stroke: #57606a; stroke-width: 1.5; fill: none; }
  .tip { fill: #57606a; }
  .branch { stroke: #8c959f; stroke-width: 1.5; fill: none; }
  .faster { fill: #1f883d; }
  .other { fill: #d0d7de; }
  .bar { fill: #eaeef2; stroke: #d0d7de; }
  .typed { font-weight: 600; }
  .good { fill: #1a7f37; }
  .warm { fill: #9a6700; }
  .bad { fill: #cf222e; }
  .yes { fill: #dafbe1; stroke: #4ac26b; }
  .no { fill: #ffebe9; stroke: #ff8182; }
  .wait { fill: #fff8c5; stroke: #d4a72c; }
  .best { fill: #1f883d; stroke: #1f883d; }
  .onbest { fill: #ffffff; }
  .cell { fill: #aceebb; stroke: #4ac26b; }
  .empty { fill: #f6f8fa; stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .crate { fill: #151b23; stroke: #656c76; }
    .module { fill: #12304f; stroke: #4493f8; }
    .arrow, .branch { stroke: #9198a1; }
    .tip { fill: #9198a1; }
    .faster { fill: #3fb950; }
    .other { fill: #3d444d; }
    .bar { fill: #212830; stroke: #3d444d; }
    .good { fill: #3fb950; }
    .warm { fill: #d29922; }
    .bad { fill: #ff7b72; }
    .yes { fill: #12351f; stroke: #2ea043; }
    .no { fill: #3c1618; stroke: #da3633; }
    .wait { fill: #3a2d06; stroke: #bb8009; }
    .best { fill: #3fb950; stroke: #3fb950; }
    .onbest { fill: #0d1117; }
    .cell { fill: #1b4d2b; stroke: #2ea043; }
    .empty { fill: #151b23; stroke: #3d444d; }
  }"""


class Picture:
    """Shapes on a background of their own, so that they are readable on a page of any colour."""

    def __init__(self, width: int, height: int, title: str, description: str):
        self.head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-labelledby="title desc">\n'
            f'  <title id="title">{escape(title)}</title>\n  <desc id="desc">{escape(description)}</desc>\n'
            f"  <style>{STYLE}\n  </style>\n"
            '  <defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            'orient="auto"><path class="tip" d="M0 0L10 5L0 10z"/></marker></defs>'
        )
        self.shapes: list[str] = []
        self.box(0.5, 0.5, width - 1, height - 1, "paper")

    def box(self, x: float, y: float, width: float, height: float, kind: str, radius: int = 6) -> None:
        self.shapes.append(
            f'  <rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}"/>'
        )

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> None:
        mark = f' class="{kind}"' if kind else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.shapes.append(f'  <text{mark} x="{x:g}" y="{y:g}"{place}>{escape(text)}</text>')

    def texts(self, x: float, y: float, lines: list[str], kind: str = "", anchor: str = "start", step: float = 17) -> None:
        for number, line in enumerate(lines):
            self.text(x, y + number * step, line, kind, anchor)

    def rotated(self, x: float, y: float, text: str, kind: str) -> None:
        """A text that runs upwards from this place."""
        turn = f'transform="translate({x:g} {y:g}) rotate(-90)"'
        self.shapes.append(f'  <text class="{kind}" {turn}>{escape(text)}</text>')

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        self.shapes.append(f'  <circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        tip = ' marker-end="url(#tip)"' if kind == "arrow" else ""
        self.shapes.append(f'  <path class="{kind}" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"{tip}/>')

    def __str__(self) -> str:
        return "\n".join([self.head, *self.shapes, "</svg>", ""])
