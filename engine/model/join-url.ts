/** An adapter's address and a request's path, with one `/` between them, whoever wrote it or forgot it. */
export function joinUrl(base: string, path: string): string {
  if (path === "") return base;
  const stem = base.replace(/\/+$/, "");
  return path.startsWith("?") ? `${stem}${path}` : `${stem}/${path.replace(/^\/+/, "")}`;
}
