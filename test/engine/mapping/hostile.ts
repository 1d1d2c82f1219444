/** An expression that harms whoever evaluates it without bounds, and how it ends here. */
export interface Hostile {
  readonly name: string;
  readonly text: string;
  /** The error's code without its room, or the value. */
  readonly ends: { readonly code: string } | { readonly value: unknown };
}

const error = (name: string, text: string, code: string): Hostile => ({
  name,
  text,
  ends: { code },
});
const value = (name: string, text: string, given: unknown): Hostile => ({
  name,
  text,
  ends: { value: given },
});

const objects = "[1..20000].{ 'id': $, 'name': 'n' & $, 'x': [1, { 'y': $ }] }";
const doubled = (first: string, twice: string) =>
  `($d := function($s, $n) { $n = 0 ? $s : $d(${twice}, $n - 1) }; $d(${first}, 40))`;
const shared = doubled("1", "{ 'a': $s, 'b': $s }");
const nested = doubled("{ 'a': 1 }", "[[$s], [$s]]");
const long = "$pad('', 1000000, 'ab')";

/** What is known to kill, block or fill the library: each of its kinds. */
export const known: readonly Hostile[] = [
  error("recursion", "($f := function($n) { 1 + $f($n) }; $f(1))", "too-deep"),
  error(
    "recursion by two",
    "($f := function() { 1 + $g() }; $g := function() { 1 + $f() }; $f())",
    "too-deep",
  ),
  error("tail recursion", "($f := function() { $f() }; $f())", "out-of-fuel"),
  error("tail recursion that counts", "($f := function($n) { $f($n + 1) }; $f(1))", "out-of-fuel"),
  error("self-application", "(function($x) { $x($x) })(function($x) { $x($x) })", "too-deep"),
  error("a long range", "[1..1e7]", "list-too-long"),
  error("ranges in ranges", "[1..1000].[1..1000].[1..1000]", "out-of-fuel"),
  error(
    "functions over ranges",
    "$map([1..200000], function($i) { $map([1..200000], function($j) { $i * $j }) })",
    "out-of-fuel",
  ),
  error("padding", "$pad('x', 5e8)", "text-too-long"),
  error("padding again and again", "[1..1000].$pad('x', 100000)", "out-of-fuel"),
  error("a doubled text", "($d := function($s) { $d($s & $s) }; $d('x'))", "text-too-long"),
  error("a doubled list", "($d := function($s) { $d($append($s, $s)) }; $d([1]))", "list-too-long"),
  error("a doubled object", shared, "result-too-large"),
  error(
    "joining",
    "$join([1..100000].('0123456789012345678901234567890123456789012345'))",
    "text-too-long",
  ),
  error(
    "replacing",
    "$replace($pad('', 100000, 'x'), 'x', $pad('', 100000, 'y'))",
    "text-too-long",
  ),
  value("a pattern that backtracks", "$contains($pad('', 20000, 'a') & '!', /(a+)+$/)", false),
  error(
    "it, again and again",
    "($t := $pad('', 20000, 'a') & '!'; [1..1000].$contains($t, /(a+)+$/))",
    "out-of-fuel",
  ),
  value("$distinct of 20,000 objects", `$count($distinct(${objects}))`, 20_000),
  value("$sort of 20,000 numbers", "$count($sort([1..20000].(($ * 7919) % 20011)))", 20_000),
  value("$sort by a function", "$count($sort([1..5000], function($a, $b) { $a < $b }))", 5_000),
  value("^() of 20,000 numbers", "$count([1..20000]^(>$))", 20_000),
  value("groups of 20,000 objects", `$count($keys(${objects}{ $string(id): x }))`, 20_000),
  value("a prototype read", "$exists({}.`__proto__`.toString)", false),
  value("a constructor's prototype", "$exists({}.constructor.prototype)", false),
  value(
    "a prototype as key",
    "{ '__proto__': { 'polluted': true } }",
    JSON.parse('{"__proto__":{"polluted":true}}'),
  ),
  value(
    "a prototype merged",
    "$count($keys($merge([{ '__proto__': { 'polluted': true } }, { 'constructor': { 'prototype': { 'polluted': true } } }])))",
    2,
  ),
  value(
    "a prototype changed",
    "{ 'a': 1 } ~> |$|{ '__proto__': { 'polluted': true } }|",
    JSON.parse('{"a":1,"__proto__":{"polluted":true}}'),
  ),
];

/** The same harm by other ways: one for each operation that once cost more than it said. */
export const further: readonly Hostile[] = [
  error("shared parts compared", `${shared} = ${shared}`, "out-of-fuel"),
  error("shared parts distinguished", `$distinct([${shared}, ${shared}])`, "out-of-fuel"),
  error("shared parts as text", `$length($string(${shared}))`, "out-of-fuel"),
  error("shared parts walked", `$count(${shared}.**)`, "list-too-long"),
  error("shared parts copied", `$count($keys(${shared} ~> |$|{ 'x': 1 }|))`, "out-of-fuel"),
  error("nested lists looked up", `$count($lookup(${nested}, 'a'))`, "list-too-long"),
  error("nested lists tested", `$boolean(${doubled("0", "[[$s], [$s]]")})`, "out-of-fuel"),
  error("nested lists flattened", `$count(${nested}.*)`, "list-too-long"),
  error("nested lists' keys", `$keys(${nested})`, "out-of-fuel"),
  error("nested lists spread", `$count($spread(${nested}))`, "list-too-long"),
  error(
    "a growing object merged",
    "$reduce([1..20000], function($a, $i) { $merge([$a, { $string($i): $i }]) }, {})",
    "out-of-fuel",
  ),
  error(
    "a growing list appended to",
    "$count($reduce([1..100000], function($a, $b) { $append($a, $b) }))",
    "out-of-fuel",
  ),
  error(
    "a cross product",
    "($r := { 'o': [1..20000].{ 'x': $ } }; $count($r.o@$a.$r.o@$b.{ 'x': $a }))",
    "list-too-long",
  ),
  error(
    "a parent of everything",
    "($o := [1..20000].{ 'x': [1, 2] }; $count({ 'o': $o }.o.x.%.%.o))",
    "out-of-fuel",
  ),
  error(
    "many patterns with groups",
    "$count($match($pad('', 2000000, 'a'), /(a)/))",
    "out-of-fuel",
  ),
  error("many plain patterns", "$count($match($pad('', 2000000, 'a'), /a/))", "out-of-fuel"),
  error(
    "a pattern that looks far ahead",
    "$count($match($pad('', 100000, 'a'), /a(.*b)?/))",
    "out-of-fuel",
  ),
  error(
    "a part that nearly fits everywhere",
    "[1..100].$contains($pad('', 1000000, 'a'), $pad('', 2000, 'a') & 'b' & $pad('', 2000, 'a'))",
    "out-of-fuel",
  ),
  error(
    "a long text split into characters",
    "$count($split($pad('', 4000000, 'x'), ''))",
    "list-too-long",
  ),
  error(
    "long texts made large",
    `($s := ${long}; [1..1000].$length($uppercase($s)))`,
    "out-of-fuel",
  ),
  error("long texts cut", `($s := ${long}; [1..100000].$substring($s, 1, 999990))`, "out-of-fuel"),
  error("long texts measured", `($s := ${long}; [1..100000].$length($s))`, "out-of-fuel"),
  error(
    "long texts searched",
    `($s := ${long}; [1..100000].$substringBefore($s, 'abc'))`,
    "out-of-fuel",
  ),
  error("long texts trimmed", `($s := ${long}; [1..1000].$length($trim($s)))`, "out-of-fuel"),
  error(
    "long texts compared",
    `($s := ${long} & 'a'; $t := ${long} & 'b'; [1..100000].($s = $t))`,
    "out-of-fuel",
  ),
  error(
    "long texts ordered",
    `($s := ${long} & 'a'; $t := ${long} & 'b'; [1..100000].($s < $t))`,
    "out-of-fuel",
  ),
  error(
    "long texts encoded",
    `($s := ${long}; [1..1000].$length($base64encode($s)))`,
    "out-of-fuel",
  ),
  error("numbers formatted", "[1..100000].$formatNumber($, '#,##0.00')", "out-of-fuel"),
  error(
    "times formatted",
    "[1..100000].$fromMillis($, '[Y0001]-[M01]-[D01] [FNn] [h#1]:[m01][P]')",
    "out-of-fuel",
  ),
  error("times read", "[1..100000].$toMillis('2018-01-01', '[Y]-[M]-[D]')", "out-of-fuel"),
  error(
    "times of a zone",
    "[1..200000].$addDays('2026-01-01T00:00:00Z', $, 'Europe/Berlin')",
    "out-of-fuel",
  ),
  error("long divisions", "[1..200000].$div('1', '3', 60)", "out-of-fuel"),
  error(
    "long sums",
    "$reduce([1..200000], function($a, $b) { $add($a, '12345678901234567.123456') }, '0')",
    "out-of-fuel",
  ),
];
