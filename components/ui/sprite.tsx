import type { ReactNode } from 'react'
import type { Mode } from '#lib/protocol/names.ts'
import type { IconName } from './icon.tsx'

/**
 * The brokers' shapes are our own: a hexagon with a cross for an exchange, a diamond with a dot for a key, a square
 * with lines for a log.
 */
const GLYPHS: Record<string, ReactNode> = {
  rabbitmq: (
    <>
      <path d="M12 1 21.5 6.5v11L12 23 2.5 17.5v-11Z" fill="currentColor" />
      <path
        d="M8 8.4 16 15.6M8 15.6 16 8.4"
        stroke="var(--g-hole, var(--surface))"
        strokeWidth="2.2"
        strokeLinecap="round"
        fill="none"
      />
    </>
  ),
  redis: (
    <>
      <path d="M12 .8 23.2 12 12 23.2.8 12Z" fill="currentColor" />
      <circle cx="12" cy="12" r="3.4" fill="var(--g-hole, var(--surface))" />
    </>
  ),
  kafka: (
    <>
      <rect x="2" y="2" width="20" height="20" rx="3.5" fill="currentColor" />
      <path
        d="M6.5 8h6M6.5 12h11M6.5 16h8.5"
        stroke="var(--g-hole, var(--surface))"
        strokeWidth="2.2"
        strokeLinecap="round"
        fill="none"
      />
    </>
  ),
}

const MODES: Record<Mode, ReactNode> = {
  queue: (
    <>
      <rect x="1" y="2" width="9" height="3" rx="1" />
      <rect x="1" y="6.5" width="9" height="3" rx="1" />
      <rect x="6" y="11" width="9" height="3" rx="1" />
    </>
  ),
  fanout: (
    <>
      <circle cx="3" cy="8" r="2.2" />
      <path d="M4 8 12.5 3M4 8h8.5M4 8l8.5 5" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <circle cx="13" cy="2.8" r="1.9" />
      <circle cx="13" cy="8" r="1.9" />
      <circle cx="13" cy="13.2" r="1.9" />
    </>
  ),
  log: (
    <>
      <path d="M.5 3.5h4v6h-4zM6 3.5h4v6H6zM11.5 3.5h4v6h-4z" />
      <path d="m8 11 2.6 4H5.4z" />
    </>
  ),
}

const ICONS: Record<IconName, ReactNode> = {
  send: <path d="M3 8h10M8.5 3.5 13 8l-4.5 4.5" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  play: <path d="M5 3.2v9.6L12.5 8Z" />,
  'step-back': <path d="M12 3.2v9.6L5.5 8ZM3.5 3.5v9" />,
  minus: <path d="M3.5 8h9" />,
  step: <path d="M4 3.2v9.6L10.5 8ZM12.5 3.5v9" />,
  crash: (
    <path d="M5.6 6.2 3.9 7.9a2.97 2.97 0 0 0 4.2 4.2l1.7-1.7M10.4 9.8l1.7-1.7a2.97 2.97 0 0 0-4.2-4.2L6.2 5.6M2.5 2.5l11 11" />
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 4.8V8l2.2 1.6" />
    </>
  ),
  check: <path d="m3 8.5 3.3 3.3L13 5" />,
  x: <path d="m4 4 8 8M12 4l-8 8" />,
  redo: <path d="M13 8.5a5 5 0 1 1-1.6-3.7L13.3 6.5M13.3 3v3.5H9.8" />,
  phone: (
    <>
      <rect x="4.5" y="1.8" width="7" height="12.4" rx="1.4" />
      <path d="M7.2 12h1.6" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5.5" r="2.6" />
      <path d="M3 13.5c.5-2.6 2.4-3.9 5-3.9s4.5 1.3 5 3.9" />
    </>
  ),
  key: (
    <>
      <circle cx="5" cy="10.5" r="2.6" />
      <path d="m7 8.6 5.8-5.8M10.5 5l1.9 1.9" />
    </>
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  left: <path d="M9.5 4.5 6 8l3.5 3.5" />,
  right: <path d="m6.5 4.5 3.5 3.5-3.5 3.5" />,
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" />
    </>
  ),
  screen: (
    <>
      <rect x="1.8" y="2.8" width="12.4" height="8.4" rx="1" />
      <path d="M5.5 13.8h5" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
      <path d="M3.5 10.5h-.3a.7.7 0 0 1-.7-.7V3.2c0-.4.3-.7.7-.7h6.6c.4 0 .7.3.7.7v.3" />
    </>
  ),
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  away: (
    <>
      <circle cx="8" cy="8" r="5.8" strokeDasharray="2 2.4" />
      <path d="M5.5 8h5" />
    </>
  ),
  inbox: <path d="M2.5 9v3.5h11V9M2.5 9l2-5.5h7l2 5.5M2.5 9h3l1 1.8h3l1-1.8h3" />,
  share: <path d="M8 9.5V2.5M5.2 5 8 2.2 10.8 5M4 7.5H3v6h10v-6h-1" />,
  more: (
    <>
      <circle cx="3.5" cy="8" r="1" fill="currentColor" />
      <circle cx="8" cy="8" r="1" fill="currentColor" />
      <circle cx="12.5" cy="8" r="1" fill="currentColor" />
    </>
  ),
  'share-out': <path d="M2.5 5h8M8 2.5 10.5 5 8 7.5M13.5 11h-8M8 8.5 5.5 11 8 13.5" />,
  slow: <path d="M2.3 11.5a6.2 6.2 0 1 1 11.4 0M8 9.5 5 6.2" />,
  rewind: <path d="M3 8.5a5 5 0 1 0 1.6-3.7L2.7 6.5M2.7 3v3.5h3.5" />,
  dead: <path d="M2.5 8.5V12a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V8.5M6 3l4 4M10 3 6 7" />,
  load: <path d="M2.5 12.5h2v-3h-2zM7 12.5h2V6H7zM11.5 12.5h2V3h-2z" />,
  options: (
    <>
      <path d="M2.5 4.5h6M12 4.5h1.500M2.5 11.5h1.500M7.500 11.500h6" />
      <circle cx="10.200" cy="4.500" r="1.700" />
      <circle cx="5.700" cy="11.500" r="1.700" />
    </>
  ),
  outside: <path d="M6.5 3.5h-3v9h9v-3M9 3.5h3.5V7M12.5 3.5 7.5 8.5" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4" />
      <path d="m10 10 3.5 3.5" />
    </>
  ),
  record: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <circle cx="8" cy="8" r="2.5" fill="currentColor" />
    </>
  ),
  'step-on': <path d="m4 3.5 5.5 4.5L4 12.5zM12 3.5v9" />,
  download: <path d="M8 2.5v7M5 7l3 3 3-3M3 13h10" />,
}

const LOGO = (
  <>
    <rect width="28" height="28" rx="6" fill="var(--ink)" />
    <path d="M8.5 8.5C20 8.5 8 19.5 19.5 19.5" fill="none" stroke="var(--signal)" strokeWidth="2.4" />
    <circle cx="8.5" cy="8.5" r="3" fill="var(--ink-inv)" />
    <circle cx="19.5" cy="19.5" r="3" fill="var(--ink-inv)" />
    <circle cx="19.5" cy="8.5" r="2.2" fill="none" stroke="var(--ink-inv)" strokeWidth="1.4" opacity=".7" />
    <circle cx="8.5" cy="19.5" r="2.2" fill="none" stroke="var(--ink-inv)" strokeWidth="1.4" opacity=".7" />
  </>
)

interface SymbolsProps {
  prefix: string
  /** The side of the square they are drawn in. */
  side: number
  drawings: Record<string, ReactNode>
}

const Symbols = ({ prefix, side, drawings }: SymbolsProps) =>
  Object.entries(drawings).map(([name, drawing]) => (
    <symbol key={name} id={`${prefix}${name}`} viewBox={`0 0 ${side} ${side}`}>
      {drawing}
    </symbol>
  ))

/** Every drawing that is used by name, once per page. */
export const Sprite = () => (
  <svg width="0" height="0" className="absolute" aria-hidden="true">
    <defs>
      <Symbols prefix="g-" side={24} drawings={GLYPHS} />
      <Symbols prefix="m-" side={16} drawings={MODES} />
      <Symbols prefix="i-" side={16} drawings={ICONS} />
      <Symbols prefix="" side={28} drawings={{ logo: LOGO }} />
    </defs>
  </svg>
)
