import { encode } from 'uqr'

/** Modules of white around the code: ISO/IEC 18004 asks for four, without which readers miss its corners. */
const QUIET_ZONE = 4

/** The dark modules as one path of the code's own units, a run of neighbours in a row at a time. */
function qrPath(text: string): { path: string; size: number } {
  const { data, size } = encode(text, { border: 0, ecc: 'M' })
  const runs = data.flatMap((row, y) =>
    runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`),
  )
  return { path: runs.join(''), size }
}

/** Where a run of dark modules begins in a row, and how long it is. */
function runsOf(row: readonly boolean[]): Array<[x: number, length: number]> {
  const runs: Array<[number, number]> = []
  row.forEach((dark, x) => {
    const last = runs.at(-1)
    if (!dark) return
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1
    else runs.push([x, 1])
  })
  return runs
}

/**
 * A QR code of `text`, dark on white in both themes, with its quiet zone. As large as its classes say (`size-…`); `label` is
 * its accessible name and says what scanning it does.
 */
export function QrCode({ text, label, className = '' }: { text: string; label: string; className?: string }) {
  const { path, size } = qrPath(text)
  const side = size + 2 * QUIET_ZONE
  return (
    <svg
      role="img"
      aria-label={label}
      className={`bg-qr-ground ${className}`}
      viewBox={`${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`}
      shapeRendering="crispEdges"
    >
      <path d={path} className="fill-qr-module" />
    </svg>
  )
}
