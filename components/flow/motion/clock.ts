/** The drawing's own time, milliseconds: it runs slower than the world's, or stands still. Nothing is measured by it. */
export interface MotionClock {
  readonly now: number
  readonly running: boolean
  /** Tells it the world's time; at most `MAX_STEP_MS` of it counts at once. */
  tick(world: number): number
  setSpeed(speed: number): void
  setRunning(running: boolean): void
  /** Nobody will tick for a while: what passes until then does not count. */
  settle(): void
}

/** A tab that was hidden goes on where it stopped instead of leaping. */
const MAX_STEP_MS = 100

export function createMotionClock(): MotionClock {
  let now = 0
  let last: number | null = null
  let speed = 1
  let running = true
  return {
    get now() {
      return now
    },
    get running() {
      return running
    },
    tick: (world) => {
      const passed = last === null ? 0 : Math.min(MAX_STEP_MS, Math.max(0, world - last))
      last = world
      if (running) now += passed * speed
      return now
    },
    setSpeed: (next) => {
      speed = next
    },
    setRunning: (next) => {
      running = next
    },
    settle: () => {
      last = null
    },
  }
}
