/**
 * Half to even on the decimal digits, as `$round` does and as amounts need it:
 * `Math.round(value * 100) / 100` makes 1.01 of 1.015.
 */
export function cents(value: number): number {
  const size = Math.abs(value);
  // Numbers that are written with an exponent.
  if (size < 1e-6) return 0;
  if (size >= 1e19) return value;
  const scaled = Number(`${value}e2`);
  const whole = Math.round(scaled);
  const isTie = Math.abs(scaled % 1) === 0.5;
  return (isTie && whole % 2 !== 0 ? whole - 1 : whole) / 100;
}
