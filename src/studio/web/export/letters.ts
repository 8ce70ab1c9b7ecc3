// Letters of 5 by 8 dots, as on a character display, so that a picture looks the same wherever it is made.

/** A letter's size in dots. */
export const GLYPH = { width: 5, height: 8 } as const;

/** Space to "~": for each letter its rows from the top, each a digit to base 32 whose bits are dots, left to right. */
const ASCII = (
  "00000000 44444040 aaa00000 aavavaa0 4fke5u40 op248j30 8kk8lid0 66480000 " +
  "24888420 84222480 4level40 044v4400 00000448 000v0000 00000660 01248g00 " +
  "ehjlphe0 4c4444e0 eh168gv0 eh161he0 26aiv220 vgu11he0 ehguhhe0 v1248880 " +
  "ehhehhe0 ehhf1he0 0cc0cc00 06606648 248g8420 00v0v000 84212480 eh164040 " +
  "ehnlnge0 4ahhvhh0 uhhuhhu0 ehggghe0 uhhhhhu0 vgguggv0 vgguggg0 ehgjhhe0 " +
  "hhhvhhh0 e44444e0 72222ic0 hikokih0 ggggggv0 hrllhhh0 hhpljhh0 ehhhhhe0 " +
  "uhhuggg0 ehhhlid0 uhhukih0 ehge1he0 v4444440 hhhhhhe0 hhhhha40 hhhllla0 " +
  "hha4ahh0 hha44440 v1248gv0 e88888e0 0g842100 e22222e0 4ah00000 000000v0 " +
  "84200000 00e1fhf0 gguhhhu0 00fgggf0 11fhhhf0 00ehvgf0 254e4440 00fhhf1e " +
  "ggmphhh0 40c444e0 206222ic ggikoki0 c44444e0 00qllll0 00mphhh0 00ehhhe0 " +
  "00uhhugg 00fhhf11 00mpggg0 00fge1u0 08u88960 00hhhjd0 00hhha40 00hllla0 " +
  "00ha4ah0 00hhhf1e 00v248v0 24484420 44444440 84424480 008l2000"
).split(" ");

const OTHERS: ReadonlyMap<string, string> = new Map([
  ["·", "00040000"],
  ["×", "0ha4ah00"],
  ["…", "000000l0"],
  ["✓", "1112ia40"],
  ["✗", "hra4arh0"],
  ["→", "042v2400"],
]);

/** What stands for a letter that is not here. */
const UNKNOWN = "vhhhhhv0";

/** A letter's rows from the top, each a number whose bits are dots, the leftmost the highest. */
export function glyphOf(letter: string): number[] {
  const rows = ASCII[letter.codePointAt(0)! - 32] ?? OTHERS.get(letter) ?? UNKNOWN;
  return Array.from(rows, (digit) => Number.parseInt(digit, 32));
}
