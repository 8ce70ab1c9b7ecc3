// A scene as SVG.
import { escapeXml } from "../../../report/text.ts";
import { hexOf, type PictureTheme, paletteOf } from "./inks.ts";
import { type Item, LETTER, LINE, type Scene } from "./scene.ts";

/** Of a monospaced font, whose letters are 0.6 of its size wide. */
const SIZE = LETTER / 0.6;

/** @param title what the picture shows, for those who don't see it */
export function svg({ width, height, items }: Scene, theme: PictureTheme, title: string): string {
  const hex = paletteOf(theme).map(hexOf);
  const draw = (item: Item): string => {
    const fill = `fill="${hex[item.ink]}"`;
    if (item.kind === "box")
      return `<rect x="${item.x}" y="${item.y}" width="${item.width}" height="${item.height}" ${fill}/>`;
    const length = [...item.text].length * LETTER;
    return `<text x="${item.x}" y="${item.y + LINE * 0.75}" textLength="${length}" ${fill}>${escapeXml(item.text)}</text>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="${SIZE}" xml:space="preserve" shape-rendering="crispEdges">
<title>${escapeXml(title)}</title>
${items.map(draw).join("\n")}
</svg>
`;
}
