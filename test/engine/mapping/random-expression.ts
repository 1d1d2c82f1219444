/** Expressions at random, over documents with the fields `a` to `f`. */
export function randomExpression(random: () => number, depth = 4): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const one = (): string => randomExpression(random, depth - 1);
  const name = (): string => pick(["a", "b", "c", "d", "e", "f", "list"]);
  const leaf = (): string =>
    pick([
      name,
      name,
      () => `${name()}.${name()}`,
      () => `${name()}.${name()}.${name()}`,
      () => pick(["1", "0", "2.5", "-3", '"x"', '"1"', '""', "true", "false", "null"]),
      () => pick(["$", "$$.a", "$$.list", "$v", "$w", "$nope", "[]", "{}"]),
    ])();
  if (depth <= 0) return leaf();
  return pick([
    leaf,
    () => `${one()}.${name()}`,
    () => `(${one()}).${name()}`,
    () => `${name()}.(${one()})`,
    () => `${name()}[${one()}]`,
    () => `${name()}.${name()}[${pick(["0", "-1", "1", "a", "a = 1", "b > 1"])}].${name()}`,
    () => `(${one()})[${one()}]`,
    () => `${name()}.${name()}[]`,
    () => `${name()}^(${pick(["", ">"])}${name()}, ${name()})`,
    () => `${name()}.{ "k": ${one()}, "l": ${one()} }`,
    () => `{ "k": ${one()}, "l": ${one()}, "m": ${one()} }`,
    () => `${name()}{ $string(${name()}): ${one()} }`,
    () => `[${one()}, ${one()}]`,
    () => `[${one()}]`,
    () => `${name()}.[${one()}]`,
    () => `(${one()} ${pick(["+", "-", "*", "/", "%", "&", "=", "!=", "<", ">=", "in"])} ${one()})`,
    () => `(${one()} ${pick(["and", "or"])} ${one()})`,
    () => `(${one()} ? ${one()} : ${one()})`,
    () => `(${one()} ? ${one()})`,
    () => `(${name()}.${name()} ?? ${one()})`,
    () => `(${one()} ${pick(["??", "?:"])} ${one()})`,
    () => `( $v := ${one()}; ${one()} )`,
    () => `( $v := ${one()}; $w := ${one()}; ${one()} )`,
    () => `( $g := function($v) { ${one()} }; $g(${one()}) )`,
    () => `( $g := function($v, $w) { ${one()} }; [$g(${one()}, ${one()}), $g(${one()})] )`,
    () => `$map(${one()}, function($v${pick(["", ", $w"])}) { ${one()} })`,
    () => `$filter(${one()}, function($v) { ${one()} })`,
    () => `$reduce(list, function($v, $w) { ${one()} })`,
    () => `${pick(functions)}(${one()})`,
    () => `${pick(functions)}(${one()})`,
    () => `${pick(pairs)}(${one()}, ${one()})`,
    () => `${one()} ~> ${pick(functions)}()`,
    () => `-${name()}`,
    () => `*.${name()}`,
    () => `**.${name()}`,
    () => `list#$v.{ "n": $v, "x": ${one()} }`,
    () => `list@$v.(${one()})`,
    () => `$sort(${one()})`,
    () => `($w := ${one()}; function($v){ ${one()} })(${one()})`,
    () => rare(random, one, name),
    () => rare(random, one, name),
  ])();
}

/** What fewer mappings have: sorts after sorts, joins, parents, patterns, partial calls, signatures, changes, dates. */
function rare(random: () => number, one: () => string, name: () => string): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const way = (): string => pick(["", "<", ">"]);
  const pattern = (): string =>
    pick(["/[a-z]+/", "/\\d/i", "/x|1/", "/(.)(b?)/", "/[ ,.]+/", "/-/"]);
  const picture = (): string =>
    pick(["[Y0001]-[M01]-[D01]", "[D]/[M]/[Y]", "[H01]:[m01]", "[Y][M01]", "[FNn], [D1o] [MNn]"]);
  return pick([
    () => `${name()}^(${way()}${name()})^(${way()}${name()}, ${way()}$string(${name()}))`,
    () => `${name()}.${name()}^(${way()}${one()})[${pick(["0", "-1", "a"])}]`,
    () => `${name()}.${name()}{ $string(${name()}): $count($), "k": ${one()} }`,
    () => `list{ $type($): ${one()} }`,
    () => `${name()}.(%.${name()})`,
    () => `${name()}.${name()}.{ "k": %.${name()}, "l": %.%.${name()} }`,
    () => `${name()}.${name()}[%.${name()} = ${one()}]`,
    () => `list@$v.${name()}@$w[$v.${name()} = $w].{ "k": $v, "l": ${one()} }`,
    () => `${name()}#$v[$v < 2].${name()}#$w.[$v, $w, ${one()}]`,
    () => `${name()}[${one()}]#$v.${name()}[$v = 0]`,
    () => `$match(${one()}, ${pattern()})`,
    () => `$replace(${one()}, ${pattern()}, ${pick(['"y"', '"[$1]"', '"$0$0"', '"$$"'])})`,
    () =>
      `$replace(${one()}, ${pattern()}, function($v) { ${pick(["$v.match", "$uppercase($v.match)", "$v.groups[0]"])} })`,
    () => `$${pick(["contains", "split"])}(${one()}, ${pattern()})`,
    () =>
      // A built-in with fixed arguments takes any others unchecked, so they are of the right type here.
      `( $g := ${pick(["$substring(?, 0, 1)", "$append(?, a)", "$pad(?, 3)"])}; $g($string(${one()})) )`,
    () =>
      `( $g := function($v, $w) { ${one()} }; $h := $g(?, ${one()}); [$h(${one()}), $map(list, $h)] )`,
    () =>
      `(function($v)<${pick(["n:n", "s:s", "s-:s", "a<n>:n", "x?:x", "(sn):b", "o:o", "a:a", "b-:b"])}>{ ${one()} })(${pick([one(), ""])})`,
    () =>
      `(function($v, $w)<${pick(["ns?:s", "xx:x", "a<s>s-:s", "o-n:n"])}>{ ${one()} })(${one()}, ${one()})`,
    () =>
      `${pick(["$", name(), `${name()}.${name()}`])} ~> |${pick(["$", "a", "list", "**"])}|{ "b": ${one()} }${pick(["", ', "a"', ', ["a", "c"]'])}|`,
    () =>
      `$fromMillis(${pick(["0", "1767225600000", "-1", one()])}, "${picture()}"${pick(["", ', "+0200"', ', "-0530"'])})`,
    () =>
      `$toMillis(${pick([`"2026-03-31"`, `"31/3/2026"`, `"2026-03-31T10:11:12+02:00"`, one()])}${pick(["", `, "${picture()}"`])})`,
    () =>
      `$sort(${one()}, function($v, $w) { ${pick(["$v.a > $w.a", "$v < $w", "$string($v) > $string($w)"])} })`,
    () => `$${pick(["each", "sift"])}(${one()}, function($v, $w) { ${one()} })`,
    () => `$single(${one()}, function($v) { ${one()} })`,
    () => `$formatNumber(${one()}, "${pick(["#,##0.00", "0", "00.#", "#0%"])}")`,
    () =>
      `$${pick(["base64encode", "encodeUrlComponent", "formatBase", "sqrt", "average", "min"])}(${one()})`,
    () => `[${pick(["1", "0", "-1", name()])}..${pick(["3", "0", name()])}].(${one()})`,
    () => `$map(${one()}, ${pick(["$string", "$number", "$keys", "$count", "$uppercase"])})`,
    () =>
      `${one()} ~> $map(function($v) { { "k": $v, "l": [${one()}] } }) ~> $filter(function($v) { $v.k })`,
    () => `((((${name()} ${pick(["??", "?:"])} ${name()}) ?? ${one()}) ?: ${name()}) ?? ${one()})`,
  ])();
}

const functions = [
  "$string $number $count $sum $exists $not $boolean $lowercase $uppercase $trim $length $round",
  "$keys $distinct $reverse $max $type $merge $optional $total $fromMillis $spread $floor $abs",
].flatMap((line) => line.split(" "));

const pairs = [
  "$append $lookup $join $contains $split $round $substring $substringBefore $substringAfter",
  "$add $sub $mul $lt $eq $roundTo $startsWith $money $zip",
].flatMap((line) => line.split(" "));

/** A document with lists, objects, texts and numbers in no particular order. */
export function randomDocument(random: () => number, depth = 3): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const kind = random();
  if (depth <= 0 || kind < 0.25) {
    return pick([
      1,
      0,
      2.5,
      -3,
      19.995,
      1e21,
      "x",
      "1",
      "",
      " a  b ",
      "12.50",
      "2026-03-31T10:11:12Z",
      "😀z",
      true,
      false,
      null,
    ]);
  }
  if (kind < 0.45 && depth < 3) {
    return Array.from({ length: Math.floor(random() * 4) }, () =>
      randomDocument(random, depth - 1),
    );
  }
  const document: Record<string, unknown> = {};
  for (const key of ["a", "b", "c", "d", "e", "f"]) {
    if (random() < 0.6) document[key] = randomDocument(random, depth - 1);
  }
  if (random() < 0.7) {
    const count = Math.floor(random() * 4);
    document["list"] = Array.from({ length: count }, () => randomDocument(random, depth - 1));
  }
  return document;
}
