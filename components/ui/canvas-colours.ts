/** What a canvas needs of the tokens: it can't read custom properties by itself. */
export interface Colours {
  signal: string
  onSignal: string
  /** Around a pill, so that it stands off what it passes over. */
  pillEdge: string
  pillEdgeWidth: number
  canvas: string
  surface: string
  bad: string
  onBad: string
  ink: string
  ink2: string
  ink3: string
  line: string
  lineStrong: string
  good: string
  font: string
  /** Pixels. */
  fontSize: number
  /** The floor: nothing is smaller. */
  fontSmall: number
  weight: string
  hue(name: string): string
  onHue(name: string): string
}

/** Reads the tokens as they are now; read again when theme or scale changes. */
export function readColours(): Colours {
  const root = document.documentElement
  const style = getComputedStyle(root)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const isDark = root.dataset.theme === 'dark'
  return {
    signal: token('signal'),
    onSignal: token('on-signal'),
    pillEdge: isDark ? token('canvas') : token('ink'),
    pillEdgeWidth: isDark ? 4 : 1.5,
    canvas: token('canvas'),
    surface: token('surface'),
    bad: token('bad'),
    onBad: token('on-bad'),
    ink: token('ink'),
    ink2: token('ink-2'),
    ink3: token('ink-3'),
    line: token('line'),
    lineStrong: token('line-strong'),
    good: token('good'),
    font: token('font-ui'),
    fontSize: Number.parseFloat(token('fs-md')),
    fontSmall: Number.parseFloat(token('fs-xs')),
    weight: token('fw-strong'),
    hue: (name) => token(name),
    onHue: (name) => token(`on-${name}`),
  }
}

/** Calls back whenever tokens may have other values. Returns what ends that. */
export function onColoursChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'data-scale'] })
  return () => observer.disconnect()
}
