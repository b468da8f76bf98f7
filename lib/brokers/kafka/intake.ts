import type { Consumer } from 'kafkajs'

type Pausable = Pick<Consumer, 'pause' | 'resume'>

/**
 * Which partitions a consumer may take records from: none while a person paused it, and not those whose starting position
 * is still being settled. kafkajs knows one list of paused partitions only; this keeps the two reasons apart.
 */
export interface Intake {
  isClosed(partition: number): boolean
  pause(): void
  resume(): void
  /** Exactly these wait for their position; none of those before. */
  hold(partitions: readonly number[]): void
  release(partitions: readonly number[]): void
  /** A new client took over: it is told what holds. Must be called while that client's group exists. */
  apply(consumer: Pausable): void
}

export function createIntake(topic: string): Intake {
  let paused = false
  let held = new Set<number>()
  let consumer: Pausable | undefined

  const tell = () => {
    if (!consumer) return
    if (paused) {
      consumer.pause([{ topic }])
      return
    }
    consumer.resume([{ topic }])
    if (held.size > 0) consumer.pause([{ topic, partitions: [...held] }])
  }
  return {
    isClosed: (partition) => paused || held.has(partition),
    pause: () => {
      paused = true
      tell()
    },
    resume: () => {
      paused = false
      tell()
    },
    hold: (partitions) => {
      held = new Set(partitions)
      tell()
    },
    release: (partitions) => {
      for (const partition of partitions) held.delete(partition)
      tell()
    },
    apply: (next) => {
      consumer = next
      tell()
    },
  }
}
