/**
 * Stable merge sort that asks its question about the same pairs as the reference, so that even a
 * comparator that contradicts itself gives the same order. `isAfter(a, b)`: b comes first.
 */
export function mergeSort<T>(items: readonly T[], isAfter: (a: T, b: T) => boolean): T[] {
  if (items.length <= 1) return [...items];
  const middle = Math.floor(items.length / 2);
  const left = mergeSort(items.slice(0, middle), isAfter);
  const right = mergeSort(items.slice(middle), isAfter);
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const a = left[l] as T;
    const b = right[r] as T;
    if (isAfter(a, b)) {
      merged.push(b);
      r += 1;
    } else {
      merged.push(a);
      l += 1;
    }
  }
  while (l < left.length) merged.push(left[l++] as T);
  while (r < right.length) merged.push(right[r++] as T);
  return merged;
}
