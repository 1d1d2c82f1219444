import type * as FastXml from "fast-xml-parser";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { late } from "./late.ts";

const library = late<typeof FastXml>("fast-xml-parser");

/** Why a text is not read as XML. */
export class XmlError extends Error {}

/** What attributes are called, beside elements of the same name. */
const attribute = "@";

const shape = {
  attributeNamePrefix: attribute,
  ignoreAttributes: false,
  textNodeName: "#text",
} as const;

let parser: FastXml.XMLParser | undefined;

function parserOf(): FastXml.XMLParser {
  parser ??= new (library().XMLParser)({
    ...shape,
    ignoreDeclaration: true,
    ignorePiTags: true,
    removeNSPrefix: true,
    // Codes keep their leading zeros, and amounts their digits.
    parseTagValue: false,
    // Numbered characters, too; names of HTML stand for nothing harmful.
    htmlEntities: true,
    maxNestedTags: 200,
  });
  return parser;
}

let builder: FastXml.XMLBuilder | undefined;

function builderOf(): FastXml.XMLBuilder {
  builder ??= new (library().XMLBuilder)({ ...shape, suppressBooleanAttributes: false });
  return builder;
}

/**
 * XML as data: elements by their name without its prefix, attributes as `@name`, the text beside
 * attributes as `#text`, an element that stands several times as a list, `xsi:nil` as null. All
 * values are texts. A document type is refused, so no entity is ever defined or fetched. Throws
 * `XmlError`.
 */
export function parseXml(text: string): JsonObject {
  if (/<!DOCTYPE/i.test(text)) throw new XmlError("it declares a document type");
  let parsed: unknown;
  try {
    // The parser alone takes what was cut off for whole.
    parsed = parserOf().parse(text, true);
  } catch (error) {
    throw new XmlError(error instanceof Error ? error.message : "it cannot be read");
  }
  const plain = withNulls(parsed as Json);
  if (!isJsonObject(plain) || Object.keys(plain).length !== 1) {
    throw new XmlError("it has not one root element");
  }
  return plain;
}

function withNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withNulls(item));
  if (!isJsonObject(value)) return value;
  if (value[`${attribute}nil`] === "true") return null;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withNulls(item)]));
}

/** Data as XML, in the shape that `parseXml` gives, with prefixes where names have them. */
export function writeXml(body: Json): string {
  if (!isJsonObject(body)) return typeof body === "string" ? body : JSON.stringify(body);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builderOf().build(withTexts(body))}`;
}

/** The builder writes null as an element of its own kind; here it is one that is left out. */
function withTexts(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withTexts(item));
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withTexts(item)]));
}
