import type { MadeMember, Maybe, PackedShape, Place, Shape } from "./contract.ts";
import { packRead, readAt, spanOf } from "./kept-parts.ts";

export function maybeShape(shape: Shape | undefined): Maybe<PackedShape> {
  return shape === undefined ? [] : [packShape(shape)];
}

function packShape(shape: Shape): PackedShape {
  switch (shape.kind) {
    case "constant":
      return ["constant", shape.value, spanOf(shape.at)];
    case "object": {
      const members = [...shape.members].map(
        ([name, member]) => [name, maybeShape(member.shape), spanOf(member.at)] as const,
      );
      return ["object", members, shape.isOpen, spanOf(shape.at)];
    }
    case "list":
      return ["list", shape.items.map(maybeShape), spanOf(shape.at)];
    case "many":
      return ["many", packShape(shape.item)];
    case "either":
      return ["either", shape.of.map(packShape)];
    case "read":
      return ["read", packRead(shape.read)];
    case "type":
      return ["type", shape.type, shape.by, spanOf(shape.at)];
  }
}

/** The shape of the expression where it stands. */
export function shapeAt(packed: PackedShape, place: Place): Shape {
  const maybeAt = ([one]: Maybe<PackedShape>) => one && shapeAt(one, place);
  switch (packed[0]) {
    case "constant": {
      const [kind, value, span] = packed;
      return { kind, value, at: place.ref(...span) };
    }
    case "object": {
      const [kind, members, isOpen, span] = packed;
      const made = members.map(([name, shape, own]): [string, MadeMember] => [
        name,
        { shape: maybeAt(shape), at: place.ref(...own) },
      ]);
      return { kind, members: new Map(made), isOpen, at: place.ref(...span) };
    }
    case "list": {
      const [kind, items, span] = packed;
      return { kind, items: items.map(maybeAt), at: place.ref(...span) };
    }
    case "many":
      return { kind: "many", item: shapeAt(packed[1], place) };
    case "either":
      return { kind: "either", of: packed[1].map((one) => shapeAt(one, place)) };
    case "read":
      return { kind: "read", read: readAt(packed[1], place) };
    case "type": {
      const [kind, type, by, span] = packed;
      return { kind, type, by, at: place.ref(...span) };
    }
  }
}
