import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createLog,
  ForwardTime,
  SystemClock,
  SystemIds,
  SystemSecrets,
} from "../../../engine/ports/system/index.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";

describe("system ids", () => {
  test("are UUIDv7, all different, and sort in the order they were made", () => {
    const ids = new SystemIds();
    // The time stands still, goes on, and goes back.
    const made = [5, 5, 6, 4].flatMap((now) =>
      Array.from({ length: 3_000 }, () => ids.next(1_767_225_600_000 + now)),
    );
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
    for (const id of made.slice(0, 50)) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(Number.parseInt((made[0] ?? "").replaceAll("-", "").slice(0, 12), 16)).toBe(
      1_767_225_600_005,
    );
  });

  test("give a new trace, a span within a parent's, and none to a malformed parent", () => {
    const ids = new SystemIds();
    const pattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;
    expect(ids.traceparent()).toMatch(pattern);
    const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    const child = ids.traceparent(parent);
    expect(child.slice(0, 36)).toBe(parent.slice(0, 36));
    expect(child.slice(-2)).toBe("00");
    expect(child).not.toBe(parent);
    expect(ids.traceparent("00-nonsense")).toMatch(pattern);
  });

  test("give luck in [0, 1)", () => {
    const ids = new SystemIds();
    const drawn = Array.from({ length: 5_000 }, () => ids.random());
    expect(drawn.every((luck) => luck >= 0 && luck < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(4_990);
  });
});

describe("system secrets", () => {
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), "sluice-secrets-"));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true });
  });

  test("come from the variable, then the file it names, then the folder", () => {
    const mounted = folder();
    const file = join(folder(), "password.txt");
    writeFileSync(file, "from the named file\n");
    for (const name of ["A", "B", "C"])
      writeFileSync(join(mounted, name), `${name} in the folder\r\n`);
    const secrets = new SystemSecrets({ A: "from the variable", B_FILE: file }, mounted);
    expect(["A", "B", "C", "D"].map((name) => secrets.secret(name))).toEqual([
      "from the variable",
      "from the named file",
      "C in the folder",
      undefined,
    ]);
  });

  test("are read again when their file changed", () => {
    const mounted = folder();
    const secrets = new SystemSecrets({}, mounted);
    expect(secrets.secret("TOKEN")).toBeUndefined();
    writeFileSync(join(mounted, "TOKEN"), "old");
    expect(secrets.secret("TOKEN")).toBe("old");
    writeFileSync(join(mounted, "TOKEN"), "newer");
    expect(secrets.secret("TOKEN")).toBe("newer");
  });

  test("that are empty count as not set, and a name leads out of no folder", () => {
    const mounted = folder();
    writeFileSync(join(mounted, "EMPTY"), "");
    const secrets = new SystemSecrets({ BLANK: "" }, mounted);
    expect(["EMPTY", "BLANK", "../EMPTY", "PATH/../EMPTY"].map((n) => secrets.secret(n))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the log", () => {
  const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
  const lines = (
    options: Partial<Parameters<typeof createLog>[0]>,
    write: (log: ReturnType<typeof createLog>) => void,
  ): string[] => {
    const written: string[] = [];
    write(
      createLog({ clock, format: "json", write: (line) => void written.push(line), ...options }),
    );
    return written;
  };

  test("writes one JSON object a line, and no field passes for the envelope", () => {
    const [line] = lines({}, (log) =>
      log.write("warn", "two\nlines", { adapter: "erp", level: "info", nested: { a: 1 } }),
    );
    expect(line).not.toContain("\n");
    expect(JSON.parse(line ?? "")).toEqual({
      at: "2026-01-02T03:04:05.006Z",
      level: "warn",
      message: "two\nlines",
      adapter: "erp",
      nested: { a: 1 },
    });
  });

  test("leaves out what is below its level", () => {
    const written = lines({ level: "warn" }, (log) => {
      for (const level of ["debug", "info", "warn", "error"] as const) log.write(level, level);
    });
    expect(written.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
      "warn",
      "error",
    ]);
  });

  test("for people lets no control character of a partner reach the terminal", () => {
    const [line] = lines({ format: "pretty" }, (log) =>
      log.write("error", "bad \u001B[31m news", { why: "line\nbreak", path: "steps.a" }),
    );
    expect(line).toBe('03:04:05.006 error bad \\u001b[31m news why="line\\nbreak" path=steps.a');
  });

  test("is coloured only when it is told to be", () => {
    const [line] = lines({ format: "pretty", color: true }, (log) => log.write("info", "hello"));
    expect(line).toContain("\u001B[36minfo");
  });
});

describe("the engine's time", () => {
  const hour = 3_600_000;
  const set = (error: { ms: number }, time: { ms: number }): ForwardTime =>
    new ForwardTime(
      () => time.ms + error.ms,
      () => time.ms,
    );

  test("is the machine's as long as that goes on", () => {
    const time = { ms: 1_000 };
    const clock = set({ ms: 0 }, time);
    expect(clock.now()).toBe(1_000);
    time.ms += 5;
    expect(clock.now()).toBe(1_005);
  });

  test("follows a clock that is set forward at once", () => {
    const [error, time] = [{ ms: 0 }, { ms: 0 }];
    const clock = set(error, time);
    clock.now();
    error.ms = 3 * hour;
    expect(clock.now()).toBe(3 * hour);
  });

  test("goes on at half its pace where the clock is set back, until the two meet", () => {
    const [error, time] = [{ ms: 3 * hour }, { ms: 0 }];
    const clock = set(error, time);
    clock.now();
    error.ms = 0;
    expect(clock.now()).toBe(3 * hour);
    time.ms += hour;
    expect(clock.now()).toBe(3.5 * hour);
    time.ms += 4 * hour;
    expect(clock.now()).toBe(5.5 * hour);
    time.ms += 2 * hour;
    expect(clock.now()).toBe(7 * hour);
  });

  test("never goes back and never stands still, wherever the clock is set (seeds 1 to 50)", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const luck = new SeededIds(seed);
      const [error, time] = [{ ms: 0 }, { ms: 0 }];
      const clock = set(error, time);
      let before = clock.now();
      for (let step = 0; step < 200; step += 1) {
        if (luck.random() < 0.1) error.ms += (luck.random() - 0.5) * 20 * hour;
        const passed = 2 + luck.random() * hour;
        time.ms += passed;
        const now = clock.now();
        expect(now - before, `seed ${seed}`).toBeGreaterThanOrEqual(Math.floor(passed / 2));
        before = now;
      }
    }
  });
});

describe("the system clock", () => {
  test("wakes once, not before its time, and not when it was cancelled", async () => {
    const clock = new SystemClock();
    const at = clock.now() + 5;
    const woken: number[] = [];
    const cancel = clock.schedule(at, () => woken.push(-1));
    cancel();
    await new Promise<void>((resolve) => {
      clock.schedule(at, () => {
        woken.push(clock.now());
        resolve();
      });
    });
    expect(woken).toHaveLength(1);
    expect(woken[0]).toBeGreaterThanOrEqual(at);
  });

  test("notices within half a minute that the machine's clock was set forward", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const clock = new SystemClock();
    let isWoken = false;
    clock.schedule(clock.now() + 7 * 3_600_000, () => (isWoken = true));
    vi.setSystemTime(clock.wall() + 8 * 3_600_000);
    vi.advanceTimersByTime(29_999);
    expect(isWoken).toBe(false);
    vi.advanceTimersByTime(1);
    expect(isWoken).toBe(true);
  });

  test("takes a time beyond what the machine's timers can count", () => {
    const clock = new SystemClock();
    let woken = false;
    const cancel = clock.schedule(clock.now() + 400 * 86_400_000, () => (woken = true));
    cancel();
    expect(woken).toBe(false);
  });
});
