import { isEmptyPlace } from '../feed/lane-ref.ts'
import { Glyph } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import type { Row } from './rows.ts'

/** The names of the rows: each broker with its consumers below it. */
export const RowNames = ({ rows, height }: { rows: readonly Row[]; height: number }) => (
  <ul className="fs-sm" aria-label="Rows">
    {rows.map(({ key, ref, consumer, group }) => (
      <li
        key={key}
        className={`flex items-center gap-2 overflow-hidden whitespace-nowrap border-t max-700:px-1.5 max-700:fs-xs ${
          consumer === null
            ? 'border-line-strong bg-hue-tint px-3 [--g-hole:var(--hue-tint)]'
            : 'pr-3 pl-6 max-1100:pl-3'
        }`}
        style={{ ...hueStyle(ref.manifest), height }}
        data-system={ref.manifest.id}
        data-consumer={consumer ?? undefined}
      >
        {consumer === null ? (
          <>
            <Glyph manifest={ref.manifest} />
            <b className="max-700:overflow-hidden max-700:text-ellipsis" title={ref.manifest.label}>
              {ref.manifest.label}
            </b>{' '}
            {isEmptyPlace(ref) ? (
              <span className="min-w-0 overflow-hidden text-ellipsis text-ink-2">no destination</span>
            ) : (
              <code
                className="min-w-0 overflow-hidden text-ellipsis text-ink-2 max-1100:hidden"
                title={ref.destination}
              >
                {ref.destination}
              </code>
            )}
          </>
        ) : (
          <>
            <span className="min-w-0 overflow-hidden text-ellipsis" title={consumer}>
              {consumer}
            </span>{' '}
            {group && (
              <span
                className="min-w-0 flex-[1_1_0] overflow-hidden text-ellipsis fs-xs text-ink-3 max-700:hidden"
                title={group}
              >
                {group}
              </span>
            )}
          </>
        )}
      </li>
    ))}
  </ul>
)
