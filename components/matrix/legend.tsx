import { catalog } from '#lib/brokers/catalog.ts'
import { hueStyle } from '../ui/look.ts'
import type { CellLook } from '../words/cells.ts'
import { AwaySwatch, CellShape } from './cell-shape.tsx'

/** What each shape means, in the hue of a system that uses it (index in the catalog). */
const ENTRIES: ReadonlyArray<readonly [look: CellLook, words: string, system: number]> = [
  ['waiting', 'waiting for ack', 0],
  ['delivered', 'delivered', 1],
  ['read', 'read, not committed', 2],
  ['done', 'acked or committed', 0],
  ['redone', 'redelivered', 0],
  ['lost', 'lost in a crash', 0],
  ['back', 'went back', 0],
  ['rejected', 'rejected', 0],
  ['dead', 'dead-lettered', 0],
  ['never', 'never', 0],
]

export function Legend() {
  return (
    <ul
      className="flex flex-none flex-wrap gap-x-5 max-700:gap-x-3 max-700:px-1 gap-y-1 px-4 pt-3 fs-xs text-ink-2 leading-sm"
      aria-label="Legend"
    >
      {ENTRIES.map(([look, words, system]) => {
        const manifest = catalog[system]
        return (
          <li key={look} className="flex items-center gap-1.5" style={manifest && hueStyle(manifest)}>
            <CellShape look={look} />
            {words}
          </li>
        )
      })}
      <li className="flex items-center gap-1.5">
        <AwaySwatch />
        away, waits or missed it
      </li>
    </ul>
  )
}
