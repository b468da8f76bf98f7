const WIDTH = 120
const HEIGHT = 16

/** Null breaks the line: no value was reported for that second. */
type Points = readonly (number | null)[]

function pathOf(values: Points, top: number): string {
  const step = WIDTH / Math.max(1, values.length - 1)
  let broken = true
  return values
    .map((value, index) => {
      if (value === null) {
        broken = true
        return ''
      }
      const verb = broken ? 'M' : 'L'
      broken = false
      return `${verb}${(index * step).toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`
    })
    .join('')
}

/** A number over the last minute, newest on the right. Its scale is its own highest value, or `top` where that is more. */
export function Spark({ values, top = 1 }: { values: Points; top?: number }) {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), top)
  return (
    <svg
      className="h-4 min-w-6 max-w-30 flex-[1_1000_48px] fill-none"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path
        className="stroke-line-strong"
        vectorEffect="non-scaling-stroke"
        d={`M0 ${HEIGHT - 1}H${WIDTH}`}
      />
      <path
        className="stroke-[var(--hue,var(--ink-2))]"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        d={pathOf(values, highest)}
      />
    </svg>
  )
}

/** For values that are reported now and then: each holds until the next one. */
export function heldOn(values: Points): Points {
  let last: number | null = null
  return values.map((value) => {
    last = value ?? last
    return last
  })
}
