import type { Path, Point } from '../path.ts'

/** How a pill looks: a message on its way, one that is lost or refused, or something that is no message, in a lane's hue. */
export type PillLook = { kind: 'message' } | { kind: 'bad' } | { kind: 'hue'; hue: string }

/** What animations draw with. */
export interface Pen {
  pill(at: Point, words: string, look: PillLook, alpha: number): void
  /** One of the small dots that trail behind a pill. */
  dot(at: Point, radius: number, alpha: number): void
}

/** One thing that moves. Draws itself at a time and returns what it is next: itself, what follows, or null. */
export type Animation = (now: number, pen: Pen) => Animation | null

/** One edge of the flow, milliseconds of the drawing's own time. */
export const TRAVEL_MS = 700
/** To be absorbed by a consumer, or to melt. */
const FADE_MS = 240
const TRAIL = [
  { back: 0.07, radius: 4, alpha: 0.7 },
  { back: 0.11, radius: 2.5, alpha: 0.45 },
] as const

const MESSAGE: PillLook = { kind: 'message' }
const BAD: PillLook = { kind: 'bad' }

/** Sets off gently and arrives gently, so that it can be followed at a twentieth of the speed too. */
const smooth = (t: number): number => t * t * (3 - 2 * t)

const shareOf = (now: number, start: number, span: number): number => (now - start) / span

interface Travel {
  path: Path
  words: string
  start: number
  look?: PillLook
  /** What it is once it has arrived. */
  onward?: Animation
}

/** A pill along a path; invisible until it sets off. */
export function travel({ path, words, start, look = MESSAGE, onward }: Travel): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, TRAVEL_MS)
    if (share < 0) return animation
    if (share >= 1) return onward ? onward(now, pen) : null
    const way = smooth(share)
    if (look.kind === 'message') {
      for (const { back, radius, alpha } of TRAIL) if (way > back) pen.dot(path.at(way - back), radius, alpha)
    }
    pen.pill(path.at(way), words, look, 1)
    return animation
  }
  return animation
}

/** Fades where it is. */
export function fade(
  at: Point,
  words: string,
  start: number,
  look: PillLook = MESSAGE,
  span = FADE_MS,
): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, span)
    if (share < 0) return animation
    if (share >= 1) return null
    pen.pill({ x: at.x, y: at.y }, words, look, 1 - share)
    return animation
  }
  return animation
}

/** Melts: sinks a little, turns red and is gone. */
export function melt(at: Point, words: string, start: number): Animation {
  const animation: Animation = (now, pen) => {
    const share = shareOf(now, start, TRAVEL_MS)
    if (share < 0) return animation
    if (share >= 1) return null
    pen.pill({ x: at.x, y: at.y + 26 * share * share }, words, BAD, 1 - share * share)
    return animation
  }
  return animation
}

export const looks = { message: MESSAGE, bad: BAD } as const
