/** The text of a load's `n`th message: its number, padded to `size` bytes of ASCII. */
export function createLoadText(size: number): (n: number) => string {
  const padding = PATTERN.repeat(Math.ceil(size / PATTERN.length)).slice(0, size)
  return (n) => {
    const label = `${n} `
    return label.length >= size ? String(n).slice(-size) : label + padding.slice(label.length)
  }
}

const PATTERN = 'the quick brown fox jumps over the lazy dog '
