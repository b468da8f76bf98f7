import type { Path, Point } from '../geometry.ts'

/** How a pill is drawn: a message, a message that is lost or refused, or a partition in its system's hue. */
export type PillLook = { kind: 'message' } | { kind: 'bad' } | { kind: 'hue'; hue: string }

/** What animations draw with. */
export interface Pen {
  pill(at: Point, text: string, look: PillLook, alpha: number): void
  /** One of the small dots that trail behind a pill. */
  dot(at: Point, radius: number, alpha: number): void
}

/**
 * Draws itself at a time and returns the animation that draws the next frame: itself, a following one, or null when it
 * is over.
 */
export type Animation = (now: number, pen: Pen) => Animation | null

/** How long one edge takes, in milliseconds of the motion clock. */
export const TRAVEL_MS = 700
/** How long a pill takes to fade at its consumer, milliseconds. */
const FADE_MS = 240
const TRAIL = [
  { back: 0.07, radius: 4, alpha: 0.7 },
  { back: 0.11, radius: 2.5, alpha: 0.45 },
] as const

const MESSAGE: PillLook = { kind: 'message' }
const BAD: PillLook = { kind: 'bad' }

/** Starts and ends slowly, so that an eye can follow it. */
const smooth = (t: number): number => t * t * (3 - 2 * t)

const shareOf = (now: number, start: number, span: number): number => (now - start) / span

interface Travel {
  path: Path
  text: string
  start: number
  look?: PillLook
  /** The animation that follows on arrival. */
  onward?: Animation
}

/** Moves a pill along a path. Before `start` nothing is drawn. */
export function travel({ path, text, start, look = MESSAGE, onward }: Travel): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, TRAVEL_MS)
    if (share < 0) return animation
    if (share >= 1) return onward ? onward(now, pen) : null
    const travelled = smooth(share)
    if (look.kind === 'message') {
      for (const { back, radius, alpha } of TRAIL)
        if (travelled > back) pen.dot(path.at(travelled - back), radius, alpha)
    }
    pen.pill(path.at(travelled), text, look, 1)
    return animation
  }
  return animation
}

/** Fades a pill out where it is. */
export function fade(
  at: Point,
  text: string,
  start: number,
  look: PillLook = MESSAGE,
  span = FADE_MS,
): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, span)
    if (share < 0) return animation
    if (share >= 1) return null
    pen.pill({ x: at.x, y: at.y }, text, look, 1 - share)
    return animation
  }
  return animation
}

/** Lets a pill sink a little, in red, while it fades out. */
export function melt(at: Point, text: string, start: number): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, TRAVEL_MS)
    if (share < 0) return animation
    if (share >= 1) return null
    pen.pill({ x: at.x, y: at.y + 26 * share * share }, text, BAD, 1 - share * share)
    return animation
  }
  return animation
}

export const pillLooks = { message: MESSAGE, bad: BAD } as const
