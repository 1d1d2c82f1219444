import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findWorkspace, readWorkspace } from "../../cli/workspace/read.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-read-"));
  mkdirSync(join(root, "flows"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("reading a workspace", () => {
  test("a folder with the name of a file is said to be one", () => {
    mkdirSync(join(root, "sluice.yaml"));
    expect(() => readWorkspace(root)).toThrow(/sluice\.yaml cannot be read: it is a folder/);
  });

  test("a link that leads to itself is said to do so", () => {
    symlinkSync("a.yaml", join(root, "flows/a.yaml"));
    expect(() => readWorkspace(root)).toThrow(/a\.yaml cannot be read: it is a symbolic link/);
  });

  test("a link to a folder above is followed once, and one that leads nowhere is told", () => {
    writeFileSync(join(root, "flows/a.yaml"), "flow: a\n");
    symlinkSync("..", join(root, "flows/above"));
    const { files } = readWorkspace(root);
    expect(Object.values(files)).toEqual(["flow: a\n"]);
    symlinkSync("nowhere.yaml", join(root, "flows/gone.yaml"));
    expect(() => readWorkspace(root)).toThrow(
      /gone\.yaml is a link to nowhere\.yaml, which is not/,
    );
  });

  test("a link out of the workspace is refused, file or folder, and one within it is followed", () => {
    const outside = mkdtempSync(join(tmpdir(), "sluice-outside-"));
    try {
      writeFileSync(join(outside, "secret.yaml"), "password: hunter2\n");
      mkdirSync(join(root, "..data"));
      writeFileSync(join(root, "..data/b.yaml"), "flow: b\n");
      symlinkSync("../..data/b.yaml", join(root, "flows/b.yaml"));
      expect(Object.keys(readWorkspace(root).files)).toEqual(["flows/b.yaml"]);
      for (const [target, name] of [
        [join(outside, "secret.yaml"), "flows/c.yaml"],
        [outside, "flows/more"],
        [outside, "mappings"],
        [join(outside, "secret.yaml"), "sluice.yaml"],
        ["../..", "flows/above"],
      ] as const) {
        symlinkSync(target, join(root, name));
        expect(() => readWorkspace(root), name).toThrow(/is a link out of the workspace/);
        rmSync(join(root, name));
      }
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test("a device, a pipe or a socket is said to be no file, and nobody waits for it", async () => {
    const server = createServer().listen(join(root, "flows/a.yaml"));
    try {
      await once(server, "listening");
      expect(() => readWorkspace(root)).toThrow(/a\.yaml cannot be read: it is no regular file/);
    } finally {
      server.close();
    }
  });

  test("a folder that is nearly named as one that is read is told", () => {
    mkdirSync(join(root, "Mappings"));
    expect(() => readWorkspace(root)).toThrow(/Mappings is not read/);
    rmSync(join(root, "Mappings"), { recursive: true });
    mkdirSync(join(root, "schema"));
    expect(() => readWorkspace(root)).toThrow(/schema is not read/);
    mkdirSync(join(root, "schemas"));
    expect(readWorkspace(root).files).toEqual({});
  });

  test("tests of flows in a folder of their own are told, and those of other tools are not", () => {
    mkdirSync(join(root, "tests"));
    writeFileSync(join(root, "tests/chart.test.yaml"), "suite: a chart\n");
    expect(readWorkspace(root).files).toEqual({});
    writeFileSync(join(root, "tests/a.test.yaml"), "test: it works\nflow: a\ncases: []\n");
    expect(() => readWorkspace(root)).toThrow(
      expect.objectContaining({
        message: `${join(root, "tests/a.test.yaml")} is not read`,
        help: "tests stand beside their flows: move it below flows/",
      }),
    );
  });

  test("sluice.yml is told from a folder without any", () => {
    writeFileSync(join(root, "sluice.yml"), "workspace: a\n");
    for (const given of [root, undefined]) {
      expect(() => findWorkspace(given, root)).toThrow(
        expect.objectContaining({ help: "rename sluice.yml to sluice.yaml" }),
      );
    }
  });

  test("a byte order mark is no part of the text", () => {
    writeFileSync(join(root, "sluice.yaml"), "\uFEFFworkspace: a\n");
    expect(readWorkspace(root).files["sluice.yaml"]).toBe("workspace: a\n");
  });
});
