import { fullFormats } from "ajv-formats/dist/formats.js";

/** A format of ours, beside those of JSON Schema. */
interface OwnFormat {
  readonly test: RegExp;
  readonly example: string;
}

/** Formats that business data needs and JSON Schema lacks; all of them on strings. */
export const ownFormats: Readonly<Record<string, OwnFormat>> = {
  /** Money and quantities: exact, so never a JSON number. */
  decimal: { test: /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/, example: "1250.00" },
  /** ISO 4217. */
  currency: { test: /^[A-Z]{3}$/, example: "EUR" },
  /** ISO 3166-1 alpha-2. */
  country: { test: /^[A-Z]{2}$/, example: "DE" },
  binary: {
    test: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    example: "aGk=",
  },
};

/** Examples of the standard formats, for messages; their keys are the formats that are checked. */
const standardExamples: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  time: "09:30:00Z",
  "date-time": "2026-01-31T09:30:00Z",
  "iso-time": "09:30:00",
  "iso-date-time": "2026-01-31T09:30:00",
  duration: "P3DT4H",
  email: "ann@example.com",
  hostname: "api.example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/x",
  "uri-reference": "/x",
  "uri-template": "/orders/{id}",
  uuid: "6f1c1b0a-6a0e-4c1c-9a52-3d1c5c1d8a11",
  "json-pointer": "/lines/0",
  regex: "^[A-Z]+$",
};

export const formatNames: readonly string[] = [
  ...Object.keys(ownFormats),
  ...Object.keys(standardExamples),
];

/** An example of a format that a text does not have; undefined where it has it, or nobody knows. */
export function formatFault(format: string, text: string): string | undefined {
  const own = ownFormats[format]?.test;
  const standard = (fullFormats as Readonly<Record<string, unknown>>)[format];
  const has =
    own?.test(text) ??
    (standard instanceof RegExp
      ? standard.test(text)
      : isValidated(standard)
        ? standard.validate(text)
        : true);
  return has ? undefined : formatExample(format);
}

function isValidated(format: unknown): format is { readonly validate: (text: string) => boolean } {
  const validate = (format as { readonly validate?: unknown } | undefined)?.validate;
  return typeof validate === "function";
}

export function formatExample(format: string): string | undefined {
  return ownFormats[format]?.example ?? standardExamples[format];
}
