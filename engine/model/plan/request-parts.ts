/** Keys of a request that say what it is; the others say whether it is sent, or judge its answer. */
export const requestParts: readonly string[] = [
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "query",
  "headers",
  "body",
  "call",
];
