/**
 * A difference of the two clocks beyond this is a step of the wall clock, or a sleep; below it is their own inaccuracy,
 * up to 100 ms in some browsers.
 */
const STEP_MS = 250
/**
 * Reading both clocks takes a microsecond. Longer means that the process was interrupted in between: their difference
 * says nothing.
 */
const READ_WITHIN_MS = 1
const READINGS_MAX = 5

/** What is added to the monotonic clock to show the wall's time. */
let offsetMs = performance.timeOrigin

/**
 * Milliseconds since the epoch with sub-millisecond precision, for stamps. It runs evenly while the machine's clock does, and
 * follows that clock when it is set anew or the machine has slept. For durations use `performance.now()`, which never steps.
 */
export function now(): number {
  const monotonic = performance.now()
  const steppedBy = Date.now() - offsetMs - monotonic
  if (steppedBy < STEP_MS && steppedBy > -STEP_MS) return offsetMs + monotonic
  followTheWall()
  return offsetMs + performance.now()
}

function followTheWall(): void {
  for (let reading = 1; reading <= READINGS_MAX; reading += 1) {
    const before = performance.now()
    const wall = Date.now()
    const after = performance.now()
    if (after - before > READ_WITHIN_MS && reading < READINGS_MAX) continue
    if (Math.abs(wall - offsetMs - before) >= STEP_MS) offsetMs = wall - before
    return
  }
}
