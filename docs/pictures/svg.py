"""The parts of SVG that the pictures need. Callers assume that a letter is at most 0.6 of its size wide."""

from html import escape

STYLE = """
  .paper { fill: #ffffff; stroke: #d0d7de; }
  text { fill: #1f2328; font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
  .head { font-weight: 600; font-size: 16px; }
  .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
  .note { fill: #57606a; font-size: 12px; }
  .crate { fill: #f6f8fa; stroke: #8c959f; }
  .module { fill: #ddf4ff; stroke: #54aeff; }
  .arrow { stroke: #57606a; stroke-width: 1.5; fill: none; }
  .tip { fill: #57606a; }
  .grid { stroke: #d0d7de; }
  .one { stroke: #57606a; stroke-width: 1.5; }
  .faster { fill: #1f883d; }
  .slower { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .crate { fill: #151b23; stroke: #656c76; }
    .module { fill: #12304f; stroke: #4493f8; }
    .arrow, .one { stroke: #9198a1; }
    .tip { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .faster { fill: #3fb950; }
    .slower { fill: #db6d28; }
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

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        tip = ' marker-end="url(#tip)"' if kind == "arrow" else ""
        self.shapes.append(f'  <path class="{kind}" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"{tip}/>')

    def __str__(self) -> str:
        return "\n".join([self.head, *self.shapes, "</svg>", ""])
