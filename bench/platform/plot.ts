/** One bar: a ratio. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn apart: a limit, not a peer. */
  readonly isLimit: boolean;
}

/** Bars under a title of their own. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const left = 250;
const right = 60;
const barHeight = 16;
const rowHeight = 22;
const titleHeight = 34;
const top = 44;

/**
 * A picture of ratios as an SVG document: horizontal bars from 1 on a logarithmic scale, to the right where ours is more.
 * It has no background, and its colors follow the reader's scheme.
 */
export function plot(title: string, groups: readonly BarGroup[]): string {
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value));
  const from = Math.min(0.5, ...values.map((value) => value / 1.15));
  const to = Math.max(2, ...values.map((value) => value * 1.15));
  const span = Math.log(to) - Math.log(from);
  const x = (value: number) => left + ((Math.log(value) - Math.log(from)) / span) * (width - left - right);
  const parts: string[] = [];
  let y = top;
  for (const group of groups) {
    parts.push(text(0, y + 22, group.title, "title"));
    y += titleHeight;
    for (const { label, value, isLimit } of group.bars) {
      const start = Math.min(x(1), x(value));
      const length = Math.max(1, Math.abs(x(value) - x(1)));
      const kind = isLimit ? "limit" : value >= 1 ? "more" : "less";
      const middle = y + barHeight - 4;
      parts.push(
        text(left - 8 - 0, middle, label, "label"),
        `<rect class="${kind}" x="${start.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}"/>`,
        text(start + length + 6, middle, value.toFixed(value < 10 ? 2 : 1), "value"),
      );
      y += rowHeight;
    }
  }
  const axis = x(1).toFixed(1);
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.heading { font-size: 15px; font-weight: 600 }
.title { font-weight: 600 }
.label { text-anchor: end }
.more { fill: #1f883d }
.less { fill: #bc4c00 }
.limit { fill: #8c959f }
line { stroke: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .more { fill: #3fb950 }
  .less { fill: #f0883e }
  .limit { fill: #6e7681 }
  line { stroke: #9198a1 }
}
</style>
${text(0, 20, title, "heading")}
<line x1="${axis}" x2="${axis}" y1="${top + 4}" y2="${y}"/>
${parts.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${content.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`;
}
