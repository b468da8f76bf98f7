/** The time of the animation, milliseconds: it can run slower than real time or stop. Nothing is measured by it. */
export interface MotionClock {
  readonly now: number
  readonly running: boolean
  /** Advances the clock to the given real time, by at most `MAX_STEP_MS`, and returns `now`. */
  tick(realNow: number): number
  setSpeed(speed: number): void
  setRunning(running: boolean): void
  /** Ignores the time that passes until the next tick. */
  settle(): void
}

/** After a tab was hidden, the animation continues where it stopped instead of leaping ahead. */
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
    tick: (realNow) => {
      const passed = last === null ? 0 : Math.min(MAX_STEP_MS, Math.max(0, realNow - last))
      last = realNow
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
