import { finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { SourceText } from "./source-text.ts";

/** What no text has: the sign for bytes that are no UTF-8, zero bytes, lines that end in CR alone. */
const strange = /\uFFFD|\0|\r(?!\n)/;

/** Whatever else would be said of such a file misleads. */
export function checkEncoding(file: string, text: string): Diagnostic | undefined {
  const found = strange.exec(text);
  if (found === null) return undefined;
  const at = new SourceText(file, text).ref(found.index, found.index + 1);
  const [sign] = found;
  if (sign === "\r") {
    return finding("spec/encoding", at, "this line ends in CR alone, so that all lines are one", {
      help: "save the file with line ends that are LF or CRLF",
    });
  }
  const what = sign === "\0" ? "a zero byte stands here" : "bytes stand here that are no UTF-8";
  return finding("spec/encoding", at, `${what}: the file is in another encoding, or is no text`, {
    help: "save it as UTF-8",
  });
}
