/** A set of whole numbers, of which many follow one another: first and last of each run, in order. Never changed in place. */
export type NumberRuns = ReadonlyArray<readonly [first: number, last: number]>

export function runsOf(numbers: Iterable<number>): NumberRuns {
  const runs: Array<[number, number]> = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run && number <= run[1] + 1) run[1] = number
    else runs.push([number, number])
  }
  return runs
}

export const hasNumber = (runs: NumberRuns, number: number): boolean =>
  runs.some(([first, last]) => first <= number && number <= last)

export const withoutNumber = (runs: NumberRuns, number: number): NumberRuns =>
  runs.flatMap(([first, last]) => {
    if (number < first || last < number) return [[first, last] as const]
    const parts = [[first, number - 1] as const, [number + 1, last] as const]
    return parts.filter(([from, to]) => from <= to)
  })

/** Those beyond `number`. */
export const numbersAfter = (runs: NumberRuns, number: number): NumberRuns =>
  runs.filter(([, last]) => last > number).map(([first, last]) => [Math.max(first, number + 1), last])

export const sizeOf = (runs: NumberRuns): number =>
  runs.reduce((size, [first, last]) => size + last - first + 1, 0)
