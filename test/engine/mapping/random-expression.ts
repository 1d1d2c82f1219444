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
